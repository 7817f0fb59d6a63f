// Makes one kernel of several that run one after the other.
#pragma once

#include "loopy/ir/module.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct FuseKernels {
  std::vector<std::string> kernels{};     // that follow, in this order
  std::vector<std::string> temporaries{}; // arrays that are no arguments any more
  std::string in{};                       // the memory of these: private, local, global; "" = derived
  std::string suffix{};                   // of names that are in use; "" = _KERNEL
  SourceRange where{};
  static constexpr bool definesKernel = true;
};

// The statements of the other kernels follow those of this one. Arguments of one name are one argument: they must agree
// in type, and arrays in their shape and layout, where a parameter that only the other kernel has becomes the one that
// stands in its place in a shape here. All other names of the other kernels get the suffix where they are in use. What
// all of them assume is assumed. A temporary of the result has to be written before it is read. The result is another
// kernel, which `loopyc check` compares with the kernels as written, one after the other.
Kernel fuseKernels(const Module &module, const Kernel &kernel, const FuseKernels &options, Notes *notes = nullptr);

inline Kernel applyPass(const Module &module, const Kernel &kernel, const FuseKernels &options, Notes *notes) {
  return fuseKernels(module, kernel, options, notes);
}

} // namespace loopy
