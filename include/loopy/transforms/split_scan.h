// Computes sums that grow from one iteration of a loop to the next in blocks of iterations.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SplitScan {
  std::string iname{};  // the loop from iteration to iteration of which the sums grow
  int64_t block = 0;    // the number of iterations of a block
  std::string update{}; // a statement that updates the accumulators; "" = the only one
  std::string name{};   // what the temporaries' names begin with; "" = ACCUMULATOR
  SourceRange where{};
};

// Three phases take the place of b[i] = sum(j, e(j)) over 0 <= j <= i, with i = block*i_outer + i_inner:
//
//     for i_outer: block{i_outer} = sum of the terms that arrive in the block, over i_sum
//     for i_carry: carry{i_carry} = sum(i_before, block{i_before}) over i_before < i_carry
//     for i_outer, i_inner: local{i_outer, i_inner} = sum of those of them that iteration i_inner has;  b[i] = carry op
//     local
//
// each of which is a reduction again, for realize_parallel_reduction, for realize_scan (the second and the third one)
// and for split_scan itself. The order of the terms is kept, their grouping is not. What stood before the update in the
// loop runs in a loop of its own before all phases. Where no constant bounds the number of blocks, block and carry are
// put into global memory.
//
// Legal iff a term is the same in all sums that have it, and those of an iteration have all terms of the iterations
// before (scan.h), and, which is proved, every dependence of the old order holds in the new one.
Kernel splitScan(const Kernel &kernel, const SplitScan &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SplitScan &options, Notes *notes) {
  return splitScan(kernel, options, notes);
}

} // namespace loopy
