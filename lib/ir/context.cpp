#include "loopy/ir/context.h"

#include "fold.h"

namespace loopy {
namespace {

Type promoted(Expr a, Expr b) {
  std::optional<Type> type = promote(a.type(), b.type());
  require(type.has_value(), "vectors of different widths in one operation");
  return *type;
}

bool isBitwise(BinaryOp op) { return op == BinaryOp::BitAnd || op == BinaryOp::BitOr || op == BinaryOp::BitXor; }
bool isShift(BinaryOp op) { return op == BinaryOp::Shl || op == BinaryOp::Shr; }

void wellFormed(bool condition, const char *why) {
  if (!condition)
    throw IllFormed(why);
}

void checkOperands(BinaryOp op, Type type) {
  if (op == BinaryOp::Div)
    wellFormed(!type.isInteger() && !type.isBool(), "`/` of two integers");
  if (isBitwise(op))
    wellFormed(type.isInteger() || type.isBool(), "a bit operation on floats");
  if (isShift(op))
    wellFormed(type.isInteger(), "a shift of floats");
  if (op == BinaryOp::FloorDiv || op == BinaryOp::Mod || op == BinaryOp::Min || op == BinaryOp::Max)
    wellFormed(!type.isComplex(), "an operation that complex numbers do not have");
}

void checkConstant(const Constant &c, Type type) {
  bool fits = std::visit(
      Overloaded{[&](bool) { return type.isBool(); },
                 [&](int64_t v) { return type.isInteger() && (type.isUnsigned() || fitsType(v, type)); },
                 [&](double) { return type.isFloat(); }, [&](std::complex<double>) { return type.isComplex(); }},
      c.value);
  wellFormed(fits, "a constant's value is not of its type");
}

} // namespace

const isl::set &Context::intersection(const isl::set &a, const isl::set &b) {
  auto [known, isNew] = intersections_.try_emplace({a.get(), b.get()});
  if (isNew)
    known->second = {a, b, a.intersect(b)};
  return known->second.both;
}

Expr Context::make(ExprNode node) {
  for (Expr child : children(Expr(&node)))
    wellFormed(static_cast<bool>(child), "an expression has an operand that is null");
  std::visit(
      Overloaded{
          [&](const Constant &c) { checkConstant(c, node.type.scalar()); },
          [&](const ParamRef &p) { wellFormed(!p.name.empty(), "a parameter without a name"); },
          [&](const InameRef &i) { wellFormed(!i.name.empty() && node.type.isInteger(), "an iname is a named integer"); },
          [&](const Load &l) {
            wellFormed(!l.array.empty(), "a load without an array");
            for (Expr index : l.index)
              wellFormed(index.type().isInteger(), "a subscript is not an integer");
          },
          [&](const Unary &u) {
            bool good = u.op == UnaryOp::Not ? u.operand.type().isBool() : node.type == u.operand.type();
            wellFormed(good, "a unary operator on an operand of the wrong type");
          },
          [&](const Binary &b) {
            wellFormed(b.lhs.type().scalar() == node.type.scalar() && b.rhs.type().scalar() == node.type.scalar(),
                    "the operands of a binary operator are not of its type");
            checkOperands(b.op, node.type);
          },
          [&](const Compare &c) {
            wellFormed(node.type.isBool() && c.lhs.type().scalar() == c.rhs.type().scalar(),
                    "a comparison of values of different types");
          },
          [&](const Logical &l) {
            wellFormed(node.type.isBool() && l.lhs.type().isBool() && l.rhs.type().isBool(),
                    "a logical operand is not a bool");
          },
          [&](const Select &s) {
            wellFormed(s.condition.type().isBool(), "the condition of a selection is not a bool");
            wellFormed(s.ifTrue.type() == node.type && s.ifFalse.type() == node.type,
                    "a selection of values of two types");
          },
          [&](const Cast &) {}, [&](const CallExpr &c) { wellFormed(!c.function.empty(), "a call without a function"); },
          [&](const RuleUse &r) { wellFormed(!r.rule.empty(), "a use of a rule without a name"); },
          [&](const Reduce &r) { wellFormed(!r.inames.empty() && !r.args.empty(), "a reduction over nothing"); }},
      node.data);
  nodes_.push_back(std::move(node));
  return Expr(&nodes_.back());
}

Expr Context::constant(int64_t value, Type type, SourceRange range) {
  if (type == indexType && !fitsType(value, type))
    type = int64Type;  // index arithmetic with large numbers
  if (type.isInteger())
    return make({type, range, Constant{value}});
  if (type.isBool())
    return make({type, range, Constant{value != 0}});
  return constant(static_cast<double>(value), type, range);
}

Expr Context::constant(double value, Type type, SourceRange range) {
  if (type.isComplex())
    return make({type, range, Constant{std::complex<double>(value)}});
  return make({type, range, Constant{value}});
}

Expr Context::constant(bool value, SourceRange range) { return make({boolType, range, Constant{value}}); }
Expr Context::param(const std::string &name, Type type, SourceRange range) {
  return make({type, range, ParamRef{name}});
}
Expr Context::iname(const std::string &name, SourceRange range) { return make({indexType, range, InameRef{name}}); }

Expr Context::load(const std::string &array, std::vector<Expr> index, Type elementType, SourceRange range) {
  return make({elementType, range, Load{array, std::move(index)}});
}

Expr Context::unary(UnaryOp op, Expr operand, SourceRange range) {
  if (op == UnaryOp::Not)
    return make({boolType.vector(operand.type().lanes), range, Unary{op, operand}});
  if (operand.type().isBool())
    operand = cast(Type{ScalarKind::Int32, operand.type().lanes}, operand, range);
  if (auto *c = operand.as<Constant>(); c && op == UnaryOp::Neg) {
    if (auto *i = std::get_if<int64_t>(&c->value); i && *i != INT64_MIN && fitsType(-*i, operand.type()))
      return constant(-*i, operand.type(), range);
    if (auto *d = std::get_if<double>(&c->value))
      return constant(-*d, operand.type(), range);
  }
  return make({operand.type(), range, Unary{op, operand}});
}

Expr Context::binary(BinaryOp op, Expr lhs, Expr rhs, SourceRange range) {
  Type type = promoted(lhs, rhs);
  if (type.isBool() && !isBitwise(op))
    type = Type{ScalarKind::Int32, type.lanes};
  lhs = cast(type.scalar().vector(lhs.type().lanes), lhs, lhs.range());
  rhs = cast(type.scalar().vector(rhs.type().lanes), rhs, rhs.range());
  checkOperands(op, type);
  if (type.isInteger() && !type.isVector())
    if (Expr folded = foldInteger(*this, op, lhs, rhs, type, range))
      return folded;
  return make({type, range, Binary{op, lhs, rhs}});
}

Expr Context::compare(CompareOp op, Expr lhs, Expr rhs, SourceRange range) {
  Type type = promoted(lhs, rhs);
  require(!type.isComplex() || op == CompareOp::Eq || op == CompareOp::Ne, "complex numbers have no order");
  lhs = cast(type.scalar().vector(lhs.type().lanes), lhs, lhs.range());
  rhs = cast(type.scalar().vector(rhs.type().lanes), rhs, rhs.range());
  return make({boolType.vector(type.lanes), range, Compare{op, lhs, rhs}});
}

Expr Context::logical(LogicalOp op, Expr lhs, Expr rhs, SourceRange range) {
  return make({boolType.vector(std::max(lhs.type().lanes, rhs.type().lanes)), range, Logical{op, lhs, rhs}});
}

Expr Context::select(Expr condition, Expr ifTrue, Expr ifFalse, SourceRange range) {
  Type type = promoted(ifTrue, ifFalse);
  return make(
      {type, range, Select{condition, cast(type, ifTrue, ifTrue.range()), cast(type, ifFalse, ifFalse.range())}});
}

// Casts of constants are folded where the value stays the same.
Expr Context::cast(Type type, Expr operand, SourceRange range) {
  if (operand.type() == type)
    return operand;
  if (auto *c = operand.as<Constant>(); c && !type.isVector()) {
    if (auto *i = std::get_if<int64_t>(&c->value); i && (!type.isInteger() || fitsType(*i, type)) && !type.isBool())
      return constant(*i, type, range);
    if (auto *d = std::get_if<double>(&c->value); d && (type.isFloat() || type.isComplex()))
      return constant(*d, type, range);
    if (auto *b = std::get_if<bool>(&c->value); b && type.isInteger())
      return constant(static_cast<int64_t>(*b), type, range);
  }
  require(!operand.type().isComplex() || type.isComplex(), "a complex number cast to a real one");
  require(!operand.type().isVector() || operand.type().lanes == type.lanes, "a vector cast to another width");
  return make({type, range, Cast{operand}});
}

Expr Context::call(const std::string &function, std::vector<Expr> args, Type type, SourceRange range) {
  return make({type, range, CallExpr{function, std::move(args)}});
}

} // namespace loopy
