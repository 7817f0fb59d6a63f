// Stores floats in another precision, and computes with them in another one.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SetPrecision {
  std::string target{};  // an array, or all: every temporary of floats
  std::string type{};    // float16, float32 or float64: what is stored; of complex numbers the type of the parts
  std::string compute{}; // what the statements that access it compute in; "" = in the types that they compute in now
  SourceRange where{};
};

// Values are converted where they are stored and where they are read. Without `compute` statements go on to compute in
// the types in which they do now; with it all real floats of the statements concerned are computed in that type, also
// those that were converted explicitly, and converted to the types of the places that they are assigned to. An argument
// of another type is another interface of the emitted code; `loopyc` converts its elements before and after a run. Results
// differ by the roundings: the step is marked approximate.
Kernel setPrecision(const Kernel &kernel, const SetPrecision &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SetPrecision &options, Notes *notes) {
  return setPrecision(kernel, options, notes);
}

} // namespace loopy
