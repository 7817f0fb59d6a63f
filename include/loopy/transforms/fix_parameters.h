// Replaces integer parameters by constants.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct FixParameters {
  std::vector<std::pair<std::string, int64_t>> values{};
  SourceRange where{};
};

// The parameters stay arguments of the kernel; that they have these values is checked when it is run.
Kernel fixParameters(const Kernel &kernel, const FixParameters &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const FixParameters &options, Notes *notes) {
  return fixParameters(kernel, options, notes);
}

} // namespace loopy
