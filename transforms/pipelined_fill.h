// Fills that go through registers, one step ahead of their uses.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Cuts a fill in loop `at` in two, `FILL_fetch` and `FILL`:
//
//     for k: fill: t{k}[e] = a[k, e];  use t{k}
// ->  for k: fill_fetch: t_reg{k + 1, e} = a[k + 1, e];  use t{k};  fill: t{k + 1}[e] = t_reg{k + 1, e}
//
// Each iteration of the fill has a register of its own. Both run one iteration ahead, the second one at the end of the
// body. Proved: every dependence has to hold.
Kernel pipelinedFill(const Kernel &kernel, const std::string &fill, const std::string &at, SourceRange where);

} // namespace loopy
