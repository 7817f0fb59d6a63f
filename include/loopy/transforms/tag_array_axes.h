// Says how the axes of an array are stored.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

#include <optional>

namespace loopy {

struct TagArrayAxes {
  std::string array{};
  std::vector<ArrayAxis> order{};     // the axes as they are stored, slowest first; empty = as they are written
  std::vector<int64_t> pad{};         // cells added to each axis, in storage order; a single one: to the last axis
  std::vector<NumberOrText> strides{}; // arguments: of the axes as written, in elements, over integer params
  std::optional<ArrayAxis> vec{};     // the elements along this axis are one vector: 2, 3, 4, 8 or 16
  std::optional<ArrayAxis> sep{};     // the elements along this axis are in an array each
  std::vector<std::string> names{};   // of these arrays; empty = ARRAY_0, ARRAY_1, ..
  SourceRange where{};
};

// Where the elements lie in memory; what the kernel computes stays the same, so this is legal wherever different
// elements have different places. An argument gets the strides of the new order (and keeps its offset): whoever calls
// the kernel lays it out so, and the runtime does it for the user's data. The explicit axes of a temporary are permuted
// in all its accesses. `vec` makes an axis the fastest one and aligns its vectors, those of 3 elements with one more.
// `sep` makes structures of arrays; a statement that writes several of them is split.
Kernel tagArrayAxes(const Kernel &kernel, const TagArrayAxes &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const TagArrayAxes &options, Notes *notes) {
  return tagArrayAxes(kernel, options, notes);
}

} // namespace loopy
