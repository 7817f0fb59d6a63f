// roll=true: the fill that keeps elements from one iteration of a loop to the next.
#pragma once

#include "planned_fill.h"

namespace loopy {

// UserError where the options do not fit roll=true.
void requireRollOptions(const Precompute &options);

// elements : what the uses of one iteration of `at` need, in the names of the footprint. An element is filled in the
// first iteration that needs it. Its place on the axis along which the window moves is that of the iteration and an
// offset, so it is the implicit axis of `at` that tells the places apart, and that is stored modulo the number of
// planes.
Kernel rolledFill(const PlannedFill &fill, const isl::set &elements, Notes *notes);

} // namespace loopy
