// Cuts a loop in two.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Distribute {
  std::string iname{};
  std::string before{}; // id of the first statement of the second part
  SourceRange where{};
};

// Loops between the cut one and the statement are cut as well. Legal iff no dependence that first parts at a cut loop
// leads from the second part to the first.
Kernel distribute(const Kernel &kernel, const Distribute &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Distribute &options, Notes *notes) {
  return distribute(kernel, options, notes);
}

} // namespace loopy
