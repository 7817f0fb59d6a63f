// Puts unused cells behind each row of an array.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

#include <optional>

namespace loopy {

struct PadArray {
  std::string array{};
  std::optional<ArrayAxis> axis{}; // default: the fastest one
  std::optional<int64_t> cells{};  // added to its extent in memory; default: 1, or 0 where `to` is given
  int64_t to = 1;                  // before that, the extent is rounded up to a multiple of this
  SourceRange where{};
};

// One more cell in each row, and the cells of a column lie in different memory banks; rows of a multiple of 32
// elements, and each begins at an aligned address. No subscript changes, so nothing has to be proved. A temporary has
// that many cells more, whichever memory it gets. An argument gets strides: whoever calls the kernel lays it out so,
// and the runtime does it for the user's data. UserError where nothing would change: cells behind the slowest axis
// separate nothing.
Kernel padArray(const Kernel &kernel, const PadArray &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const PadArray &options, Notes *notes) {
  return padArray(kernel, options, notes);
}

} // namespace loopy
