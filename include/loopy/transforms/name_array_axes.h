// Gives the axes of an array names.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct NameArrayAxes {
  std::string array{};
  std::vector<std::string> names{}; // one for each axis as written
  SourceRange where{};
};

// Passes take these names wherever they take numbers of axes of the array; what prefetch makes of it has them, too, and
// so have the loops of the fill.
Kernel nameArrayAxes(const Kernel &kernel, const NameArrayAxes &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const NameArrayAxes &options, Notes *notes) {
  return nameArrayAxes(kernel, options, notes);
}

} // namespace loopy
