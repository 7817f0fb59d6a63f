// Fills a temporary some iterations ahead, in several copies.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct DoubleBuffer {
  std::string array{};           // a temporary
  int64_t copies = 2;            // how many are stored
  std::optional<int64_t> ahead{}; // by how many iterations its writers run ahead; none = copies - 1
  std::string iname{};           // along which loop; "" = the innermost sequential one around all accesses that is an
                                 // axis of the temporary
  SourceRange where{};
};

// The statements that write the temporary run `ahead` iterations of a loop earlier, and its elements of iterations that
// differ by a multiple of `copies` share a cell:
//
//     for k: fill: t{k} = a[k];  use t{k}   ->   for k: fill: t[(k + 1) % 2] = a[k + 1];  use t[k % 2]
//
// Legal iff every dependence of the old tree holds in the new one. That each value has served when the next one takes
// its cell is proved when the kernel is mapped to a target, and refused there with the pair.
Kernel doubleBuffer(const Kernel &kernel, const DoubleBuffer &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const DoubleBuffer &options, Notes *notes) {
  return doubleBuffer(kernel, options, notes);
}

} // namespace loopy
