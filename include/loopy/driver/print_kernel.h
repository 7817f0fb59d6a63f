// Kernels and their dependences as text, for people: `loopyc show`, `--print-after`.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Everything a kernel holds, at any point of a pipeline: interface, storage, facts, statements with domains, loop tree.
std::string printKernel(const Kernel &kernel);
// One statement's body: "acc{i, j} = acc{i, j} + a[i, k] * b[k, j]".
std::string printBody(const Kernel &kernel, const Statement &statement);
// The dependences of the kernel's tree: kind, array, statements, the pairs of instances.
std::string printDependences(const Kernel &kernel);

} // namespace loopy
