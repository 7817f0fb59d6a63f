// Reduces in two steps.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SplitReduction {
  std::string iname{};       // the outermost loop of the reduction
  std::string update{};      // a statement that updates the accumulators; "" = the loop holds those of one reduction
  std::string name{};        // of the partial results; "" = ACCUMULATOR_part
  std::string combineName{}; // of the loop that combines them; "" = INAME_part
  SourceRange where{};
};

// Each iteration of the loop gets accumulators of its own, whose results another loop combines:
//
//     for k: acc = acc op e(k)   ->   for k: { a = neutral;  for ...: a = a op e(k);  part{k} = a }
//                                     for k_part: acc = acc op part{k_part}
//
// so that the iterations of the first loop can run in parallel. The terms are reassociated, as the terms of reductions
// may be. Legal iff in the loop only updates of this reduction touch its accumulators, always the same ones.
Kernel splitReduction(const Kernel &kernel, const SplitReduction &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SplitReduction &options, Notes *notes) {
  return splitReduction(kernel, options, notes);
}

} // namespace loopy
