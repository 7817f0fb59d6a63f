// How far two right results may differ.
#pragma once

#include "loopy/analysis/dependence.h"
#include "loopy/check/compare.h"
#include "loopy/check/count.h"

namespace loopy {

// How many roundings an element of a result goes through, at most about: of every statement the roundings of one
// execution times the executions that write the same element. With `fastMath` those that the target's options allow.
int64_t countRoundings(const AccessTable &table, const Sizes &sizes, bool fastMath = false);

// The bound for results that differ by the order of their roundings: `roundings` of the coarsest floating-point type
// that the kernel computes in, relative to the element and to the largest element of the reference; with
// `flushDenormals` one smallest normal number more for each.
Tolerance toleranceFor(const Kernel &kernel, int64_t roundings, const Value &reference, bool flushDenormals = false);

// The same where an approximate step made `transformed` of it: of the coarsest type that either computes in, converts to
// or stores. `roundings` are those of both together, since each may differ from the exact result by its own.
Tolerance toleranceFor(const Kernel &kernel, const Kernel &transformed, int64_t roundings, const Value &reference,
                       bool flushDenormals = false);

} // namespace loopy
