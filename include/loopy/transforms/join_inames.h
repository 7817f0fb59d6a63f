// Joins perfectly nested loops into one.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct JoinInames {
  std::vector<std::string> inames{}; // two or more, outermost first
  std::string name{};                // "" = the inames joined by '_'
  std::string tag{};                 // as for `tag`; "" = none
  SourceRange where{};
};

// n = i*extent(j) + j - lower(j), and so on for more inames; all but the outermost have a constant extent. Each loop
// has the next as its only child. The order of execution does not change.
Kernel joinInames(const Kernel &kernel, const JoinInames &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const JoinInames &options, Notes *notes) {
  return joinInames(kernel, options, notes);
}

} // namespace loopy
