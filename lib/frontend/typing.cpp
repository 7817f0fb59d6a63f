#include "typing.h"

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

constexpr unsigned deepestBuild = 1500;
constexpr size_t mostNodes = 200000;

// Bounds what rules that use rules can grow to.
class DepthGuard {
public:
  DepthGuard(ExprBuilder &builder, SourceRange range) : builder_(builder) {
    if (++builder.depth_ > deepestBuild || ++builder.nodes_ > mostNodes) {
      --builder.depth_;
      builder.scope_.errors.fail(range, "With its rules expanded this expression is too large.");
    }
  }
  ~DepthGuard() { --builder_.depth_; }

private:
  ExprBuilder &builder_;
};

Expr ExprBuilder::build(const Term &term) { return typed(term).e; }

Expr ExprBuilder::buildCondition(const Term &term) {
  Expr e = build(term);
  if (!e.type().isBool())
    scope_.errors.fail(term.range, "Expected a condition; this is a value of the type " + e.type().name() + ".");
  return e;
}

Expr ExprBuilder::buildFor(const Term &term, Type type) { return convertFor(typed(term), type, term.range); }

Typed ExprBuilder::typed(const Term &term) {
  DepthGuard guard(*this, term.range);
  if (depth_ == 1)
    nodes_ = 1;
  if (std::optional<ReductionTerm> reduction = asReduction(scope_, term)) {
    if (!onReduction)
      scope_.errors.fail(term.range, "A reduction cannot stand here.");
    return {onReduction(*reduction, term.range)};
  }
  return byKind(term);
}

Typed ExprBuilder::byKind(const Term &term) {
  Context &context = scope_.context;
  switch (term.kind) {
  case Kind::Int: {
    bool isSmall = term.intValue >= INT32_MIN && term.intValue <= INT32_MAX;
    return {context.constant(term.intValue, isSmall ? indexType : int64Type, term.range), true};
  }
  case Kind::Float:
    return {context.constant(term.floatValue, float64Type, term.range), true};
  case Kind::Bool:
    return {context.constant(term.intValue != 0, term.range)};
  case Kind::Name:
    return name(term);
  case Kind::Subscript:
    return subscript(term);
  case Kind::Call:
    return call(term);
  case Kind::Unary:
    return unary(term);
  case Kind::Binary: {
    Typed lhs = typed(*term.args[0]), rhs = typed(*term.args[1]);
    return arithmetic(term.binaryOp, lhs, rhs, term.range);
  }
  case Kind::Compare:
    return compare(term);
  case Kind::And:
  case Kind::Or: {
    LogicalOp op = term.kind == Kind::And ? LogicalOp::And : LogicalOp::Or;
    Expr lhs = buildCondition(*term.args[0]), rhs = buildCondition(*term.args[1]);
    return {context.logical(op, lhs, rhs, term.range)};
  }
  case Kind::Not:
    return {context.unary(UnaryOp::Not, buildCondition(*term.args[0]), term.range)};
  case Kind::Conditional:
    return conditional(term);
  case Kind::Cast:
    return cast(term);
  case Kind::Tuple:
    scope_.errors.fail(term.range, "Several values in parentheses stand only for the inames of a reduction.");
  case Kind::SubArray:
    scope_.errors.fail(term.range, "A part of an array can only be given to a function in a call statement.");
  case Kind::Segmented:
  case Kind::Exists:
    break;
  }
  scope_.errors.fail(term.range, "This cannot stand in an expression.");
}

// ---------------------------------------------------------------------------------------------------------- names
Typed ExprBuilder::name(const Term &term) {
  if (auto it = ruleArgs_.find(term.text); it != ruleArgs_.end())
    return it->second;
  if (const Param *param = scope_.param(term.text))
    return {scope_.context.param(param->name, param->type, term.range)};
  if (!paramsOnly.empty())
    scope_.errors.fail(term.range, paramsOnly + " may only use integer parameters. " +
                                       unknownName("parameter", term.text, scope_.kernel.integerParams()));
  if (scope_.isIname(term.text))
    return {scope_.context.iname(term.text, term.range)};
  if (scope_.rule(term.text))
    return ruleUse(term);
  if (ArrayInfo *info = scope_.array(term.text))
    return {load(term.text, *info, {}, term.range)};
  scope_.errors.fail(term.range, scope_.unknownValue(term.text));
}

std::vector<Expr> ExprBuilder::indices(const std::vector<const Term *> &terms) {
  std::vector<Expr> result;
  for (const Term *term : terms) {
    Expr e = build(*term);
    if (!e.type().isInteger() || e.type().isVector())
      scope_.errors.fail(term->range,
                         "A subscript is an integer; this is a value of the type " + e.type().name() + ".");
    result.push_back(e);
  }
  return result;
}

Expr ExprBuilder::load(const std::string &name, const ArrayInfo &info, std::vector<Expr> index, SourceRange range) {
  const Array &array = scope_.arrayOf(info);
  if (index.size() != array.shape.size()) {
    size_t axes = array.shape.size();
    std::string wanted = axes == 0 ? "is a scalar" : "has " + std::to_string(axes) + (axes == 1 ? " axis" : " axes");
    std::string given = index.empty()
                            ? "no subscripts are"
                            : std::to_string(index.size()) + (index.size() == 1 ? " subscript is" : " subscripts are");
    scope_.errors.fail(range, "'" + name + "' " + wanted + ", but " + given + " given.",
                       {noteAt(info.declaration, "It is declared here.")});
  }
  std::vector<Expr> all;
  for (const std::string &iname : info.implicit)
    all.push_back(scope_.context.iname(iname, range));
  all.insert(all.end(), index.begin(), index.end());
  return scope_.context.load(name, std::move(all), array.type, range);
}

Typed ExprBuilder::subscript(const Term &term) {
  ArrayInfo *info = paramsOnly.empty() ? scope_.array(term.text) : nullptr;
  if (!info) {
    if (const Param *param = scope_.param(term.text))
      scope_.errors.fail(term.range, "'" + term.text + "' is a scalar, so it has no subscripts.",
                         {noteAt(param->source, "It is declared here.")});
    scope_.errors.fail(term.nameRange, scope_.unknownValue(term.text));
  }
  std::vector<const Term *> implicit(term.args.begin(), term.args.begin() + term.implicit);
  std::vector<const Term *> rest(term.args.begin() + term.implicit, term.args.end());
  Expr plain = load(term.text, *info, indices(rest), term.range);
  if (implicit.empty())
    return {plain};
  if (implicit.size() != info->implicit.size())
    scope_.errors.fail(term.range,
                       "'" + term.text + "' has " + std::to_string(info->implicit.size()) + " implicit axes.");
  std::vector<Expr> index = indices(implicit), written = plain.as<Load>()->index;
  std::copy(index.begin(), index.end(), written.begin());
  return {scope_.context.load(term.text, written, plain.type(), term.range)};
}

Expr ExprBuilder::buildPlace(const Term &term) {
  const std::string &n = term.text;
  if (const Param *param = scope_.param(n))
    scope_.errors.fail(term.range,
                       "'" + n + "' is a parameter and cannot be assigned to. Declare it as '" + n + ": out " +
                           param->type.name() + "'.",
                       {noteAt(param->source, "It is declared here.")});
  if (scope_.isIname(n))
    scope_.errors.fail(term.range, "'" + n + "' is an iname and cannot be assigned to.");
  ArrayInfo *info = scope_.array(n);
  if (!info && scope_.isAnnounced(n))
    scope_.errors.fail(term.nameRange, "'" + n + "' is assigned to before it is declared.");
  if (!info)
    scope_.errors.fail(term.nameRange, unknownName("array or temporary", n, scope_.kernel.arrayNames()) +
                                           " A new temporary is declared by '<> " + n + " = ...'.");
  return load(n, *info, indices(term.kind == Kind::Subscript ? term.args : std::vector<const Term *>{}), term.range);
}

// ------------------------------------------------------------------------------------------------------ operators
Typed ExprBuilder::unary(const Term &term) {
  Typed operand = typed(*term.args[0]);
  Type type = operand.e.type();
  if (term.unaryOp == UnaryOp::BitNot && !type.isInteger())
    scope_.errors.fail(term.range, "'~' is for integers; this is a value of the type " + type.name() + ".");
  return {scope_.context.unary(term.unaryOp, operand.e, term.range), operand.isLiteral};
}

Typed ExprBuilder::arithmetic(BinaryOp op, Typed lhs, Typed rhs, SourceRange range) {
  unify(lhs, rhs, range);
  Type type = *promote(lhs.e.type(), rhs.e.type());
  std::string symbol = spelling(op);
  bool isBits = op == BinaryOp::BitAnd || op == BinaryOp::BitOr || op == BinaryOp::BitXor;
  bool isShift = op == BinaryOp::Shl || op == BinaryOp::Shr;
  if (op == BinaryOp::Div && (type.isInteger() || type.isBool()))
    scope_.errors.fail(range,
                       "'/' of two integers does not say how to round. Write '//' for the floor of the quotient, "
                       "or cast one of them to a float.");
  if ((isBits && !type.isInteger() && !type.isBool()) || (isShift && !type.isInteger()))
    scope_.errors.fail(range, "'" + symbol + "' is for integers, not for the type " + type.name() + ".");
  bool isOrdered = op == BinaryOp::FloorDiv || op == BinaryOp::Mod || op == BinaryOp::Min || op == BinaryOp::Max;
  if (isOrdered && type.isComplex())
    scope_.errors.fail(range, "'" + symbol + "' is not defined for complex numbers.");
  if (op == BinaryOp::FloorDiv || op == BinaryOp::Mod)
    if (auto *c = rhs.e.as<Constant>())
      if (auto *value = std::get_if<int64_t>(&c->value); value && *value == 0)
        scope_.errors.fail(range, "This divides by zero.");
  return {scope_.context.binary(op, lhs.e, rhs.e, range), lhs.isLiteral && rhs.isLiteral};
}

// a < b < c is a < b and b < c.
Typed ExprBuilder::compare(const Term &term) {
  std::vector<Typed> operands;
  for (const Term *arg : term.args)
    operands.push_back(typed(*arg));
  Expr result;
  for (size_t k = 0; k < term.comparisons.size(); ++k) {
    Expr one = comparison(term.comparisons[k], operands[k], operands[k + 1], term.range).e;
    result = result ? scope_.context.logical(LogicalOp::And, result, one, term.range) : one;
  }
  return {result};
}

Typed ExprBuilder::comparison(CompareOp op, Typed lhs, Typed rhs, SourceRange range) {
  unify(lhs, rhs, range);
  Type type = *promote(lhs.e.type(), rhs.e.type());
  if (type.isComplex() && op != CompareOp::Eq && op != CompareOp::Ne)
    scope_.errors.fail(range, "Complex numbers have no order.");
  return {scope_.context.compare(op, lhs.e, rhs.e, range)};
}

Typed ExprBuilder::conditional(const Term &term) {
  Typed a = typed(*term.args[0]), b = typed(*term.args[2]);
  Expr condition = buildCondition(*term.args[1]);
  unify(a, b, term.range);
  return {scope_.context.select(condition, a.e, b.e, term.range)};
}

Typed ExprBuilder::cast(const Term &term) {
  Expr operand = build(*term.args[0]);
  Type type = *parseType(term.text);
  if (operand.type().isComplex() && !type.isComplex())
    scope_.errors.fail(term.range,
                       "A complex number cannot be cast to " + type.name() + ". Write real(x), imag(x) or abs(x).");
  if (operand.type().isVector() && operand.type().lanes != type.lanes)
    scope_.errors.fail(term.range, "A vector cannot be cast to another width.");
  return {scope_.context.cast(type, operand, term.range)};
}

} // namespace loopy
