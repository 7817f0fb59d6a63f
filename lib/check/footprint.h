// Which elements of an array a kernel touches.
#pragma once

#include "loopy/analysis/dependence.h"
#include "loopy/check/count.h"

namespace loopy {

// Names for the explicit axes of an array that no iname or parameter has.
poly::Names axisNames(size_t count);

// The elements of an argument, or of the explicit axes of a temporary, that may be read, or may be written, as
// { : axes } over axisNames() and params; nothing where a subscript is not affine.
std::optional<isl::set> footprint(const AccessTable &table, const Array &array, bool writes);

// The numbers in C order of elements that the kernel cannot write at these sizes; the first `limit` of them.
std::vector<int64_t> untouchedElements(const AccessTable &table, const Array &array, const Sizes &sizes, size_t limit);

} // namespace loopy
