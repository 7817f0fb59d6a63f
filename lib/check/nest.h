// Counting the points of a convex set as a nest of loops would.
#pragma once

#include "loopy/poly/isl.h"

namespace loopy {

// The number of points of a basic set without parameters and without existentially quantified variables. Nothing if it
// is unbounded, or if more than `maxSteps` iterations of the nest are needed; loops that no inner bound depends on are
// multiplied, not iterated, and the innermost one is never iterated.
std::optional<int64_t> countNest(const isl::basic_set &set, int64_t maxSteps);

} // namespace loopy
