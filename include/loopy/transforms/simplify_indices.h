// Simplifies integer expressions by what the domain says about them.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SimplifyIndices {
  std::string within{}; // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// Replaces integer expressions, in subscripts and values, and conditions by simpler ones that are equal on the domain
// of their statement: `(16*p + q) // 16` by `p` and its remainder by `q` where 0 <= q < 16; minima, maxima, selections
// and comparisons that are decided by what they choose; sums by sums of fewer terms. Within a selection its condition
// is known too. Each replacement is proved. Plain inames stay, also where they have one value only. UserError if
// nothing changes.
Kernel simplifyIndices(const Kernel &kernel, const SimplifyIndices &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SimplifyIndices &options, Notes *notes) {
  return simplifyIndices(kernel, options, notes);
}

} // namespace loopy
