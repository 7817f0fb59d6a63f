// Computes the values of a rule ahead of their uses, into a temporary.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

#include <optional>

namespace loopy {

struct Precompute {
  std::string rule{};                // all its uses; `f$left`: those with this tag
  std::string at{};                  // the fill stands inside this loop; "" = see `sweep`
  std::vector<std::string> sweep{};  // the loops all of whose values one fill serves; empty = see below
  std::string in{};                  // private, local or global; "" = local where uses are below an l loop, else private
  std::vector<int64_t> axes{};       // storage order: numbers of the rule's arguments, slowest first
  std::vector<int64_t> pad{};        // cells added to each axis in storage order; a single one goes to the last axis
  std::vector<std::string> lanes{};  // tags of the fill's loops, one per axis, or l.auto alone
  int64_t vec = 0;                   // elements that the fill moves at a time, as in transforms/tag.h; 0 = one by one
  std::string through{};             // registers: fetch a step ahead into registers, stash after the uses; "" = fill
  bool roll = false;                 // keep what the next iterations of `at` use too, and fetch only what is new
  int64_t planes = 0;                // places along the window of roll that are stored; 0 = as many as it is wide
  std::optional<bool> exact{};       // fill exactly the footprint, or the product of its projections
  std::string name{};                // of the temporary; "" = <rule>_pre
  std::string id{};                  // of the statement that fills it; "" = <rule>_fill
  std::vector<std::string> inames{}; // of the fill's loops; empty = <name>_<axis>, or <name>_r, <name>_l0, ..., <name>_v
  std::string within{};              // which statements' uses, as in transforms/match.h; "" = all
  SourceRange where{};
};

// Replaces the uses of a rule below loop `at` by reads of a temporary that a new statement, the fill, sets before.
//
// One fill serves one value of the outer inames and all values of the swept ones. Swept are, of the loops around the
// uses: every sequential, unr, ilp and vec loop inside `at`; for in=local all l loops wherever they stand; for in=global
// all g loops too; `sweep` gives the set directly (without `at`, the fill then stands in the innermost other loop around
// all uses). Swept loops around `at` sink below it: free for hardware loops, a reorder to prove for others. The outer
// inames become implicit axes of the temporary; arguments with one value for given outer inames are no axis; every other
// argument is an axis, from isl's fixed box hull, divided by the lattice stride.
//
// The fill runs on the product of the footprint's projections on the axes where the rule is a plain array read, else on
// the footprint itself (`exact` overrides). It stands directly before the first child of `at` that holds a use. With
// in=local its elements are dealt out to all work-items of the group.
//
// With through=registers the fill is cut in two: a fetch into registers, one for each element that a work-item fills,
// which stays where the fill stood and runs one iteration of `at` ahead, and a stash of these registers into the
// temporary, which stands at the end of the body of `at` and also runs one ahead. So the next step is on its way from
// memory while this one is used. `peel(at, head=1, tail=1)` then frees the loop of conditions.
//
// With roll=true what one iteration of `at` has filled and later ones use too stays where it is, and each iteration fills
// only what no earlier one has: the window of elements moves on by one place along one axis of the footprint, as that of a
// stencil along its sequential loop. That axis is then the implicit one of `at`, stored modulo `planes`, which is
// at least the width of the window; one more saves a barrier in each iteration, since no cell is filled anew while others
// may still read it. Fills for places other than the last run where there is no earlier iteration; `peel(at, head=1)`
// takes them out of the loop. Legal iff, beyond what is said below, no instance in loop `at` that writes an element which
// a use reads runs before that use in the same iteration of the loops outside `at`. That values have served when the next
// ones take their cells is proved when the kernel is mapped to a target.
//
// With vec=N the axis that is contiguous in the array that the rule reads is filled N elements at a time: its loop becomes
// one over groups of N and one inside them, <name>_v, which is tagged `vec` if all groups are full. Where some are not, a
// note says so; the user may isolate the loop and tag it.
//
// Legal iff, for each replaced read u and its fill instance f(u), every instance that may write an element which u's rule
// reads stands on the same side of f(u) as of u, and no dependence of a fill instance first parts at a parallel loop.
Kernel precompute(const Kernel &kernel, const Precompute &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Precompute &options, Notes *notes) {
  return precompute(kernel, options, notes);
}

} // namespace loopy
