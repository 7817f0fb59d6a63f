// Stores an axis of a temporary in one cell.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Contract {
  std::string array{}; // a temporary
  std::string iname{}; // a sequential loop along which it has an axis
  SourceRange where{};
};

// All elements along the axis share one cell. The mapping does this of itself where it may; here it is asked for, so
// that it is refused where a later step, or this kernel, does not allow it. Of each value the last use has to run
// before the next value is stored:
//   for all accesses s(x), t(y), one of them writing, that are equal on the other axes and have i(x) < i(y):
//   s(x) before t(y)
Kernel contract(const Kernel &kernel, const Contract &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Contract &options, Notes *notes) {
  return contract(kernel, options, notes);
}

} // namespace loopy
