// Changes the order of perfectly nested loops.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Reorder {
  std::vector<std::string> inames{}; // outermost first
  SourceRange where{};
};

// The named loops form a chain: each but the last has the next as its only child. Every nest that has all of them is
// reordered. Legal iff every dependence holds in the new tree.
Kernel reorder(const Kernel &kernel, const Reorder &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Reorder &options, Notes *notes) {
  return reorder(kernel, options, notes);
}

} // namespace loopy
