#include "fold.h"

namespace loopy {
namespace {

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }
int64_t floorRemainder(int64_t a, int64_t b) { return a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0); }

// a op b, unless it overflows or is undefined.
std::optional<int64_t> evaluate(BinaryOp op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
  case BinaryOp::Add:
    return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  case BinaryOp::Sub:
    return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  case BinaryOp::Mul:
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  case BinaryOp::FloorDiv:
    return b == 0 || b == -1 ? std::nullopt : std::optional(floorDivide(a, b));
  case BinaryOp::Mod:
    return b == 0 || b == -1 ? std::nullopt : std::optional(floorRemainder(a, b));
  case BinaryOp::Min:
    return std::min(a, b);
  case BinaryOp::Max:
    return std::max(a, b);
  case BinaryOp::BitAnd:
    return a & b;
  case BinaryOp::BitOr:
    return a | b;
  case BinaryOp::BitXor:
    return a ^ b;
  case BinaryOp::Div:
  case BinaryOp::Pow:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return std::nullopt;
  }
  throw InternalError("unknown binary operator");
}

// e = c*p + q with a part p (null: 0), so that (16*p + q) // 16 is p.
struct Multiple {
  Expr part;
  Expr rest; // null: 0
};

// Writes `e` as divisor*part + rest by looking at its sums and products only.
std::optional<Multiple> asMultiple(Context &context, Expr e, int64_t divisor) {
  if (auto value = integerValue(e); value && *value == 0)
    return Multiple{};
  auto *b = e.as<Binary>();
  if (!b)
    return std::nullopt;
  if (b->op == BinaryOp::Mul) {
    for (auto [factor, other] : {std::pair(b->lhs, b->rhs), std::pair(b->rhs, b->lhs)})
      if (auto value = integerValue(factor); value && *value % divisor == 0)
        return Multiple{context.binary(BinaryOp::Mul, context.constant(*value / divisor, e.type()), other), Expr()};
    return std::nullopt;
  }
  if (b->op != BinaryOp::Add)
    return std::nullopt;
  auto left = asMultiple(context, b->lhs, divisor), right = asMultiple(context, b->rhs, divisor);
  if (!left && !right)
    return std::nullopt;
  auto sum = [&](Expr x, Expr y) { return !x ? y : !y ? x : context.add(x, y); };
  if (!left)
    left = Multiple{Expr(), b->lhs};
  if (!right)
    right = Multiple{Expr(), b->rhs};
  return Multiple{sum(left->part, right->part), sum(left->rest, right->rest)};
}

// 0 <= e < limit is clear from e alone: a constant, or a remainder by a constant.
bool isClearlyBelow(Expr e, int64_t limit) {
  if (!e)
    return true;
  if (auto value = integerValue(e))
    return 0 <= *value && *value < limit;
  auto *b = e.as<Binary>();
  if (!b || b->op != BinaryOp::Mod)
    return false;
  auto divisor = integerValue(b->rhs);
  return divisor && 0 < *divisor && *divisor <= limit;
}

Expr foldDivision(Context &context, BinaryOp op, Expr lhs, int64_t divisor, Type type) {
  if (divisor == 1)
    return op == BinaryOp::FloorDiv ? lhs : context.constant(int64_t(0), type);
  if (divisor < 1)
    return Expr();
  auto zeroIfNull = [&](Expr e) { return e ? e : context.constant(int64_t(0), type); };
  std::optional<Multiple> split = asMultiple(context, lhs, divisor);
  if (!split && isClearlyBelow(lhs, divisor))
    split = Multiple{Expr(), lhs};
  if (!split)
    return Expr();
  if (isClearlyBelow(split->rest, divisor))
    return zeroIfNull(op == BinaryOp::FloorDiv ? split->part : split->rest);
  return Expr();
}

// x + offset, which was written with `op`: (y + a) + c is y + (a + c), and x + -1 is x - 1.
Expr foldOffset(Context &context, BinaryOp op, Expr x, int64_t offset, Type type, SourceRange range) {
  auto *inner = x.as<Binary>();
  bool isSum = inner && (inner->op == BinaryOp::Add || inner->op == BinaryOp::Sub);
  if (std::optional<int64_t> a = isSum ? integerValue(inner->rhs) : std::nullopt) {
    auto total = evaluate(inner->op == BinaryOp::Add ? BinaryOp::Add : BinaryOp::Sub, offset, *a);
    if (total && *total != INT64_MIN && fitsType(*total, type) && fitsType(-*total, type))
      return context.binary(BinaryOp::Add, inner->lhs, context.constant(*total, type, range), range);
  }
  bool isDifference = offset < 0;
  if (isDifference == (op == BinaryOp::Sub) || !fitsType(-offset, type))
    return Expr();
  return context.binary(isDifference ? BinaryOp::Sub : BinaryOp::Add, x,
                        context.constant(isDifference ? -offset : offset, type, range), range);
}

// x op c for a constant c.
Expr foldRight(Context &context, BinaryOp op, Expr x, int64_t c, Type type, SourceRange range) {
  auto constant = [&](int64_t value) { return context.constant(value, type, range); };
  switch (op) {
  case BinaryOp::Add:
  case BinaryOp::Sub: {
    if (c == 0)
      return x;
    if (type.isUnsigned() || c == INT64_MIN)
      return Expr();
    return foldOffset(context, op, x, op == BinaryOp::Add ? c : -c, type, range);
  }
  case BinaryOp::Mul:
    return c == 0 ? constant(0) : c == 1 ? x : Expr();
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    return foldDivision(context, op, x, c, type);
  default:
    return Expr();
  }
}

} // namespace

std::optional<int64_t> integerValue(Expr e) {
  auto *c = e.as<Constant>();
  auto *value = c ? std::get_if<int64_t>(&c->value) : nullptr;
  return value && e.type().isInteger() ? std::optional(*value) : std::nullopt;
}

bool fitsType(int64_t value, Type type) {
  unsigned bits = 8 * type.scalar().sizeInBytes();
  if (type.isUnsigned())
    return value >= 0 && (bits == 64 || value < (int64_t(1) << bits));
  return bits == 64 || (value >= -(int64_t(1) << (bits - 1)) && value < (int64_t(1) << (bits - 1)));
}

Expr foldInteger(Context &context, BinaryOp op, Expr lhs, Expr rhs, Type type, SourceRange range) {
  auto a = integerValue(lhs), b = integerValue(rhs);
  if (a && b) {
    auto value = evaluate(op, *a, *b);
    return value && fitsType(*value, type) ? context.constant(*value, type, range) : Expr();
  }
  if (b)
    return foldRight(context, op, lhs, *b, type, range);
  if (a && op == BinaryOp::Add)
    return *a == 0 ? rhs : Expr();
  if (a && op == BinaryOp::Mul)
    return *a == 0 ? context.constant(int64_t(0), type, range) : *a == 1 ? rhs : Expr();
  return Expr();
}

} // namespace loopy
