// Lays an array out in another order of its axes.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct TagArrayAxes {
  std::string array{};
  std::vector<int64_t> order{}; // the axes as they are stored, slowest first; empty = as they are written
  std::vector<int64_t>
      pad{}; // cells added to the extent of each axis, in storage order; a single one: to the last axis
  SourceRange where{};
};

// Where the elements lie in memory; what the kernel computes stays the same, so this is always legal. An argument gets
// the strides of the new order (and keeps its offset): whoever calls the kernel lays it out so. The explicit axes of a
// temporary are permuted in all its accesses.
Kernel tagArrayAxes(const Kernel &kernel, const TagArrayAxes &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const TagArrayAxes &options, Notes *notes) {
  return tagArrayAxes(kernel, options, notes);
}

} // namespace loopy
