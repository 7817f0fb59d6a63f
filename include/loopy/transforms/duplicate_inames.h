// Gives some statements of shared loops loops of their own.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct DuplicateInames {
  std::vector<std::string> inames{};
  std::string within{};             // the statements, by description; some of those in the loops, not all
  std::vector<std::string> names{}; // of their loops; empty = INAME_copy
  SourceRange where{};
};

// Loops that the statements share with others are cut, which is proved; theirs then have the new names, so that the two
// can be split, tagged and reordered apart.
Kernel duplicateInames(const Kernel &kernel, const DuplicateInames &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const DuplicateInames &options, Notes *notes) {
  return duplicateInames(kernel, options, notes);
}

} // namespace loopy
