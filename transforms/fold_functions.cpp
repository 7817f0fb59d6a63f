// Functions of constants, where the result is exact.
#include "fold_expr.h"

#include <cmath>

namespace loopy {
namespace {

// The significant bits of a float type, and the exponents of its smallest and largest normal numbers, as frexp has
// them.
struct Format {
  int bits, lowest, highest;
};

Format formatOf(ScalarKind kind) {
  switch (kind) {
  case ScalarKind::Float16:
    return {11, -13, 16};
  case ScalarKind::Float32:
    return {24, -125, 128};
  default:
    return {53, -1021, 1024};
  }
}

std::optional<double> exactSqrt(double x) {
  if (x < 0)
    return std::nullopt;
  const double root = std::sqrt(x);
  return std::fma(root, root, -x) == 0 ? std::optional(root) : std::nullopt;
}

bool isPowerOfTwo(double x) {
  int exponent = 0;
  return x > 0 && std::frexp(x, &exponent) == 0.5;
}

std::optional<double> ofOne(const std::string &function, double x) {
  if (function == "abs" || function == "fabs")
    return std::fabs(x);
  if (function == "ceil")
    return std::ceil(x);
  if (function == "floor")
    return std::floor(x);
  if (function == "trunc")
    return std::trunc(x);
  if (function == "round")
    return std::round(x);
  if (function == "rint")
    return std::nearbyint(x);
  if (function == "sqrt")
    return exactSqrt(x);
  if (function == "rsqrt")
    if (const std::optional<double> root = exactSqrt(x); root && isPowerOfTwo(*root))
      return 1 / *root;
  if (function == "exp2" && x == std::floor(x))
    return std::exp2(x);
  if (function == "log2" && isPowerOfTwo(x))
    return std::log2(x);
  static const std::set<std::string> zeroOfZero{"asin",  "asinh", "atan", "atanh", "cbrt", "erf",
                                                "expm1", "log1p", "sin",  "sinh",  "tan",  "tanh"};
  static const std::set<std::string> oneOfZero{"cos", "cosh", "erfc", "exp"};
  static const std::set<std::string> zeroOfOne{"acos", "acosh", "log", "log10"};
  if (x == 0 && zeroOfZero.count(function))
    return x;
  if (x == 0 && oneOfZero.count(function))
    return 1;
  if (x == 1 && zeroOfOne.count(function))
    return 0;
  return std::nullopt;
}

} // namespace

std::optional<double> roundedTo(ScalarKind kind, double value) {
  if (!std::isfinite(value))
    return std::nullopt;
  if (value == 0)
    return value;
  const Format format = formatOf(kind);
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(fraction, format.bits)), exponent - format.bits);
  std::frexp(rounded, &exponent);
  return exponent >= format.lowest && exponent <= format.highest ? std::optional(rounded) : std::nullopt;
}

std::optional<double> exactValue(const std::string &function, const std::vector<double> &args, ScalarKind kind) {
  std::optional<double> value;
  if (args.size() == 1)
    value = ofOne(function, args[0]);
  else if (args.size() == 2 && function == "copysign")
    value = std::copysign(args[0], args[1]);
  else if (args.size() == 2 && function == "fmod" && args[1] != 0)
    value = std::fmod(args[0], args[1]);
  const std::optional<double> rounded = value ? roundedTo(kind, *value) : std::nullopt;
  return rounded && *rounded == *value ? rounded : std::nullopt;
}

} // namespace loopy
