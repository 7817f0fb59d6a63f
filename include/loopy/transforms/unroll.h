// Unrolls loops of constant length.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Unroll {
  std::vector<std::string> inames{};
  std::string order{}; // of two nested loops: "serpentine", or "" for upwards
  SourceRange where{};
};

// Sets the tag `unr`, where the loops are not unrolled yet. Nothing to prove; each loop's length must be bounded by a
// constant.
//
// With order=serpentine the second of two loops runs backwards in every other iteration of the first, so that from one
// row of a tile to the next an operand stays the same. Legal iff no dependence first parts at the second loop; updates of
// one reduction may run in any order.
Kernel unroll(const Kernel &kernel, const Unroll &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Unroll &options, Notes *notes) {
  return unroll(kernel, options, notes);
}

} // namespace loopy
