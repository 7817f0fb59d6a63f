// What reductions start from and how they combine.
#pragma once

#include "loopy/ir/context.h"

namespace loopy {

// What the accumulators start from: the neutral element; for argmin and argmax the worst value and the largest index.
// types : of the accumulators, one, or value and index
std::vector<Expr> neutralElements(Context &context, ReductionOp op, const std::vector<Type> &types);

// What the accumulators become: acc op value. argmin and argmax take the new pair (value, index) if its value is better,
// or equal and its index smaller. Not for segmented sums, which have a flag.
std::vector<Expr> combined(Context &context, ReductionOp op, const std::vector<Expr> &accumulators,
                           const std::vector<Expr> &values);

} // namespace loopy
