// Structures of arrays: an axis of constant length becomes as many arrays.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

struct SeparateAxis {
  std::string array;
  unsigned axis = 0;              // an explicit one
  std::vector<std::string> names; // of the new arrays; empty = ARRAY_0, ARRAY_1, ..
  SourceRange where;
};

// Element x of the array is in the new array number x[axis]. A statement that writes several of them gets a copy for
// each; a read whose number is not known selects among all. UserError where the axis has no constant length, or its
// subscript in a write is not affine.
Kernel separateAxis(const Kernel &kernel, const SeparateAxis &options);

} // namespace loopy
