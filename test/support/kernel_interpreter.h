// Runs kernels as sequential programs, straight from the IR: every statement, in the order of the tree, for the instances
// in its domain. Slow and simple, and independent of mapping, lowering and code generation.
#pragma once

#include "support/scalar.h"

#include "loopy/ir/kernel.h"

namespace loopy::testing {

// The contents of all arguments that are arrays after a run. `arguments` has every array and every scalar.
// Misbehaviour for an access outside an array, and where a result depends on an element of a temporary that is unset.
Arguments interpretKernel(const Kernel &kernel, const Arguments &arguments);

} // namespace loopy::testing
