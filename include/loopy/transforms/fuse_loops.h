// Merges two adjacent loops.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct FuseLoops {
  std::string first{};
  std::string second{}; // a later sibling of `first`
  int64_t shift = 0;
  SourceRange where{};
};

// What stands between the two loops goes before the fused one, or, from some node on, behind it: where that is proved.
// Iteration y of the second loop runs in iteration x = y + shift of the first, after it; the result has the name of the
// first. Legal iff no dependence (s in the first, t in the second), equal outside, has x(s) > y(t) + shift; for loops
// tagged g or l iff none has x(s) != y(t) + shift, and both tags are the same.
Kernel fuseLoops(const Kernel &kernel, const FuseLoops &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const FuseLoops &options, Notes *notes) {
  return fuseLoops(kernel, options, notes);
}

} // namespace loopy
