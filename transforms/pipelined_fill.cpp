#include "pipelined_fill.h"

#include "edit.h"
#include "retiming.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// The tree with a nest like that of `second` for `first` right before it, in the loop `at`.
Tree withTwoNests(const Tree &tree, const std::string &at, const std::string &first, const std::string &second) {
  auto firstNest = [&](const NodeRef &nest) {
    return rewriteTree({nest}, [&](const NodeRef &node) -> std::vector<NodeRef> {
      return {node->leaf() ? makeLeaf({first}) : node};
    });
  };
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    if (!loop || loop->iname != at)
      return {node};
    std::vector<NodeRef> children;
    for (const NodeRef &child : loop->children) {
      const std::vector<std::string> below = statementsBelow(child);
      if (!llvm::is_contained(below, second)) {
        children.push_back(child);
      } else if (child->leaf()) {
        std::vector<std::string> statements = below;
        statements.insert(llvm::find(statements, second), first);
        children.push_back(makeLeaf(std::move(statements)));
      } else {
        require(below.size() == 1, "a fill shares its loops with other statements");
        llvm::append_range(children, firstNest(child));
        children.push_back(child);
      }
    }
    return {makeLoop(at, std::move(children))};
  });
}

} // namespace

Kernel pipelinedFill(const Kernel &kernel, const std::string &fill, const std::string &at, SourceRange where) {
  Context &context = *kernel.context;
  const Statement &old = kernel.statement(fill);
  const Assign &assign = std::get<Assign>(old.body);
  Array registers;
  registers.name = kernel.freshName(assign.lhs[0].as<Load>()->array + "_reg");
  registers.type = assign.rhs[0].type();
  registers.role = Role::Temp;
  registers.space = AddressSpace::Private;
  registers.implicitAxes = static_cast<unsigned>(old.inames.size());
  registers.source = where;
  std::vector<Expr> index;
  for (const std::string &iname : old.inames)
    index.push_back(context.iname(iname));
  const Expr place = context.load(registers.name, index, registers.type, where);

  Statement fetch = old, stash = old;
  fetch.id = kernel.freshName(fill + "_fetch");
  fetch.body = Assign{{place}, {assign.rhs[0]}, false};
  stash.body = Assign{{assign.lhs[0]}, {place}, false};
  Kernel result = kernel;
  result.arrays.push_back(std::move(registers));
  result.replaceStatement(stash);
  auto position = std::find_if(result.statements.begin(), result.statements.end(),
                               [&](const StatementRef &statement) { return statement->id == fill; });
  result.statements.insert(position, std::make_shared<const Statement>(fetch));
  result.tree = withTwoNests(kernel.tree, at, fetch.id, fill);
  for (const Fact &fact : kernel.facts)  // the fetch does what the fill read
    if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact))
      if (trusted->first == fill)
        result.facts.push_back(TrustedFact{fetch.id, trusted->second, trusted->array, trusted->source});

  Retiming retiming;
  retiming.statements = {fetch.id, fill};
  retiming.loop = at;
  retiming.ahead = 1;
  retiming.moved = {fill};
  forEachLoop(result.tree, [&](const Loop &loop, const std::vector<std::string> &) {
    const std::vector<std::string> below = statementsBelow(loop.children);
    if (loop.iname == at && std::find(below.begin(), below.end(), fill) != below.end())
      retiming.anchor = below.back();
  });
  retiming.isBehind = true;
  retiming.where = where;
  return retimed(result, retiming, "Fetching one iteration of `" + at + "` ahead");
}

} // namespace loopy
