// Declarations of scalars move to where they are first assigned: `const int len = end[i] - begin[i];`.
#include "lowering.h"
#include "visit_program.h"

namespace loopy::lowering {
namespace {

// How often a scalar is written and read in a statement and the blocks inside it.
struct Uses {
  unsigned reads = 0, writes = 0;
  bool any() const { return reads + writes > 0; }
};

void countLoads(Expr e, const std::string &name, unsigned &count) {
  forEach(e, [&](Expr part) {
    if (auto *load = part.as<Load>(); load && load->array == name)
      ++count;
  });
}

Uses usesOf(const Block &block, const std::string &name);

Uses usesOf(const Stmt &stmt, const std::string &name) {
  Uses uses;
  if (auto *assign = std::get_if<AssignStmt>(&stmt.data)) {
    for (Expr rhs : assign->rhs)
      countLoads(rhs, name, uses.reads);
    for (Expr lhs : assign->lhs) {
      auto *load = lhs.as<Load>();
      bool isIt = load->array == name;
      uses.writes += isIt;
      uses.reads += isIt && assign->atomic;
      for (Expr index : load->index)
        countLoads(index, name, uses.reads);
    }
  } else if (auto *call = std::get_if<CallStmt>(&stmt.data)) {
    for (Expr arg : call->args)
      countLoads(arg, name, uses.reads);
    uses.writes += uses.reads > 0 ? 2 : 0; // may be written through its address
  } else {
    forEachOwnExpr(stmt, [&](Expr e) { countLoads(e, name, uses.reads); });
  }
  for (const Block *block : blocksIn(stmt)) {
    Uses inner = usesOf(*block, name);
    uses.reads += inner.reads;
    uses.writes += inner.writes;
  }
  return uses;
}

Uses usesOf(const Block &block, const std::string &name) {
  Uses uses;
  for (const Stmt &stmt : block) {
    Uses own = usesOf(stmt, name);
    uses.reads += own.reads;
    uses.writes += own.writes;
  }
  return uses;
}

bool canInitialise(const Stmt &stmt, const DeclareStmt &declaration) {
  auto *assign = std::get_if<AssignStmt>(&stmt.data);
  if (!assign || assign->lhs.size() != 1 || assign->atomic)
    return false;
  auto *load = assign->lhs[0].as<Load>();
  return load->array == declaration.name && load->index.empty() && usesOf(stmt, declaration.name).reads == 0;
}

bool isReadInBounds(const ForStmt &loop, const std::string &name) {
  unsigned count = 0;
  for (Expr bound : {loop.lower, loop.upper})
    countLoads(bound, name, count);
  return count > 0;
}

// The first use in the block assigns the scalar, whatever it held before.
bool startsAnew(Block &block, const DeclareStmt &declaration) {
  for (Stmt &stmt : block) {
    if (!usesOf(stmt, declaration.name).any())
      continue;
    if (canInitialise(stmt, declaration))
      return true;
    auto *loop = std::get_if<ForStmt>(&stmt.data);
    bool isOnlyUser = std::count_if(block.begin(), block.end(),
                                    [&](const Stmt &other) { return usesOf(other, declaration.name).any(); }) == 1;
    return loop && !isReadInBounds(*loop, declaration.name) && isOnlyUser && startsAnew(loop->body, declaration);
  }
  return false;
}

// Puts the declaration into `block`, which holds all uses, before or at the first of them. It goes into a loop only
// where no iteration hands a value on to the next.
void place(Block &block, DeclareStmt declaration) {
  size_t first = block.size(), users = 0;
  for (size_t i = 0; i < block.size(); ++i)
    if (usesOf(block[i], declaration.name).any()) {
      first = std::min(first, i);
      ++users;
    }
  if (users == 0)
    return; // written and read by nobody
  Stmt &stmt = block[first];
  if (canInitialise(stmt, declaration)) {
    declaration.init = std::get<AssignStmt>(stmt.data).rhs[0];
    declaration.isConst = usesOf(block, declaration.name).writes == 1;
    stmt.data = std::move(declaration);
    return;
  }
  auto *conditional = std::get_if<IfStmt>(&stmt.data);
  if (users == 1 && conditional) {
    Block *holder = nullptr;
    unsigned holders = 0;
    for (Block *inner : {&conditional->thenBody, &conditional->elseBody})
      if (usesOf(*inner, declaration.name).any()) {
        holder = inner;
        ++holders;
      }
    unsigned inCondition = 0;
    countLoads(conditional->condition, declaration.name, inCondition);
    if (holders == 1 && inCondition == 0)
      return place(*holder, std::move(declaration));
  }
  auto *loop = std::get_if<ForStmt>(&stmt.data);
  if (users == 1 && loop && startsAnew(loop->body, declaration) && !isReadInBounds(*loop, declaration.name))
    return place(loop->body, std::move(declaration));
  block.insert(block.begin() + static_cast<std::ptrdiff_t>(first), Stmt{std::move(declaration)});
}

// Scopes that declare nothing, after declarations have moved on into them.
Block withoutNeedlessScopes(Block block) {
  Block out;
  for (Stmt &stmt : block) {
    auto *scope = std::get_if<BlockStmt>(&stmt.data);
    bool declares = scope && std::any_of(scope->body.begin(), scope->body.end(), [](const Stmt &inner) {
                      return std::holds_alternative<DeclareStmt>(inner.data);
                    });
    if (!scope || declares) {
      out.push_back(std::move(stmt));
      continue;
    }
    Block inner = std::move(scope->body);
    for (Stmt &own : inner)
      out.push_back(std::move(own));
  }
  return out;
}

} // namespace

Block withLateDeclarations(Block block) {
  std::vector<DeclareStmt> scalars;
  std::erase_if(block, [&](Stmt &stmt) {
    auto *declaration = std::get_if<DeclareStmt>(&stmt.data);
    bool isMovable =
        declaration && declaration->isScalar && !declaration->init && declaration->space == AddressSpace::Private;
    if (isMovable)
      scalars.push_back(*declaration);
    return isMovable;
  });
  for (Stmt &stmt : block)
    for (Block *inner : blocksIn(stmt))
      *inner = withLateDeclarations(std::move(*inner));
  for (DeclareStmt &scalar : scalars)
    place(block, std::move(scalar));
  return withoutNeedlessScopes(std::move(block));
}

} // namespace loopy::lowering
