// Unrolls loops of constant length.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Unroll {
  std::vector<std::string> inames{};
  SourceRange where{};
};

// Sets the tag `unr`. Nothing to prove; each loop's length must be bounded by a constant.
Kernel unroll(const Kernel &kernel, const Unroll &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Unroll &options, Notes *notes) {
  return unroll(kernel, options, notes);
}

} // namespace loopy
