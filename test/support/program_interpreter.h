// Runs lowered programs: C programs as they stand; OpenCL programs with the work-items of a group taking turns in random
// order between barriers, and the groups of a launch in random order.
#pragma once

#include "support/kernel_interpreter.h"
#include "support/random.h"

#include "loopy/lower/program.h"

namespace loopy::testing {

// The contents of all array arguments after the run; `arguments` has every array and every scalar.
//
// Misbehaviour for: two work-items that access one element, one writing, with nothing to order them (no barrier with the
// right fence for two of one group, no launch for two of different groups); a barrier that not all work-items of a group
// reach together; an access outside an array; a result that depends on an element that nothing has set; a truncating division
// ("quot", "rem") of a negative number; a truncating division or a FloorDiv by zero.
Arguments interpretProgram(const Program &program, const Arguments &arguments, Random &random);

} // namespace loopy::testing
