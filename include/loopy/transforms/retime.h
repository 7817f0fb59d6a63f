// Runs statements some iterations of a loop earlier or later.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Retime {
  std::vector<std::string> statements{}; // by id; empty = those that `within` selects
  std::string iname{};                   // a sequential loop around all of them
  int64_t ahead = 1;                     // iterations; negative = later
  std::string before{};                  // a statement in the loop before whose child of the loop they are to stand, or
  std::string after{};                   // after it; "" = where they are
  std::string within{};                  // as in transforms/match.h
  SourceRange where{};
};

// Instance x of the statements runs in iteration x - ahead of the loop:
//
//     for k in [0, n): S(k), T(k)
// ->  for k in [-1, n): { if k + 1 < n: S(k + 1) }, { if k >= 0: T(k) }
//
// The loop takes the hull of all iterations; `peel` removes the conditions. Temporaries that only these statements
// access keep their axis over the loop. Legal iff every dependence of the old tree holds in the new one.
Kernel retime(const Kernel &kernel, const Retime &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Retime &options, Notes *notes) {
  return retime(kernel, options, notes);
}

} // namespace loopy
