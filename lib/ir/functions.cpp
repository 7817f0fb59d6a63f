#include "loopy/ir/functions.h"

#include <algorithm>
#include <array>

namespace loopy {

namespace {

using Kind = FunctionInfo::Kind;

// In alphabetical order. atan2, hypot and the like take two arguments, fma three.
constexpr std::array functionTable = {
    FunctionInfo{"abs", 1, Kind::Magnitude, true, {}},
    FunctionInfo{"acos", 1, Kind::Floating, false, {}},
    FunctionInfo{"acosh", 1, Kind::Floating, false, {}},
    FunctionInfo{"asin", 1, Kind::Floating, false, {}},
    FunctionInfo{"asinh", 1, Kind::Floating, false, {}},
    FunctionInfo{"atan", 1, Kind::Floating, false, {}},
    FunctionInfo{"atan2", 2, Kind::Floating, false, {}},
    FunctionInfo{"atanh", 1, Kind::Floating, false, {}},
    FunctionInfo{"cbrt", 1, Kind::Floating, false, {}},
    FunctionInfo{"ceil", 1, Kind::Floating, false, {}},
    FunctionInfo{"conj", 1, Kind::ComplexValue, true, {}},
    FunctionInfo{"copysign", 2, Kind::Floating, false, {}},
    FunctionInfo{"cos", 1, Kind::Floating, true, {}},
    FunctionInfo{"cosh", 1, Kind::Floating, true, {}},
    FunctionInfo{"erf", 1, Kind::Floating, false, {}},
    FunctionInfo{"erfc", 1, Kind::Floating, false, {}},
    FunctionInfo{"exp", 1, Kind::Floating, true, {}},
    FunctionInfo{"exp2", 1, Kind::Floating, false, {}},
    FunctionInfo{"expm1", 1, Kind::Floating, false, {}},
    FunctionInfo{"fabs", 1, Kind::Floating, false, {}},
    FunctionInfo{"floor", 1, Kind::Floating, false, {}},
    FunctionInfo{"fma", 3, Kind::Floating, false, {}},
    FunctionInfo{"fmax", 2, Kind::Arithmetic, false, BinaryOp::Max},
    FunctionInfo{"fmin", 2, Kind::Arithmetic, false, BinaryOp::Min},
    FunctionInfo{"fmod", 2, Kind::Floating, false, {}},
    FunctionInfo{"hypot", 2, Kind::Floating, false, {}},
    FunctionInfo{"imag", 1, Kind::ComplexPart, true, {}},
    FunctionInfo{"isfinite", 1, Kind::Predicate, false, {}},
    FunctionInfo{"isinf", 1, Kind::Predicate, false, {}},
    FunctionInfo{"isnan", 1, Kind::Predicate, false, {}},
    FunctionInfo{"lgamma", 1, Kind::Floating, false, {}},
    FunctionInfo{"log", 1, Kind::Floating, true, {}},
    FunctionInfo{"log10", 1, Kind::Floating, false, {}},
    FunctionInfo{"log1p", 1, Kind::Floating, false, {}},
    FunctionInfo{"log2", 1, Kind::Floating, false, {}},
    FunctionInfo{"max", 2, Kind::Arithmetic, false, BinaryOp::Max},
    FunctionInfo{"maximum", 2, Kind::Arithmetic, false, BinaryOp::Max},
    FunctionInfo{"min", 2, Kind::Arithmetic, false, BinaryOp::Min},
    FunctionInfo{"minimum", 2, Kind::Arithmetic, false, BinaryOp::Min},
    FunctionInfo{"pow", 2, Kind::Arithmetic, true, BinaryOp::Pow},
    FunctionInfo{"real", 1, Kind::ComplexPart, true, {}},
    FunctionInfo{"rint", 1, Kind::Floating, false, {}},
    FunctionInfo{"round", 1, Kind::Floating, false, {}},
    FunctionInfo{"rsqrt", 1, Kind::Floating, false, {}},
    FunctionInfo{"sin", 1, Kind::Floating, true, {}},
    FunctionInfo{"sinh", 1, Kind::Floating, true, {}},
    FunctionInfo{"sqrt", 1, Kind::Floating, true, {}},
    FunctionInfo{"tan", 1, Kind::Floating, true, {}},
    FunctionInfo{"tanh", 1, Kind::Floating, true, {}},
    FunctionInfo{"tgamma", 1, Kind::Floating, false, {}},
    FunctionInfo{"trunc", 1, Kind::Floating, false, {}},
};

// Floats and complex numbers stay what they are; everything else becomes float64.
Type toFloating(Type type) { return type.isFloat() || type.isComplex() ? type : float64Type.vector(type.lanes); }

} // namespace

const FunctionInfo *findFunction(std::string_view name) {
  const auto *found = std::find_if(functionTable.begin(), functionTable.end(),
                                   [&](const FunctionInfo &function) { return function.name == name; });
  return found == functionTable.end() ? nullptr : found;
}

std::vector<std::string> functionNames() {
  std::vector<std::string> names;
  for (const FunctionInfo &function : functionTable)
    names.emplace_back(function.name);
  return names;
}

Type realPartType(Type type) {
  if (type.kind == ScalarKind::Complex64)
    return float32Type.vector(type.lanes);
  if (type.kind == ScalarKind::Complex128)
    return float64Type.vector(type.lanes);
  return type;
}

std::optional<CallTyping> typeOfCall(const FunctionInfo &function, const std::vector<Type> &arguments) {
  if (arguments.size() != function.arity)
    return std::nullopt;
  Type type = arguments.front();
  for (Type argument : arguments) {
    std::optional<Type> promoted = promote(type, argument);
    if (!promoted)
      return std::nullopt;
    type = *promoted;
  }
  if (type.isComplex() && !function.acceptsComplex)
    return std::nullopt;
  switch (function.kind) {
  case Kind::Floating:
    return CallTyping{toFloating(type), toFloating(type)};
  case Kind::Arithmetic:
    return CallTyping{type, type};
  case Kind::Magnitude:
    return CallTyping{type, realPartType(type)};
  case Kind::Predicate:
    return CallTyping{toFloating(type), boolType.vector(type.lanes)};
  case Kind::ComplexPart:
  case Kind::ComplexValue:
    if (!type.isComplex())
      return std::nullopt;
    return CallTyping{type, function.kind == Kind::ComplexPart ? realPartType(type) : type};
  }
  throw InternalError("a kind of function that typeOfCall does not know");
}

} // namespace loopy
