// Are two results the same?
#pragma once

#include "loopy/runtime/runtime.h"

namespace loopy {

struct Tolerance {
  // floats agree iff |a - b| <= relative * max(|a|, |b|) + absolute; integers and bools always exactly
  double relative = 0;
  double absolute = 0;
};
struct Comparison {
  bool agree = false;
  std::string message; // the first differing element: "c[3, 5]: 1.5 (reference) against 1.25", or what else is wrong
  double largestError = 0;
};
// NaN where the other is not NaN, NaN anywhere in the reference (unless the two bit patterns are the untouched poison),
// different shapes or types, and empty against non-empty always disagree.
Comparison compare(const Value &reference, const Value &actual, const Tolerance &tolerance);

} // namespace loopy
