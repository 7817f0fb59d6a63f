#include "elements.h"

#include <cmath>
#include <cstring>

namespace loopy {

namespace {

// The form of an IEEE number: its bytes and the bits of its fraction and exponent.
struct FloatForm {
  unsigned bytes, fraction, exponent;
  uint64_t bias() const { return (uint64_t{1} << (exponent - 1)) - 1; }
  uint64_t fractionMask() const { return (uint64_t{1} << fraction) - 1; }
  uint64_t exponentMask() const { return (uint64_t{1} << exponent) - 1; }
};

FloatForm formOf(Type type) {
  switch (type.kind) {
  case ScalarKind::Float16:
    return {2, 10, 5};
  case ScalarKind::Float32:
  case ScalarKind::Complex64:
    return {4, 23, 8};
  case ScalarKind::Float64:
  case ScalarKind::Complex128:
    return {8, 52, 11};
  default:
    throw InternalError("a floating-point type is wanted");
  }
}

uint64_t bitsAt(const Value &value, unsigned bytes, size_t number) {
  uint64_t bits = 0;
  std::memcpy(&bits, value.bytes.data() + number * bytes, bytes); // Little endian.
  return bits;
}

void setBits(Value &value, unsigned bytes, size_t number, uint64_t bits) {
  std::memcpy(value.bytes.data() + number * bytes, &bits, bytes);
}

template <class F> void forEachPart(Value &value, int64_t index, F &&f) {
  const FloatForm form = formOf(value.type);
  const size_t parts = value.type.sizeInBytes() / form.bytes;
  for (size_t part = 0; part < parts; ++part) {
    size_t number = static_cast<size_t>(index) * parts + part;
    setBits(value, form.bytes, number, f(form, bitsAt(value, form.bytes, number)));
  }
}

double toDouble(const FloatForm &form, uint64_t bits) {
  const double fraction =
      static_cast<double>(bits & form.fractionMask()) / std::ldexp(1.0, static_cast<int>(form.fraction));
  const uint64_t exponent = (bits >> form.fraction) & form.exponentMask();
  if (exponent == form.exponentMask())
    return fraction != 0 ? NAN : INFINITY;
  const int power = static_cast<int>(exponent) - static_cast<int>(form.bias());
  return exponent == 0 ? std::ldexp(fraction, power + 1) : std::ldexp(1 + fraction, power);
}

} // namespace

int64_t integerAt(const Value &value, int64_t index) {
  const unsigned bytes = value.type.sizeInBytes();
  uint64_t bits = bitsAt(value, bytes, static_cast<size_t>(index));
  if (!value.type.isSigned() || bytes == 8)
    return static_cast<int64_t>(bits);
  const unsigned unused = 64 - 8 * bytes;
  return static_cast<int64_t>(bits << unused) >> unused;
}

void setInteger(Value &value, int64_t index, int64_t number) {
  setBits(value, value.type.sizeInBytes(), static_cast<size_t>(index), static_cast<uint64_t>(number));
}

void makePositive(Value &value, int64_t index) {
  forEachPart(value, index, [](const FloatForm &form, uint64_t bits) {
    return (bits & form.fractionMask()) | form.bias() << form.fraction;
  });
}

void makePositive(Value &value) {
  for (int64_t index = 0; index < value.elements(); ++index)
    makePositive(value, index);
}

void scaleDown(Value &value, int64_t index, int power) {
  forEachPart(value, index, [&](const FloatForm &form, uint64_t bits) {
    uint64_t exponent = (bits >> form.fraction) & form.exponentMask();
    uint64_t sign = bits & (form.exponentMask() + 1) << form.fraction;
    if (exponent <= static_cast<uint64_t>(power))
      return sign; // Zero.
    return sign | (exponent - static_cast<uint64_t>(power)) << form.fraction | (bits & form.fractionMask());
  });
}

namespace {

// Calls f with the magnitude of every float in `value`.
template <class F> void forEachMagnitude(const Value &value, F &&f) {
  const FloatForm form = formOf(value.type);
  const size_t count = value.bytes.size() / form.bytes;
  for (size_t number = 0; number < count; ++number)
    f(toDouble(form, bitsAt(value, form.bytes, number)));
}

} // namespace

bool containsNaN(const Value &value) {
  if (!value.type.isFloat() && !value.type.isComplex())
    return false;
  bool found = false;
  forEachMagnitude(value, [&](double magnitude) { found |= std::isnan(magnitude); });
  return found;
}

double largestMagnitude(const Value &value) {
  double largest = 1;
  forEachMagnitude(value, [&](double magnitude) {
    if (std::isfinite(magnitude))
      largest = std::max(largest, magnitude);
  });
  return largest;
}

} // namespace loopy
