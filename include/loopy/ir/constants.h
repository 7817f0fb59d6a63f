// What constants and comparisons say.
#pragma once

#include "loopy/ir/expr.h"

#include <optional>

namespace loopy {

// The value of a scalar constant of an integer type, or of bool; nothing for other expressions.
std::optional<int64_t> integerConstant(Expr e);
std::optional<bool> boolConstant(Expr e);

// The comparison of integers that holds where `op` does not.
CompareOp negated(CompareOp op);
template <class T> bool holds(CompareOp op, const T &a, const T &b) {
  switch (op) {
  case CompareOp::Lt:
    return a < b;
  case CompareOp::Le:
    return a <= b;
  case CompareOp::Gt:
    return a > b;
  case CompareOp::Ge:
    return a >= b;
  case CompareOp::Eq:
    return a == b;
  case CompareOp::Ne:
    return a != b;
  }
  throw InternalError("unknown comparison");
}

} // namespace loopy
