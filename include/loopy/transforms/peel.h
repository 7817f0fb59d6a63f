// Cuts the first and the last iterations off a loop.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Peel {
  std::string iname{}; // a sequential loop
  int64_t head = 0;    // iterations to cut off at the front
  int64_t tail = 0;    // and at the back, if there are so many
  SourceRange where{};
};

// The loop becomes up to three siblings in the old order: the first `head` iterations, as copies named with the suffix
// _head, the loop itself, and the last `tail` iterations with the suffix _tail (numbered where such names are in use).
// First and last are meant of the hull over all statements in the loop, for given values of the loops around it; a
// short loop gives its head first, then its tail. Temporaries of which each part uses other elements are copied; others
// are shared. Old and new instances and their order are the same, so there is nothing to prove.
Kernel peel(const Kernel &kernel, const Peel &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Peel &options, Notes *notes) {
  return peel(kernel, options, notes);
}

} // namespace loopy
