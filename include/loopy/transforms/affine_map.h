// Runs perfectly nested loops in the order of other inames, which are functions of theirs.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct AffineMap {
  std::string map{};    // "{ [t, i] -> [t, j = i + t] }"; the new loops stand in the order of the right-hand side
  std::string within{}; // statements by description, "" = all
  SourceRange where{};
};

// Instances stay what they are and get new coordinates: { [t, i] -> [t, j = i + t] } skews, { [i] -> [j = n - 1 - i] }
// reverses, and divisions make tiles of any shape. A name on both sides stays. Every instance must have one image, and
// no two instances the same one (over the domains, for all parameters that the assumptions allow); every dependence
// must hold in the new order. UserError with an instance, or a pair of them, where that is not so.
Kernel affineMap(const Kernel &kernel, const AffineMap &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const AffineMap &options, Notes *notes) {
  return affineMap(kernel, options, notes);
}

} // namespace loopy
