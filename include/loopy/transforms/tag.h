// Says what becomes of loops: g.N, l.N, l.auto, unr, unroll_hint(n), ilp, ilp.seq, vec.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct TagInames {
  std::string iname{}; // with `tag`: one more pair
  std::string tag{};
  std::vector<std::pair<std::string, std::string>> tags{}; // iname, tag
  SourceRange where{};
};

// The tags are set in the order given (tagging several `l.auto`, the one with the smallest access stride gets the
// lowest axis). g and l: legal iff no dependence first parts at the loop; where cutting the loop between its children
// removes all that do, it is cut, with a note. ilp: the loop moves below all loops inside it and over their children;
// every dependence must hold in the new tree. vec: the same, and no dependence first parts at it, as for g and l; each
// execution of the loop has exactly 2, 4, 8 or 16 iterations, always as many. unr and unroll_hint: nothing to prove.
Kernel tagInames(const Kernel &kernel, const TagInames &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const TagInames &options, Notes *notes) {
  return tagInames(kernel, options, notes);
}

} // namespace loopy
