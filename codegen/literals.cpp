#include "literals.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace loopy::codegen {

namespace {

template <class Float> std::string shortest(Float value) {
  char buffer[64];
  const std::to_chars_result result = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, result.ptr);
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

} // namespace

std::string float32Literal(double value) {
  const float narrowed = static_cast<float>(value);
  if (std::isnan(narrowed))
    return "NAN";
  if (std::isinf(narrowed))
    return narrowed < 0 ? "-INFINITY" : "INFINITY";
  return shortest(narrowed) + "f";
}

std::string float64Literal(double value) {
  if (std::isnan(value))
    return "(double)NAN";
  if (std::isinf(value))
    return value < 0 ? "-(double)INFINITY" : "(double)INFINITY";
  return shortest(value);
}

std::string integerLiteral(int64_t value, unsigned bits, bool isUnsigned) {
  if (isUnsigned)
    return std::to_string(static_cast<uint64_t>(value)) + (bits == 64 ? "ul" : "u");
  if (bits == 64) {
    if (value == std::numeric_limits<int64_t>::min())
      return "(-9223372036854775807L - 1)";
    return std::to_string(value) + "L";
  }
  if (value == std::numeric_limits<int32_t>::min())
    return "(-2147483647 - 1)";
  return std::to_string(value);
}

} // namespace loopy::codegen
