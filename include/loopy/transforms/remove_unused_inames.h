// Takes statements out of loops in which they are only repeated.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct RemoveUnusedInames {
  std::vector<std::string> inames{}; // empty = all that a statement does not use
  std::string within{};              // statements by description, "" = all
  SourceRange where{};
};

// A statement that does not mention an iname, neither in its subscripts, values and conditions nor on an implicit axis,
// runs once where it ran for each value of it. Legal iff a repeated instance does what it did the first time, so that
// it reads nothing that it writes; loops that it shares with others are cut, which is proved.
Kernel removeUnusedInames(const Kernel &kernel, const RemoveUnusedInames &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const RemoveUnusedInames &options, Notes *notes) {
  return removeUnusedInames(kernel, options, notes);
}

} // namespace loopy
