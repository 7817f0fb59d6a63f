// Scalar and vector types of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loopy {

enum class ScalarKind : uint8_t {
  Bool, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64,
  Float16, Float32, Float64, Complex64, Complex128
};

struct Type {
  ScalarKind kind = ScalarKind::Int32;
  uint8_t lanes = 1;  // 1, or 2 3 4 8 16 for a vector type

  bool isBool() const { return kind == ScalarKind::Bool; }
  bool isSigned() const { return kind >= ScalarKind::Int8 && kind <= ScalarKind::Int64; }
  bool isUnsigned() const { return kind >= ScalarKind::UInt8 && kind <= ScalarKind::UInt64; }
  bool isInteger() const { return isSigned() || isUnsigned(); }  // Bool is not an integer
  bool isFloat() const { return kind >= ScalarKind::Float16 && kind <= ScalarKind::Float64; }
  bool isComplex() const { return kind >= ScalarKind::Complex64; }
  bool isVector() const { return lanes > 1; }
  Type scalar() const { return {kind, 1}; }
  Type vector(uint8_t width) const { return {kind, width}; }
  unsigned sizeInBytes() const;  // of the whole value; a vector of 3 occupies 4 elements
  std::string name() const;      // "float32", "float32x4"
  friend bool operator==(const Type &, const Type &) = default;
};

inline constexpr Type boolType{ScalarKind::Bool};
inline constexpr Type indexType{ScalarKind::Int32};  // of inames and of index arithmetic
inline constexpr Type int64Type{ScalarKind::Int64};
inline constexpr Type float32Type{ScalarKind::Float32};
inline constexpr Type float64Type{ScalarKind::Float64};

// How many lanes a vector that a loop becomes may have.
constexpr bool isVectorWidth(int64_t lanes) { return lanes == 2 || lanes == 4 || lanes == 8 || lanes == 16; }

std::optional<Type> parseType(std::string_view name);

// The type of a binary arithmetic operation (docs/language.md, "Promotion"): the wider kind of bool < integers < floats
// < complex; integer with float is that float; mixed signedness of equal width takes the next wider signed integer.
// Nothing for vectors of different widths.
std::optional<Type> promote(Type a, Type b);

} // namespace loopy
