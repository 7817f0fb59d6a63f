// Puts the statements of a kernel in the place of its calls.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct InlineKernel {
  std::string callee{}; // a kernel that is called
  std::string within{}; // the calls; "" = all of them
  SourceRange where{};
};

// A call becomes the statements and loops of the callee: its parameters are what the call gives for them, elements of
// its arrays are those of the parts that the call names, its temporaries live once for each iteration of the loops
// around the call, and the call's domain and conditions hold for all of them. Names that are in use get a number; ids
// begin with that of the call. Calls in the callee stay calls. That is what a call means, so it is always legal.
// UserError if the callee's assumptions do not hold in a call, or a parameter that bounds its loops is no affine
// expression there.
Kernel inlineKernel(const Kernel &kernel, const InlineKernel &options, Notes *notes = nullptr);

// The kernel without any calls of kernels; also what is called in what was called.
Kernel inlineAllKernels(const Kernel &kernel);
bool callsKernels(const Kernel &kernel);
bool callsKernel(const Kernel &kernel, const std::string &statement);

inline Kernel applyPass(const Kernel &kernel, const InlineKernel &options, Notes *notes) {
  return inlineKernel(kernel, options, notes);
}

} // namespace loopy
