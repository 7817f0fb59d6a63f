// Puts the body of a rule in place of its uses.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ExpandSubst {
  std::string rule{};    // all its uses; `f$left`: those with this tag; "" = all rules
  std::string within{};  // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// A rule that nothing uses afterwards is removed.
Kernel expandSubst(const Kernel &kernel, const ExpandSubst &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ExpandSubst &options, Notes *notes) {
  return expandSubst(kernel, options, notes);
}

} // namespace loopy
