// Makes a kernel that does its work for many sets of arrays.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Batch {
  std::string size{};                // an integer parameter, a new one or one that there is: how many
  std::vector<std::string> arrays{}; // the arguments that each of them has its own of; none = all arrays
  std::string iname = "batch";       // the loop over them
  SourceRange where{};
  static constexpr bool definesKernel = true;
};

// A loop stands around all statements, and the arrays get an axis that it indexes: in front, or behind where the first
// axis is the contiguous one (order=F), so that the elements of one set stay together. Temporaries live once for each
// iteration. The result is another kernel, which `loopyc check` compares with the kernel as written in the same loop.
// UserError if an array that is written is not among the arrays, since all iterations would write it.
Kernel batch(const Kernel &kernel, const Batch &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Batch &options, Notes *notes) {
  return batch(kernel, options, notes);
}

} // namespace loopy
