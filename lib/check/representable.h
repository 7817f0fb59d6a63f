// Data that a narrower type has exactly.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/runtime/runtime.h"

namespace loopy {

// Rounds the elements of the user's arrays that the transformed kernel keeps in arrays of a narrower type, so that a
// run is compared with the reference on the same data. Arrays in `given` stay as they are.
void makeRepresentable(const Kernel &transformed, const Arguments &given, Arguments &arguments);

} // namespace loopy
