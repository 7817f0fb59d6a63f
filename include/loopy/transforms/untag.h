// Makes tagged loops plain loops again.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct UntagInames {
  std::vector<std::string> inames{};
  SourceRange where{};
};

// Nothing to prove: what holds in no particular order holds in order. Loops stay where they stand.
Kernel untagInames(const Kernel &kernel, const UntagInames &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const UntagInames &options, Notes *notes) {
  return untagInames(kernel, options, notes);
}

} // namespace loopy
