#include "loopy/ir/reduction.h"

#include <limits>

namespace loopy {
namespace {

// The largest or smallest value of a type: what min and max start from.
Expr extremeValue(Context &context, Type type, bool largest) {
  if (type.isFloat()) {
    double inf = std::numeric_limits<double>::infinity();
    return context.constant(largest ? inf : -inf, type);
  }
  unsigned bits = 8 * type.sizeInBytes();
  if (type.isUnsigned()) {
    if (!largest)
      return context.constant(int64_t(0), type);
    // Constants hold 64-bit patterns; all ones is the largest uint64.
    return context.constant(bits == 64 ? int64_t(-1) : (int64_t(1) << bits) - 1, type);
  }
  int64_t most = bits == 64 ? INT64_MAX : (int64_t(1) << (bits - 1)) - 1;
  return context.constant(largest ? most : -most - 1, type);
}

Expr neutralElement(Context &context, ReductionOp op, Type type) {
  switch (op) {
  case ReductionOp::Sum:
  case ReductionOp::SegmentedSum:
    return context.constant(int64_t(0), type);
  case ReductionOp::Product:
    return context.constant(int64_t(1), type);
  case ReductionOp::Min:
  case ReductionOp::ArgMin:
    return extremeValue(context, type, true);
  case ReductionOp::Max:
  case ReductionOp::ArgMax:
    return extremeValue(context, type, false);
  case ReductionOp::Any:
    return context.constant(false);
  case ReductionOp::All:
    return context.constant(true);
  }
  throw InternalError("unknown reduction");
}

std::vector<Expr> betterPair(Context &context, CompareOp better, const std::vector<Expr> &accumulators,
                             const std::vector<Expr> &values) {
  const Expr acc = accumulators[0], accIndex = accumulators[1], value = values[0], index = values[1];
  const Expr tie = context.logical(LogicalOp::And, context.compare(CompareOp::Eq, value, acc),
                                   context.compare(CompareOp::Lt, index, accIndex));
  const Expr take = context.logical(LogicalOp::Or, context.compare(better, value, acc), tie);
  return {context.select(take, value, acc), context.select(take, index, accIndex)};
}

} // namespace

std::vector<Expr> neutralElements(Context &context, ReductionOp op, const std::vector<Type> &types) {
  std::vector<Expr> result{neutralElement(context, op, types.at(0))};
  if (op == ReductionOp::ArgMin || op == ReductionOp::ArgMax)
    result.push_back(extremeValue(context, types.at(1), true));
  return result;
}

std::vector<Expr> combined(Context &context, ReductionOp op, const std::vector<Expr> &accumulators,
                           const std::vector<Expr> &values) {
  const Expr acc = accumulators.at(0), value = values.at(0);
  switch (op) {
  case ReductionOp::Sum:
    return {context.binary(BinaryOp::Add, acc, value)};
  case ReductionOp::Product:
    return {context.binary(BinaryOp::Mul, acc, value)};
  case ReductionOp::Min:
    return {context.binary(BinaryOp::Min, acc, value)};
  case ReductionOp::Max:
    return {context.binary(BinaryOp::Max, acc, value)};
  case ReductionOp::Any:
    return {context.logical(LogicalOp::Or, acc, value)};
  case ReductionOp::All:
    return {context.logical(LogicalOp::And, acc, value)};
  case ReductionOp::ArgMin:
    return betterPair(context, CompareOp::Lt, accumulators, values);
  case ReductionOp::ArgMax:
    return betterPair(context, CompareOp::Gt, accumulators, values);
  case ReductionOp::SegmentedSum:
    break;
  }
  throw InternalError("a reduction that combines in another way");
}

} // namespace loopy
