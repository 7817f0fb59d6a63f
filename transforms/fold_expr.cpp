#include "fold_expr.h"

#include "loopy/ir/constants.h"
#include "loopy/ir/functions.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace loopy {
namespace {

// The number that a float constant is in its type, if it is zero or a normal number.
std::optional<double> floatOf(Expr e) {
  const Constant *constant = e.as<Constant>();
  const double *value = constant && e.type().isFloat() ? std::get_if<double>(&constant->value) : nullptr;
  return value && !e.type().isVector() ? roundedTo(e.type().kind, *value) : std::nullopt;
}

bool isZero(Expr e, bool isNegative) {
  const std::optional<double> value = floatOf(e);
  return value && *value == 0 && std::signbit(*value) == isNegative;
}
bool isOne(Expr e) { return floatOf(e) == std::optional(1.0); }

// Every value of `narrow` is one of `wide`.
bool holdsAllOf(Type wide, Type narrow) {
  if (wide.isVector() || narrow.isVector() || narrow.isBool() || wide.isBool())
    return false;
  const unsigned wideBits = 8 * wide.sizeInBytes(), narrowBits = 8 * narrow.sizeInBytes();
  if (narrow.isInteger() && wide.isInteger())
    return narrow.isSigned() == wide.isSigned() ? wideBits >= narrowBits : wide.isSigned() && wideBits > narrowBits;
  if (narrow.isInteger() && wide.isFloat()) {
    const unsigned significant = wide.kind == ScalarKind::Float16 ? 11 : wide.kind == ScalarKind::Float32 ? 24 : 53;
    return narrowBits <= significant;
  }
  return narrow.isFloat() && wide.isFloat() && wideBits >= narrowBits;
}

class Folder {
public:
  Folder(Context &context, Expr node) : context_(context), node_(node) {}

  Expr run() {
    return visit(node_, Overloaded{[&](const Unary &unary) { return foldUnary(unary); },
                                   [&](const Binary &binary) {
                                     const Type type = node_.type();
                                     return type.isVector()    ? node_
                                            : type.isInteger() ? foldInteger(binary)
                                            : type.isFloat()   ? foldFloat(binary)
                                                               : node_;
                                   },
                                   [&](const Compare &compare) { return foldCompare(compare); },
                                   [&](const Logical &logical) { return foldLogical(logical); },
                                   [&](const Select &select) { return foldSelect(select); },
                                   [&](const Cast &cast) { return foldCast(cast); },
                                   [&](const CallExpr &call) { return foldCall(call); },
                                   [&](const Constant &) { return node_; }, [&](const ParamRef &) { return node_; },
                                   [&](const InameRef &) { return node_; }, [&](const Load &) { return node_; },
                                   [&](const RuleUse &) { return node_; }, [&](const Reduce &) { return node_; }});
  }

private:
  Expr integer(int64_t value) { return context_.constant(value, node_.type(), node_.range()); }
  Expr boolean(bool value) { return context_.constant(value, node_.range()); }
  Expr number(std::optional<double> value) {
    const std::optional<double> rounded = value ? roundedTo(node_.type().kind, *value) : std::nullopt;
    return rounded ? context_.constant(*rounded, node_.type(), node_.range()) : node_;
  }

  Expr foldUnary(const Unary &unary) {
    const Unary *inner = unary.operand.as<Unary>();
    if (inner && inner->op == unary.op) // --x, ~~x, not not x
      return inner->operand;
    if (unary.op == UnaryOp::Not) {
      if (const std::optional<bool> value = boolConstant(unary.operand))
        return boolean(!*value);
      const Compare *compare = unary.operand.as<Compare>();
      if (compare && !compare->lhs.type().isFloat()) // of floats, neither a < b nor a >= b may hold
        return context_.compare(negated(compare->op), compare->lhs, compare->rhs, node_.range());
    }
    if (const std::optional<int64_t> value = integerConstant(unary.operand); value && unary.op == UnaryOp::BitNot)
      return node_.type().isSigned() ? integer(~*value) : node_;
    return node_;
  }

  // What Context::binary does not see to, since it makes subscripts too: these identities serve values.
  Expr foldInteger(const Binary &b) {
    const std::optional<int64_t> left = integerConstant(b.lhs), right = integerConstant(b.rhs);
    const bool areEqual = equal(b.lhs, b.rhs);
    switch (b.op) {
    case BinaryOp::Sub:
    case BinaryOp::BitXor:
      if (areEqual)
        return integer(0);
      break;
    case BinaryOp::Min:
    case BinaryOp::Max:
    case BinaryOp::BitAnd:
    case BinaryOp::BitOr:
      if (areEqual)
        return b.lhs;
      break;
    case BinaryOp::Pow:
      if (right == 0)
        return integer(1);
      if (right == 1)
        return b.lhs;
      break;
    case BinaryOp::Shl:
    case BinaryOp::Shr:
      if (right == 0)
        return b.lhs;
      return foldShift(b.op, left, right);
    case BinaryOp::Add:
    case BinaryOp::Mul:
    case BinaryOp::Div:
    case BinaryOp::FloorDiv:
    case BinaryOp::Mod:
      break;
    }
    for (auto [constant, other] : {std::pair(left, b.rhs), std::pair(right, b.lhs)})
      if (constant && (b.op == BinaryOp::BitAnd || b.op == BinaryOp::BitOr || b.op == BinaryOp::BitXor) &&
          *constant == 0)
        return b.op == BinaryOp::BitAnd ? integer(0) : other;
    if (b.op == BinaryOp::Mul)
      if (Expr product = foldProduct(left ? b.lhs : b.rhs, left ? b.rhs : b.lhs))
        return product;
    const Expr again = context_.binary(b.op, b.lhs, b.rhs, node_.range());
    return again.type() == node_.type() && !equal(again, node_) ? again : node_;
  }

  // c * (d * x) is (c*d) * x; null for anything else.
  Expr foldProduct(Expr outer, Expr inner) {
    const std::optional<int64_t> c = integerConstant(outer);
    const Binary *product = inner.as<Binary>();
    if (!c || !product || product->op != BinaryOp::Mul || node_.type().isUnsigned())
      return Expr();
    for (auto [factor, other] : {std::pair(product->lhs, product->rhs), std::pair(product->rhs, product->lhs)}) {
      int64_t total = 0;
      const std::optional<int64_t> d = integerConstant(factor);
      const unsigned bits = 8 * node_.type().sizeInBytes();
      if (d && !__builtin_mul_overflow(*c, *d, &total) &&
          (bits == 64 || (total >> (bits - 1) == 0 || total >> (bits - 1) == -1)))
        return context_.binary(BinaryOp::Mul, integer(total), other, node_.range());
    }
    return Expr();
  }

  Expr foldShift(BinaryOp op, std::optional<int64_t> value, std::optional<int64_t> places) {
    const unsigned bits = 8 * node_.type().sizeInBytes();
    if (!value || !places || *value < 0 || *places < 0 || *places >= bits)
      return node_;
    if (op == BinaryOp::Shr)
      return integer(*value >> *places);
    const bool fits = *places < 62 && *value < (int64_t(1) << (62 - *places)) &&
                      (bits == 64 || (*value << *places) < (int64_t(1) << (bits - 1)));
    return fits ? integer(*value << *places) : node_;
  }

  Expr foldFloat(const Binary &b) {
    const std::optional<double> left = floatOf(b.lhs), right = floatOf(b.rhs);
    if (left && right)
      return number(ofConstants(b.op, *left, *right));
    switch (b.op) {
    case BinaryOp::Add:
      if (isZero(b.rhs, true))
        return b.lhs;
      if (isZero(b.lhs, true))
        return b.rhs;
      return right && *right < 0 ? context_.binary(BinaryOp::Sub, b.lhs, negative(b.rhs), node_.range()) : node_;
    case BinaryOp::Sub:
      if (isZero(b.rhs, false))
        return b.lhs;
      return right && *right < 0 ? context_.binary(BinaryOp::Add, b.lhs, negative(b.rhs), node_.range()) : node_;
    case BinaryOp::Mul:
      return isOne(b.rhs) ? b.lhs : isOne(b.lhs) ? b.rhs : node_;
    case BinaryOp::Div:
      return isOne(b.rhs) ? b.lhs : right ? timesInverse(b.lhs, *right) : node_;
    case BinaryOp::Pow:
      return isOne(b.rhs) ? b.lhs : right && *right == 0 ? number(1) : node_;
    case BinaryOp::Min:
    case BinaryOp::Max:
      return equal(b.lhs, b.rhs) ? b.lhs : node_;
    case BinaryOp::FloorDiv:
    case BinaryOp::Mod:
    case BinaryOp::BitAnd:
    case BinaryOp::BitOr:
    case BinaryOp::BitXor:
    case BinaryOp::Shl:
    case BinaryOp::Shr:
      return node_;
    }
    throw InternalError("unknown binary operator");
  }

  Expr negative(Expr constant) { return context_.unary(UnaryOp::Neg, constant, constant.range()); }

  // x / 2**k and x * 2**-k are the same real number, rounded once.
  Expr timesInverse(Expr x, double divisor) {
    int exponent = 0;
    const bool isPower = divisor != 0 && std::fabs(std::frexp(divisor, &exponent)) == 0.5;
    const std::optional<double> inverse = isPower ? roundedTo(node_.type().kind, 1 / divisor) : std::nullopt;
    return inverse ? context_.binary(BinaryOp::Mul, x, context_.constant(*inverse, node_.type()), node_.range())
                   : node_;
  }

  // In double precision, which has room for the exact sum, difference or product of two smaller numbers, or enough bits
  // for their quotient, so that rounding the result once more gives what the type's own operation does.
  static std::optional<double> ofConstants(BinaryOp op, double a, double b) {
    switch (op) {
    case BinaryOp::Add:
      return a + b;
    case BinaryOp::Sub:
      return a - b;
    case BinaryOp::Mul:
      return a * b;
    case BinaryOp::Div:
      return b != 0 ? std::optional(a / b) : std::nullopt;
    case BinaryOp::Min:
      return a != b ? std::optional(std::min(a, b)) : std::nullopt;
    case BinaryOp::Max:
      return a != b ? std::optional(std::max(a, b)) : std::nullopt;
    case BinaryOp::Pow:
      return exactPower(a, b);
    default:
      return std::nullopt;
    }
  }

  static std::optional<double> exactPower(double base, double exponent) {
    if (exponent < 0 || exponent > 16 || exponent != std::floor(exponent))
      return std::nullopt;
    double power = 1;
    for (int i = 0; i < static_cast<int>(exponent); ++i) {
      const double next = power * base;
      // Of 24 bits at most, so that it is exact in float32 too; float16 rounds what is longer.
      if (std::fma(power, base, -next) != 0 || next != static_cast<double>(static_cast<float>(next)))
        return std::nullopt;
      power = next;
    }
    return power;
  }

  Expr foldCompare(const Compare &compare) {
    if (node_.type().isVector())
      return node_;
    const std::optional<int64_t> a = integerConstant(compare.lhs), b = integerConstant(compare.rhs);
    if (a && b && (!compare.lhs.type().isUnsigned() || (*a >= 0 && *b >= 0)))
      return boolean(holds(compare.op, *a, *b));
    const std::optional<double> x = floatOf(compare.lhs), y = floatOf(compare.rhs);
    if (x && y)
      return boolean(holds(compare.op, *x, *y));
    if (compare.lhs.type().isInteger() && equal(compare.lhs, compare.rhs))
      return boolean(holds(compare.op, 0, 0));
    return node_;
  }

  Expr foldLogical(const Logical &logical) {
    const bool deciding = logical.op == LogicalOp::Or;
    for (auto [one, other] : {std::pair(logical.lhs, logical.rhs), std::pair(logical.rhs, logical.lhs)})
      if (const std::optional<bool> value = boolConstant(one); value && !other.type().isVector())
        return *value == deciding ? boolean(deciding) : other;
    return equal(logical.lhs, logical.rhs) ? logical.lhs : node_;
  }

  Expr foldSelect(const Select &select) {
    if (const std::optional<bool> value = boolConstant(select.condition))
      return *value ? select.ifTrue : select.ifFalse;
    return equal(select.ifTrue, select.ifFalse) ? select.ifTrue : node_;
  }

  Expr foldCast(const Cast &cast) {
    const Type type = node_.type();
    if (const std::optional<double> value = floatOf(cast.operand)) {
      if (type.isFloat() && !type.isVector())
        return number(value);
      const bool fits = type.isInteger() && !type.isVector() && std::fabs(*value) < std::ldexp(1.0, 30);
      const int64_t whole = fits ? static_cast<int64_t>(*value) : 0;
      const unsigned bits = 8 * type.sizeInBytes();
      const int64_t limit = bits >= 32 ? int64_t(1) << 31 : int64_t(1) << (bits - 1);
      return fits && whole < limit && (type.isUnsigned() ? whole >= 0 : whole >= -limit) ? integer(whole) : node_;
    }
    const Cast *inner = cast.operand.as<Cast>();
    if (inner && holdsAllOf(cast.operand.type(), inner->operand.type()) && !type.isBool() && !type.isVector())
      return context_.cast(type, inner->operand, node_.range());
    return node_;
  }

  Expr foldCall(const CallExpr &call) {
    if (node_.type().isVector() || call.args.empty() || call.args[0].type().isVector())
      return node_;
    if (const Constant *constant = call.args[0].as<Constant>(); constant && call.args[0].type().isComplex())
      if (const auto *z = std::get_if<std::complex<double>>(&constant->value);
          z && (call.function == "real" || call.function == "imag"))
        return number(call.function == "real" ? z->real() : z->imag());
    if (const std::optional<int64_t> value = integerConstant(call.args[0]); value && call.function == "abs")
      return *value > -INT8_MAX ? integer(std::abs(*value)) : node_;
    std::vector<double> args;
    for (Expr arg : call.args) {
      const std::optional<double> value = floatOf(arg);
      if (!value)
        return node_;
      args.push_back(*value);
    }
    if (node_.type().isBool()) // a constant that is an ordinary number
      return call.function == "isfinite"                            ? boolean(true)
             : call.function == "isnan" || call.function == "isinf" ? boolean(false)
                                                                    : node_;
    return findFunction(call.function) && node_.type().isFloat()
               ? number(exactValue(call.function, args, node_.type().kind))
               : node_;
  }

  Context &context_;
  Expr node_;
};

} // namespace

Expr foldedNode(Context &context, Expr node) { return Folder(context, node).run(); }

Expr foldedFully(Context &context, Expr node) {
  for (;;) {
    const Expr simpler = foldedNode(context, node);
    if (&simpler.node() == &node.node())
      return node;
    node = simpler;
  }
}

} // namespace loopy
