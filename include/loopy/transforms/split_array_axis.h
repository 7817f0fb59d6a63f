// Splits an axis of an array into blocks.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SplitArrayAxis {
  std::string array{};
  ArrayAxis axis{};
  int64_t count = 0;                // the length of a block
  std::vector<std::string> names{}; // of the two axes, for an array with named axes; empty = AXIS_outer, AXIS_inner
  SourceRange where{};
};

// Element [.., x, ..] is at [.., x // count, x % count, ..]; the last block may have elements that nobody uses. With
// tag_array_axes this makes nested layouts of any depth, such as arrays of structures of arrays. What the kernel computes
// stays the same. The runtime lays the user's data of an argument out so.
Kernel splitArrayAxis(const Kernel &kernel, const SplitArrayAxis &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SplitArrayAxis &options, Notes *notes) {
  return splitArrayAxis(kernel, options, notes);
}

} // namespace loopy
