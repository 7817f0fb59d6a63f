#include "ranges.h"

#include "loopy/poly/isl.h"

#include <algorithm>

namespace loopy::codegen {

namespace {

std::optional<int64_t> constantOf(Expr e) {
  const Constant *constant = e.as<Constant>();
  const int64_t *value = constant ? std::get_if<int64_t>(&constant->value) : nullptr;
  return value ? std::optional(*value) : std::nullopt;
}

// The sum, or nothing where it does not fit: then nothing is known.
std::optional<int64_t> sum(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> difference(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result = 0;
  if (!a || !b || __builtin_sub_overflow(*a, *b, &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> smaller(std::optional<int64_t> a, std::optional<int64_t> b) {
  return a && b ? std::optional(std::min(*a, *b)) : std::nullopt;
}

std::optional<int64_t> larger(std::optional<int64_t> a, std::optional<int64_t> b) {
  return a && b ? std::optional(std::max(*a, *b)) : (a ? a : b);
}

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// e = rest + offset, where rest has no constant summand on its spine; rest is null if e is constant.
struct Offset {
  Expr rest;
  int64_t offset = 0;
};
Offset splitOffset(Expr e) {
  if (std::optional<int64_t> value = constantOf(e))
    return {Expr(), *value};
  const Binary *binary = e.as<Binary>();
  if (binary && (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)) {
    if (std::optional<int64_t> value = constantOf(binary->rhs)) {
      Offset inner = splitOffset(binary->lhs);
      inner.offset += binary->op == BinaryOp::Add ? *value : -*value;
      return inner;
    }
    if (std::optional<int64_t> value = constantOf(binary->lhs); value && binary->op == BinaryOp::Add) {
      Offset inner = splitOffset(binary->rhs);
      inner.offset += *value;
      return inner;
    }
  }
  return {e, 0};
}

// e + amount, with constant summands joined.
Expr plus(Context &context, Expr e, int64_t amount) {
  Offset split = splitOffset(e);
  split.offset += amount;
  if (!split.rest)
    return context.constant(split.offset, e.type());
  if (split.offset == 0)
    return split.rest;
  Expr constant = context.constant(std::abs(split.offset), e.type());
  return split.offset > 0 ? context.add(split.rest, constant) : context.sub(split.rest, constant);
}

} // namespace

Ranges::Ranges(const Program &program) {
  if (!program.assumptions.is_null())
    for (const std::string &name : poly::involvedNames(program.assumptions))
      if (std::optional<int64_t> low =
              poly::constantMin(poly::paramAff(program.context->isl(), name), program.assumptions))
        lower_[name] = *low;
  for (const auto &[name, value] : program.fixedParams)
    lower_[name] = value;
  addHostLoops(program.host);
}

void Ranges::addHostLoops(const std::vector<HostStmt> &stmts) {
  for (const HostStmt &stmt : stmts)
    if (const auto *loop = std::get_if<HostFor>(&stmt.data)) {
      set(loop->var, loop->lower);
      addHostLoops(loop->body);
    }
}

void Ranges::set(const std::string &name, Expr value) {
  if (std::optional<int64_t> low = lowerEnd(value))
    lower_[name] = *low;
  else
    lower_.erase(name);
}

Ranges::Scope::Scope(Ranges &ranges, const std::string &name, Expr from) : ranges_(ranges), name_(name) {
  if (auto found = ranges.lower_.find(name); found != ranges.lower_.end())
    hidden_ = found->second;
  ranges.set(name, from);
}

Ranges::Scope::~Scope() {
  if (hidden_)
    ranges_.lower_[name_] = *hidden_;
  else
    ranges_.lower_.erase(name_);
}

std::optional<int64_t> Ranges::upperEnd(Expr e) const {
  if (std::optional<int64_t> value = constantOf(e))
    return value;
  if (const Binary *binary = e.as<Binary>()) {
    if (binary->op == BinaryOp::Min) {
      std::optional<int64_t> a = upperEnd(binary->lhs), b = upperEnd(binary->rhs);
      return a && b ? std::optional(std::min(*a, *b)) : (a ? a : b);
    }
    if (std::optional<int64_t> divisor = constantOf(binary->rhs);
        binary->op == BinaryOp::Mod && divisor && *divisor > 0)
      return *divisor - 1;
  }
  return std::nullopt;
}

std::optional<int64_t> Ranges::lowerEndOfBinary(const Binary &binary) const {
  const std::optional<int64_t> a = lowerEnd(binary.lhs), b = lowerEnd(binary.rhs);
  const std::optional<int64_t> constant = constantOf(binary.rhs);
  switch (binary.op) {
  case BinaryOp::Add:
    return sum(a, b);
  case BinaryOp::Sub:
    return difference(a, upperEnd(binary.rhs));
  case BinaryOp::Mul: {
    int64_t product = 0;
    if (!a || !b || *a < 0 || *b < 0 || __builtin_mul_overflow(*a, *b, &product))
      return std::nullopt;
    return product;
  }
  case BinaryOp::FloorDiv:
    if (a && constant && *constant > 0)
      return floorDiv(*a, *constant);
    return a && b && *a >= 0 && *b > 0 ? std::optional<int64_t>(0) : std::nullopt;
  case BinaryOp::Mod:
    return b && *b > 0 ? std::optional<int64_t>(0) : std::nullopt;
  case BinaryOp::Min:
    return smaller(a, b);
  case BinaryOp::Max:
    return larger(a, b);
  case BinaryOp::BitAnd:
    return (a && *a >= 0) || (b && *b >= 0) ? std::optional<int64_t>(0) : std::nullopt;
  case BinaryOp::Shr:
    return a && *a >= 0 ? std::optional<int64_t>(0) : std::nullopt;
  case BinaryOp::Div:
  case BinaryOp::Pow:
  case BinaryOp::BitOr:
  case BinaryOp::BitXor:
  case BinaryOp::Shl:
    return std::nullopt;
  }
  throw InternalError("a binary operation that Ranges does not know");
}

std::optional<int64_t> Ranges::lowerEnd(Expr e) const {
  if (std::optional<int64_t> value = constantOf(e))
    return value;
  if (e.type().isUnsigned())
    return 0;
  if (!e.type().isInteger())
    return std::nullopt;
  auto named = [&](const std::string &name) {
    auto found = lower_.find(name);
    return found == lower_.end() ? std::nullopt : std::optional(found->second);
  };
  if (const auto *param = e.as<ParamRef>())
    return named(param->name);
  if (const auto *variable = e.as<InameRef>())
    return named(variable->name);
  if (const auto *binary = e.as<Binary>())
    return lowerEndOfBinary(*binary);
  if (const auto *select = e.as<Select>())
    return smaller(lowerEnd(select->ifTrue), lowerEnd(select->ifFalse));
  if (const auto *cast = e.as<Cast>())
    return cast->operand.type().isInteger() && cast->operand.type().sizeInBytes() <= e.type().sizeInBytes()
               ? lowerEnd(cast->operand)
               : std::nullopt;
  if (const auto *call = e.as<CallExpr>())
    if (call->function.starts_with("get_group_id") || call->function.starts_with("get_local_id") ||
        isTruncatingDivision(*call))
      return 0;
  return std::nullopt;
}

Expr exclusiveBound(Context &context, Expr inclusive) {
  const Offset split = splitOffset(inclusive);
  const Binary *binary = inclusive.as<Binary>();
  if (!split.rest || split.offset != 0)
    return plus(context, inclusive, 1);
  if (binary && (binary->op == BinaryOp::Min || binary->op == BinaryOp::Max)) {
    Expr a = exclusiveBound(context, binary->lhs), b = exclusiveBound(context, binary->rhs);
    return a && b ? context.binary(binary->op, a, b) : Expr();
  }
  if (binary && binary->op == BinaryOp::FloorDiv) {
    // (x - k) // c + 1 = (x - k + c) // c
    std::optional<int64_t> divisor = constantOf(binary->rhs);
    if (divisor && *divisor > 0 && splitOffset(binary->lhs).offset < 0)
      return context.binary(BinaryOp::FloorDiv, plus(context, binary->lhs, *divisor), binary->rhs);
  }
  return Expr();
}

} // namespace loopy::codegen
