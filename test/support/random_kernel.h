// Small random kernels, built without the frontend: a few statements in a few loops, with small affine subscripts.
#pragma once

#include "support/random.h"

#include "loopy/ir/kernel.h"

namespace loopy::testing {

struct RandomKernelOptions {
  int fewestStatements = 2, mostStatements = 4;
  int mostLoops = 3;               // around one statement
  int64_t smallest = 1, largest = 4;  // what the assumptions allow for the parameter n
  bool temps = false;              // temporaries beside arguments; some have implicit axes
  bool oddSubscripts = true;       // i // 2, i % 2, n - 1 - i, selects
  bool oddDomains = true;          // triangles, strides, disjunctions
  bool guards = false;             // conditions that depend on the data
  bool atomics = true;             // atomic updates
};

// A kernel with parameter n over inames i, j, k (and a tree of textual order), which passes verify().
Kernel randomKernel(Context &context, Random &random, const RandomKernelOptions &options);

// A random tree of the kernel's statements, in textual order or in any.
Tree randomTree(Random &random, const Kernel &kernel, bool textualOrder);

// Tags some loops g.N, l.N or unr, no axis twice around one statement; `percent` of the inames are tagged.
void tagAtRandom(Random &random, Kernel &kernel, int percent, bool groups, bool locals);

} // namespace loopy::testing
