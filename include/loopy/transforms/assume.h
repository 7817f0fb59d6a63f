// States what holds for the parameters.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Assume {
  std::string condition{}; // on integer parameters, in domain syntax
  SourceRange where{};
};

// The arguments are checked against it when the kernel is run. UserError if nothing is left.
Kernel assume(const Kernel &kernel, const Assume &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Assume &options, Notes *notes) {
  return assume(kernel, options, notes);
}

} // namespace loopy
