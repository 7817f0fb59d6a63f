// Computes once what statements compute several times.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct CommonSubexpressions {
  std::string within{};    // which statements, as in transforms/match.h; "" = all
  int64_t minimumCost = 2; // of what is shared: its operations and reads
  std::string name{};      // of the temporaries; "" = common, common_0, ...
  SourceRange where{};
};

// A value that occurs several times, in one statement or in neighbours that stand in the same loops under the same
// conditions, becomes a temporary that is computed right before the first of these statements. Values are the same iff
// they are the same expression and nothing that it reads is written in between. Subscripts, and what conditions say
// about inames, stay: access relations are derived from them. So does what updates do to their own place. A value is
// computed ahead only if one of its occurrences is evaluated whatever conditions hold. UserError if nothing occurs
// twice.
Kernel commonSubexpressions(const Kernel &kernel, const CommonSubexpressions &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const CommonSubexpressions &options, Notes *notes) {
  return commonSubexpressions(kernel, options, notes);
}

} // namespace loopy
