// Temporaries as variables of vector types, and what is known of the alignment of vectors in memory.
#include "lowering.h"
#include "visit_program.h"

#include <algorithm>
#include <numeric>

namespace loopy::lowering {
namespace {

// The address of an array that we declare is as aligned as its vectors want it to be, that of allocated memory like
// this.
constexpr unsigned alignmentOfDeclared = 128, alignmentOfAllocated = 64;

// ------------------------------------------------------------------------------------------------- arrays of vectors
class VectorVariables {
public:
  VectorVariables(Context &context, const Divisibility &divisibility)
      : context_(context), divisibility_(divisibility) {}

  void rewriteBlock(Block &block) {
    for (size_t i = 0; i < block.size(); ++i)
      if (auto *declare = std::get_if<DeclareStmt>(&block[i].data); declare && isCandidate(*declare))
        rewriteArray(*declare, block, i + 1);
    for (Stmt &stmt : block)
      for (Block *inner : blocksIn(stmt))
        rewriteBlock(*inner);
  }

private:
  static bool isCandidate(const DeclareStmt &declare) {
    return declare.space == AddressSpace::Private && !declare.isScalar && declare.elements && !declare.type.isVector();
  }

  // The number of lanes, if each access in the statements from `first` on is of a whole vector of that many, at a
  // multiple of them, or of one lane that is known.
  std::optional<uint8_t> lanesOf(const std::string &array, const Block &block, size_t first) const {
    std::optional<uint8_t> lanes;
    bool isGood = true;
    const Block rest(block.begin() + static_cast<std::ptrdiff_t>(first), block.end());
    forEachExpr(rest, [&](Expr e) {
      forEach(e, [&](Expr part) {
        if (const Load *load = part.as<Load>(); load && load->array == array && isWide(part)) {
          isGood &= !lanes || *lanes == part.type().lanes;
          lanes = part.type().lanes;
        }
      });
    });
    if (!lanes || !isGood)
      return std::nullopt;
    forEachStmt(rest, [&](const Stmt &stmt) {
      isGood &= !isPassed(stmt, array);
      forEachOwnExpr(stmt, [&](Expr e) {
        forEach(e, [&](Expr part) {
          const Load *load = part.as<Load>();
          if (!load || load->array != array)
            return;
          const std::optional<int64_t> lane = divisibility_.remainderOf(load->index[0], *lanes);
          isGood &= lane && (!isWide(part) || *lane == 0);
        });
      });
    });
    return isGood ? lanes : std::nullopt;
  }

  static bool isPassed(const Stmt &stmt, const std::string &array) {
    const auto *call = std::get_if<CallStmt>(&stmt.data);
    for (size_t i = 0; call && i < call->args.size(); ++i)
      if (const Load *load = call->args[i].as<Load>(); load && call->byAddress[i] && load->array == array)
        return true;
    return false;
  }

  void rewriteArray(DeclareStmt &declare, Block &block, size_t first) {
    const std::string name = declare.name;
    const std::optional<uint8_t> lanes = lanesOf(name, block, first);
    if (!lanes)
      return;
    const int64_t vectors = (*declare.elements + *lanes - 1) / *lanes;
    declare.type = declare.type.vector(*lanes);
    declare.isScalar = vectors == 1;
    declare.elements = declare.isScalar ? std::nullopt : std::optional(vectors);
    const bool isScalar = declare.isScalar;
    for (size_t i = first; i < block.size(); ++i)
      replaceExprs(block[i], [&](Expr e) {
        return rewrite(context_, e, [&](Expr part) {
          const Load *load = part.as<Load>();
          return load && load->array == name ? access(part, *load, *lanes, isScalar) : part;
        });
      });
  }

  // The vector at a subscript, or its lane.
  Expr access(Expr e, const Load &load, uint8_t lanes, bool isScalar) const {
    const int64_t lane = *divisibility_.remainderOf(load.index[0], lanes);
    Expr cell =
        isScalar ? context_.constant(int64_t{0}) : divided(context_.sub(load.index[0], context_.constant(lane)), lanes);
    std::vector<Expr> index{cell};
    if (isWide(e))
      index = isScalar ? std::vector<Expr>{} : index;
    else
      index.push_back(context_.constant(lane));
    return context_.load(load.array, std::move(index), e.type(), e.range());
  }

  // e / lanes, where that divides without a remainder: in the factors of a sum's terms where they show it.
  Expr divided(Expr e, int64_t lanes) const {
    if (const Binary *binary = e.as<Binary>()) {
      const bool isSum = binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub;
      if (isSum && divisibility_.remainderOf(binary->lhs, lanes) == 0 &&
          divisibility_.remainderOf(binary->rhs, lanes) == 0)
        return context_.binary(binary->op, divided(binary->lhs, lanes), divided(binary->rhs, lanes));
      if (binary->op == BinaryOp::Mul)
        for (auto [one, other] : {std::pair(binary->lhs, binary->rhs), std::pair(binary->rhs, binary->lhs)})
          if (one.is<Constant>() && divisibility_.remainderOf(one, lanes) == 0)
            return context_.binary(BinaryOp::Mul, divided(one, lanes), other);
    }
    return context_.binary(BinaryOp::FloorDiv, e, context_.constant(lanes));
  }

  Context &context_;
  const Divisibility &divisibility_;
};

// ----------------------------------------------------------------------------------------------------------- alignment
class Alignment {
public:
  Alignment(Context &context, const Divisibility &divisibility,
            const std::function<unsigned(const std::string &)> &ofArgument)
      : context_(context), divisibility_(divisibility), ofArgument_(ofArgument) {}

  void run(Block &block) {
    forEachStmt(block, [&](const Stmt &stmt) {
      if (const auto *declare = std::get_if<DeclareStmt>(&stmt.data); declare && !declare->isScalar)
        declared_[declare->name] = declare->elements ? alignmentOfDeclared : alignmentOfAllocated;
    });
    for (Stmt &stmt : block)
      replaceExprs(stmt, [&](Expr e) {
        return rewrite(context_, e, [&](Expr part) { return isWide(part) ? aligned(part) : part; });
      });
    setDeclared(block);
  }

private:
  unsigned ofBase(const std::string &array) const {
    auto found = declared_.find(array);
    return found == declared_.end() ? ofArgument_(array) : found->second;
  }

  // base + subscript * size is divisible by what divides both summands; of that, the power of two.
  Expr aligned(Expr e) {
    const Load &load = *e.as<Load>();
    const int64_t size = e.type().scalar().sizeInBytes(), base = std::max<int64_t>(ofBase(load.array), size);
    const int64_t divisor = std::gcd(base, divisibility_.divisorOf(load.index[0]) % base * size);
    const int64_t known = std::max(divisor & -divisor, size);
    unsigned &needed = needed_[load.array];
    needed = std::max(needed, static_cast<unsigned>(std::min<int64_t>(known, e.type().sizeInBytes())));
    return context_.load(load.array, {load.index[0], context_.constant(known)}, e.type(), e.range());
  }

  void setDeclared(Block &block) {
    for (Stmt &stmt : block) {
      if (auto *declare = std::get_if<DeclareStmt>(&stmt.data); declare && declare->elements)
        if (auto found = needed_.find(declare->name); found != needed_.end())
          declare->alignment = std::max(declare->alignment, found->second);
      for (Block *inner : blocksIn(stmt))
        setDeclared(*inner);
    }
  }

  Context &context_;
  const Divisibility &divisibility_;
  const std::function<unsigned(const std::string &)> &ofArgument_;
  std::map<std::string, unsigned> declared_, needed_;
};

} // namespace

Block withVectorVariables(Context &context, Block block, const Divisibility &divisibility,
                          const std::function<unsigned(const std::string &)> &argumentAlignment) {
  bool hasVectors = false;
  forEachExpr(block, [&](Expr e) { forEach(e, [&](Expr part) { hasVectors |= isWide(part); }); });
  if (!hasVectors)
    return block;
  VectorVariables(context, divisibility).rewriteBlock(block);
  Alignment(context, divisibility, argumentAlignment).run(block);
  return block;
}

} // namespace loopy::lowering
