// A kernel with a test on each access whose bounds could not be proved.
#pragma once

#include "loopy/analysis/bounds.h"
#include "loopy/runtime/runtime.h"

namespace loopy {

struct InstrumentedKernel {
  Kernel kernel;                     // never leaves an array by a tested access, whatever the data
  std::string outside;               // an additional argument, int64: for each tested access a subscript that is
                                     // outside, or the value `inside` if there is none
  std::vector<std::string> accesses; // the texts of the tested accesses, in the order of `outside`
  static constexpr int64_t inside = INT64_MIN;

  Value initialOutside() const;
  // "`x[col[j]]` has the subscript 12, which is outside of the array"; "" if all is well.
  std::string describe(const Arguments &outputs) const;
};

// Tests the accesses that `findings` calls assumed, in assignments: a read outside gives zero, a write goes to the
// nearest element.
InstrumentedKernel instrument(const Kernel &kernel, const std::vector<BoundsFinding> &findings);

} // namespace loopy
