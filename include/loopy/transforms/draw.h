// Loops of a kernel as a reader would write them down: bounds, conditions and statements. For documentation and tests.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

//     for i_outer [g.0] in [0, (n + 15) // 16):
//       for i_inner [l.0] in [0, minimum(16, n - 16*i_outer)):
//         S: y[16*i_outer + i_inner] = 2*x[16*i_outer + i_inner]
// A statement whose domain asks more than the loops around it imply has that as a condition: `if i - 1 >= 0: S: ..`.
std::string drawLoops(const Kernel &kernel);

} // namespace loopy
