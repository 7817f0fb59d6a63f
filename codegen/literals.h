// Numbers as text that reads back to the same value.
#pragma once

#include <cstdint>
#include <string>

namespace loopy::codegen {

// The shortest decimal text that reads back as the same float or double: "1.0f", "0.1", "1e-30f"; INFINITY and NAN
// (as a cast to double where it is one). Negative numbers begin with '-'.
std::string float32Literal(double value);
std::string float64Literal(double value);

// "5", "-5"; the smallest value of a type is written as a difference, because its absolute value does not fit.
std::string integerLiteral(int64_t value, unsigned bits, bool isUnsigned);

} // namespace loopy::codegen
