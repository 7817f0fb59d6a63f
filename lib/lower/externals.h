// The user's own code in a program: external functions and the preambles that define them.
#pragma once

#include "loopy/lower/program.h"

namespace loopy::lowering {

// The declared functions that statements of the kernel call.
std::vector<FunctionDecl> externalsOf(const Kernel &kernel);

// The file's preambles for the target, one after the other.
std::string preambleFor(const Kernel &kernel, const Target &target);

} // namespace loopy::lowering
