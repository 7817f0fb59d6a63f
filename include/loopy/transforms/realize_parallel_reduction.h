// Reduces on all work-items of a group.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct RealizeParallelReduction {
  std::string iname{};  // a loop of constant length that is reduced over
  std::string tag{};    // of this loop and of those over the stages; "" or "none" = none
  std::string update{}; // a statement that updates the accumulators; "" = those of the only reduction in the loop
  std::string name{};   // of the partial results; "" = ACCUMULATOR_part
  SourceRange where{};
};

// Each lane, an iteration of the loop, gets accumulators of its own. Their results are combined in a tree: for s = the
// largest power of two below the number w of lanes, s/2, ..., 2
//
//     for lane in [0, s) with lane + s < w: part{lane} = part{lane} op part{lane + s}
//
// each in a loop of its own, and the two results that are left go into the accumulator. A lane whose part is empty has
// the neutral element. Of a segmented sum neighbours are combined, part{2*s*q} op part{2*s*q + s} for s = 1, 2, ...,
// which keeps the order.
//
// The terms are reassociated, as the terms of reductions may be. Legal iff inside the outermost loop that is reduced
// over only updates of this reduction access its accumulators, always the same elements; for a segmented sum that loop
// is this one, so that each part is a run of successive terms. The loop has a constant length. The tags are proved as
// by `tag`; where several reductions run over the loop, it is tagged with the last of them.
Kernel realizeParallelReduction(const Kernel &kernel, const RealizeParallelReduction &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const RealizeParallelReduction &options, Notes *notes) {
  return realizeParallelReduction(kernel, options, notes);
}

} // namespace loopy
