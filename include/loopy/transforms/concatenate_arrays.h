// Puts several arrays into one.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ConcatenateArrays {
  std::vector<std::string> arrays{}; // two or more, of one type, all arguments or all temporaries
  std::string name{};                // of the new array
  ArrayAxis axis = 0;                // along which they lie one behind the other
  bool stack = false;                // a new axis at this place, with one array at each index
  SourceRange where{};
};

// Element x of array number k is at [.., x + offset, ..], the offset being the sum of the lengths of the arrays before it,
// or with `stack` at [.., k, x, ..], which makes arrays of structures of structures of arrays. What the kernel computes
// stays the same. The runtime lays the user's data of arguments out so.
Kernel concatenateArrays(const Kernel &kernel, const ConcatenateArrays &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ConcatenateArrays &options, Notes *notes) {
  return concatenateArrays(kernel, options, notes);
}

} // namespace loopy
