// Parameter sets at concrete sizes, as sets of tuples.
#pragma once

#include "loopy/check/count.h"

namespace loopy {

// The set with the names of `values` replaced by these values.
isl::set fixParams(const isl::set &set, const Sizes &values);

// { [names...] : ... }; nothing if a name that is not among them is left.
std::optional<isl::set> toTuple(const isl::set &set, const poly::Names &names);

} // namespace loopy
