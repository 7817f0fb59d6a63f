// Splits a loop into blocks of constant length.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SplitIname {
  std::string iname{};
  int64_t factor = 0;     // at least 1
  std::string outerTag{}; // as for `tag`; "" or "none" = no tag
  std::string innerTag{};
  std::string outerName{}; // "" = <iname>_outer
  std::string innerName{}; // "" = <iname>_inner
  std::string within{};    // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// i = factor*i_outer + i_inner with 0 <= i_inner < factor, in all statements that have the iname, or in those that
// `within` selects; loops that they share with others are distributed first, which is proved. A temporary all of whose
// accesses have `i` itself on an implicit axis gets two axes in its place. The order of execution does not change, so
// there is nothing to prove but what the tags ask for.
Kernel splitIname(const Kernel &kernel, const SplitIname &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SplitIname &options, Notes *notes) {
  return splitIname(kernel, options, notes);
}

} // namespace loopy
