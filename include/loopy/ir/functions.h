// The functions of the kernel language: what they take and give. What a target calls them is in codegen/.
#pragma once

#include "loopy/ir/expr.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loopy {

struct FunctionInfo {
  enum class Kind {
    Floating,    // of floats, giving that float; integers are converted to float64 (sqrt, exp, atan2, floor, ...)
    Arithmetic,  // of any numbers, giving their promoted type (minimum, maximum, pow)
    Magnitude,   // of any number; of a complex number gives the real type (abs)
    Predicate,   // of floats, giving bool (isnan, isinf, isfinite)
    ComplexPart, // of a complex number, giving the real type (real, imag)
    ComplexValue // of a complex number, giving the same type (conj)
  };
  std::string_view name;
  unsigned arity = 1;
  Kind kind = Kind::Floating;
  bool acceptsComplex = false;
  // Not a CallExpr in the IR but this operation: min, max, minimum, maximum, fmin, fmax, pow.
  std::optional<BinaryOp> operation;
};

// Nothing if the kernel language has no such function.
const FunctionInfo *findFunction(std::string_view name);
// All names, in alphabetical order, for messages.
std::vector<std::string> functionNames();

// The types of a call: every argument is to be cast to `argument`.
struct CallTyping {
  Type argument;
  Type result;
};
// Nothing where the function is not defined for these arguments (their number, complex, vectors of different widths).
std::optional<CallTyping> typeOfCall(const FunctionInfo &function, const std::vector<Type> &arguments);

// The type of the real and imaginary parts: float32 of complex64, float64 of complex128; any other type is its own.
Type realPartType(Type type);

} // namespace loopy
