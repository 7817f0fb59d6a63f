#include "loopy/ir/constants.h"

namespace loopy {

std::optional<int64_t> integerConstant(Expr e) {
  const Constant *constant = e.as<Constant>();
  const int64_t *value = constant && e.type().isInteger() ? std::get_if<int64_t>(&constant->value) : nullptr;
  return value && !e.type().isVector() ? std::optional(*value) : std::nullopt;
}

std::optional<bool> boolConstant(Expr e) {
  const Constant *constant = e.as<Constant>();
  const bool *value = constant ? std::get_if<bool>(&constant->value) : nullptr;
  return value && !e.type().isVector() ? std::optional(*value) : std::nullopt;
}

CompareOp negated(CompareOp op) {
  switch (op) {
  case CompareOp::Lt:
    return CompareOp::Ge;
  case CompareOp::Le:
    return CompareOp::Gt;
  case CompareOp::Gt:
    return CompareOp::Le;
  case CompareOp::Ge:
    return CompareOp::Lt;
  case CompareOp::Eq:
    return CompareOp::Ne;
  case CompareOp::Ne:
    return CompareOp::Eq;
  }
  throw InternalError("unknown comparison");
}

} // namespace loopy
