// Conversions: how numbers adapt, and what may be stored where.
#include "typing.h"

#include <limits>

namespace loopy {
namespace {

int rankOf(Type t) { return t.isBool() ? 0 : t.isInteger() ? 1 : t.isFloat() ? 2 : 3; }

bool fits(int64_t value, Type type) {
  unsigned bits = 8 * type.scalar().sizeInBytes();
  if (type.isUnsigned())
    return value >= 0 && (bits == 64 || value < (int64_t(1) << bits));
  return bits == 64 || (value >= -(int64_t(1) << (bits - 1)) && value < (int64_t(1) << (bits - 1)));
}

Expr adaptConstant(Context &context, const Constant &c, Type type, SourceRange range) {
  Type scalar = type.scalar();
  if (auto *i = std::get_if<int64_t>(&c.value)) {
    if (type.isBool() || (type.isInteger() && !fits(*i, scalar)))
      return Expr();
    return context.constant(*i, scalar, range);
  }
  if (auto *d = std::get_if<double>(&c.value))
    return type.isFloat() || type.isComplex() ? context.constant(*d, scalar, range) : Expr();
  if (std::holds_alternative<std::complex<double>>(c.value))
    return type.isComplex() ? context.make({scalar, range, c}) : Expr();
  return type.isBool() ? context.constant(std::get<bool>(c.value), range) : Expr();
}

} // namespace

Expr adaptLiteral(Context &context, Expr literal, Type type) {
  if (literal.type().scalar() == type.scalar())
    return literal;
  if (rankOf(literal.type()) > rankOf(type))
    return Expr();
  if (auto *c = literal.as<Constant>())
    return adaptConstant(context, *c, type, literal.range());
  // Bits and quotients of integers are no numbers that a float could take over.
  if (auto *b = literal.as<Binary>(); b && !type.isInteger() && b->op != BinaryOp::Add && b->op != BinaryOp::Sub &&
                                      b->op != BinaryOp::Mul && b->op != BinaryOp::Div && b->op != BinaryOp::Pow)
    return Expr();
  std::vector<Expr> parts = children(literal);
  for (Expr &part : parts)
    if (part = adaptLiteral(context, part, type); !part)
      return Expr();
  return parts.empty() ? Expr() : withChildren(context, literal, parts);
}

// Brings both operands to one type. A literal yields to the other operand; where it cannot (1.5 with an integer), the
// smallest type of its own kind that holds the other operand too is taken.
void ExprBuilder::unify(Typed &lhs, Typed &rhs, SourceRange range) {
  if (lhs.isLiteral != rhs.isLiteral) {
    Typed &literal = lhs.isLiteral ? lhs : rhs;
    Type other = (lhs.isLiteral ? rhs : lhs).e.type();
    if (Expr adapted = adaptLiteral(scope_.context, literal.e, other)) {
      literal.e = adapted;
    } else if (literal.e.type().isComplex() &&
               (other.kind == ScalarKind::Float32 || other.kind == ScalarKind::Float16)) {
      if (Expr narrow = adaptLiteral(scope_.context, literal.e, Type{ScalarKind::Complex64}))
        literal.e = narrow;
    }
  }
  std::optional<Type> type = promote(lhs.e.type(), rhs.e.type());
  if (!type)
    scope_.errors.fail(range, "Vectors of different widths cannot be combined: " + lhs.e.type().name() + " and " +
                                  rhs.e.type().name() + ".");
  for (Typed *side : {&lhs, &rhs})
    if (Expr adapted = side->isLiteral ? adaptLiteral(scope_.context, side->e, *type) : Expr())
      side->e = adapted;
}

Expr ExprBuilder::convertFor(Typed value, Type type, SourceRange range) {
  Type from = value.e.type();
  if (value.isLiteral)
    if (Expr adapted = adaptLiteral(scope_.context, value.e, type)) {
      value.e = adapted;
      from = adapted.type();
    }
  if (from == type)
    return value.e;
  auto refuse = [&](const std::string &fix) {
    scope_.errors.fail(range,
                       "A value of the type " + from.name() + " cannot be stored as " + type.name() + ". " + fix);
  };
  if (from.isVector() && from.lanes != type.lanes)
    refuse("The widths of the vectors differ.");
  if (type.isBool() && !from.isBool())
    refuse("Write a comparison, such as x != 0.");
  if (from.isComplex() && !type.isComplex())
    refuse("Write real(x), imag(x) or abs(x).");
  if (rankOf(from) == 2 && type.isInteger())
    refuse(paramsOnly.empty() ? "Write cast(" + type.name() + ", x) to cut off the fraction."
                              : paramsOnly + " are integers: make the parameter an integer.");
  auto *c = value.e.as<Constant>();
  if (value.isLiteral && c && type.isInteger())
    refuse("The number is outside its range.");
  return scope_.context.cast(type, value.e, range);
}

} // namespace loopy
