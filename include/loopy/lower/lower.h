// Kernel -> Program: mapping, loop bounds, guards, barriers, unrolling.
#pragma once

#include "loopy/lower/mapping.h"
#include "loopy/lower/program.h"

namespace loopy {

// Maps and lowers. Proves that the instances executed are exactly the domains, or throws InternalError with a point.
Program lower(const Kernel &kernel, const Target &target);
Program lower(const Kernel &kernel, const Mapping &mapping);
// A program without functions: what it takes, and where the user's arrays are in that.
Program interfaceOf(const Kernel &kernel);

} // namespace loopy
