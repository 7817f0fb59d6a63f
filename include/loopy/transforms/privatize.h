// Gives each iteration of loops its own copy of a temporary.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Privatize {
  std::string array{};
  std::vector<std::string> inames{};
  SourceRange where{};
};

// The inames become implicit axes of the temporary. Legal iff within one iteration of these loops (and of the loops
// around them) every element that is read is covered by an earlier write.
Kernel privatize(const Kernel &kernel, const Privatize &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Privatize &options, Notes *notes) {
  return privatize(kernel, options, notes);
}

} // namespace loopy
