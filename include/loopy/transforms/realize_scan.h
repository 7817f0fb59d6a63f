// Computes sums that grow from one iteration of a loop to the next by adding what is new.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct RealizeScan {
  std::string iname{};  // the loop from iteration to iteration of which the sums grow
  std::string tag{};    // of this loop and of those over the stages: a scan by lanes; "" or "none" = one by one
  std::string update{}; // a statement that updates the accumulators; "" = the only one
  std::string name{};   // of the temporaries of the stages, or of a running sum beside the accumulator; "" =
                        // ACCUMULATOR_scan, _run
  SourceRange where{};
};

// b[i] = sum(j, e(j)) over 0 <= j <= i, with one term a step instead of all. Which terms are new is found by comparing
// the sets of terms of the iterations, so they may be several, or begin and end elsewhere.
//
// One by one the accumulator loses its axis: it starts once before the loop, and each iteration adds the terms that
// arrive. Terms that come in the order of the loops are added in the order of the reference program, so that the
// results are equal to the last bit; others are reassociated, as the terms of reductions may be.
//
// With a tag all iterations, the lanes, begin at once with the terms that arrive in them. For s = 1, 2, 4, ..., below
// the number of lanes,
//
//     for lane: next{lane} = this{lane - s} op this{lane} where there is a lane - s, else this{lane}
//
// in loops of their own (W. D. Hillis and G. L. Steele, Data parallel algorithms, 1986). The operator need not be
// commutative. The terms of the first iteration stay a sum of their own, which all others begin with, if they are many.
//
// Legal iff a term is the same in all sums that have it, and those of an iteration have all terms of the iterations
// before (scan.h). With a tag the loop is cut behind the update; that order is proved, and the tags as by `tag`.
Kernel realizeScan(const Kernel &kernel, const RealizeScan &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const RealizeScan &options, Notes *notes) {
  return realizeScan(kernel, options, notes);
}

} // namespace loopy
