// Moving loops inwards.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// The tree with every loop `iname` moved below all loops inside it and over their children: each leaf that was below it
// gets it as its innermost loop, but for a loop tagged vec, which stays inside all others.
Tree sinkToLeaves(const Kernel &kernel, const std::string &iname);

} // namespace loopy
