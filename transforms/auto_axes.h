// What `l.auto` becomes, and the axes of arrays by their strides.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// The inames by how far apart in memory the accesses of arguments are for neighbouring values: the smallest distance
// first (it deserves axis 0), inames that move no access last; ties in the order given.
std::vector<std::string> byAccessStride(const Kernel &kernel, const std::vector<std::string> &inames);

// The explicit axes of an array, that with the largest stride first; ties, which strides of unknown size can be, as
// they are written.
std::vector<unsigned> axesSlowestFirst(const Array &array);

// The lowest local axis that no loop nested with `iname` has; nothing if all three are taken.
std::optional<int> freeLocalAxis(const Kernel &kernel, const std::string &iname);

} // namespace loopy
