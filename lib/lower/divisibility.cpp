#include "divisibility.h"

#include "loopy/lower/program.h"

#include <numeric>

namespace loopy::lowering {
namespace {

std::optional<int64_t> integerOf(Expr e) {
  const Constant *constant = e.as<Constant>();
  const int64_t *value = constant ? std::get_if<int64_t>(&constant->value) : nullptr;
  return value && *value != INT64_MIN ? std::optional(*value) : std::nullopt;
}

// A divisor of the product; where the largest one does not fit, one of a factor.
int64_t times(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? a : product;
}

// Where c divides a, of a/c.
int64_t divided(int64_t divisor, Expr by) {
  const std::optional<int64_t> c = integerOf(by);
  return c && *c > 0 && divisor % *c == 0 ? divisor / *c : 1;
}

} // namespace

int64_t divisorOfParameter(const isl::set &assumptions, const std::string &name) {
  if (const auto only = poly::constantValue(poly::paramAff(assumptions.ctx(), name), assumptions))
    return std::abs(*only);
  isl_set *values = isl_set_from_params(poly::projectOnto(assumptions, {name}).release());
  const int position = isl_set_find_dim_by_name(values, isl_dim_param, name.c_str());
  if (position < 0) {
    isl_set_free(values);
    return 1;
  }
  values = isl_set_move_dims(values, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(position), 1);
  // values = { [x] : x = offset modulo stride }
  isl_stride_info *info = isl_set_get_stride_info(values, 0);
  const isl::val stride = isl::manage(isl_stride_info_get_stride(info));
  const isl::aff offset = isl::manage(isl_stride_info_get_offset(info));
  isl_stride_info_free(info);
  isl_set_free(values);
  const isl::val constant = offset.constant_val();
  const bool isKnown = stride.is_int() && constant.is_int() && isl_aff_is_cst(offset.get()) == isl_bool_true;
  return isKnown ? std::gcd(isl_val_get_num_si(stride.get()), isl_val_get_num_si(constant.get())) : 1;
}

int64_t Divisibility::divisorOf(Expr e) const {
  if (const std::optional<int64_t> value = integerOf(e))
    return std::abs(*value);
  if (!e.type().isInteger() || e.type().isVector())
    return 1;
  auto common = [&](Expr a, Expr b) { return std::gcd(divisorOf(a), divisorOf(b)); };
  if (const ParamRef *param = e.as<ParamRef>())
    return ofParameter_(param->name);
  if (const Unary *unary = e.as<Unary>())
    return unary->op == UnaryOp::Neg ? divisorOf(unary->operand) : 1;
  if (const Cast *cast = e.as<Cast>())
    return cast->operand.type().isInteger() && cast->operand.type().sizeInBytes() <= e.type().sizeInBytes()
               ? divisorOf(cast->operand)
               : 1;
  if (const Select *select = e.as<Select>())
    return common(select->ifTrue, select->ifFalse);
  if (const CallExpr *call = e.as<CallExpr>()) {
    if (call->function == "quot")
      return divided(divisorOf(call->args[0]), call->args[1]);
    return call->function == "rem" ? common(call->args[0], call->args[1]) : 1;
  }
  const Binary *binary = e.as<Binary>();
  if (!binary)
    return 1;
  switch (binary->op) {
  case BinaryOp::Add:
  case BinaryOp::Sub:
  case BinaryOp::Mod:
  case BinaryOp::Min:
  case BinaryOp::Max:
    return common(binary->lhs, binary->rhs);
  case BinaryOp::Mul:
    return times(divisorOf(binary->lhs), divisorOf(binary->rhs));
  case BinaryOp::FloorDiv:
    return divided(divisorOf(binary->lhs), binary->rhs);
  case BinaryOp::Div:
  case BinaryOp::Pow:
  case BinaryOp::BitAnd:
  case BinaryOp::BitOr:
  case BinaryOp::BitXor:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return 1;
  }
  throw InternalError("a binary operation that divisibility does not know");
}

std::optional<int64_t> Divisibility::remainderOf(Expr e, int64_t modulus) const {
  require(modulus > 0, "a remainder modulo a number that is not positive");
  auto wrapped = [&](int64_t value) { return ((value % modulus) + modulus) % modulus; };
  if (const std::optional<int64_t> value = integerOf(e))
    return wrapped(*value);
  const Binary *binary = e.as<Binary>();
  if (binary && (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)) {
    const std::optional<int64_t> a = remainderOf(binary->lhs, modulus), b = remainderOf(binary->rhs, modulus);
    if (a && b)
      return wrapped(binary->op == BinaryOp::Add ? *a + *b : *a - *b);
  }
  return divisorOf(e) % modulus == 0 ? std::optional<int64_t>(0) : std::nullopt;
}

} // namespace loopy::lowering
