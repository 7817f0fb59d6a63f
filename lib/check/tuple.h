// Parameter sets at concrete sizes, as sets of tuples.
#pragma once

#include "loopy/check/count.h"

namespace loopy {

// The set with the names of `values` replaced by these values.
isl::set fixParams(const isl::set &set, const Sizes &values);

// { [names...] : ... }; nothing if a name that is not among them is left.
std::optional<isl::set> toTuple(const isl::set &set, const poly::Names &names);

// The number of points of a set without parameters; nothing if it is unbounded or has more than `maxPieces` pieces.
std::optional<int64_t> countTuples(const isl::set &set, int64_t maxPieces);

} // namespace loopy
