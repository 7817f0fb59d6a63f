#include "loopy/check/compare.h"

#include "loopy/ir/functions.h"
#include "loopy/runtime/half.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace loopy {

namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t d = 0; d < shape.size(); ++d)
    text += (d ? ", " : "") + std::to_string(shape[d]);
  return text + "]";
}

// "[3, 5]" for the element number in C order; an empty text for a scalar.
std::string placeText(const std::vector<int64_t> &shape, size_t element) {
  if (shape.empty())
    return "the value";
  std::vector<int64_t> index(shape.size());
  auto rest = static_cast<int64_t>(element);
  for (size_t d = shape.size(); d-- > 0;) {
    index[d] = rest % shape[d];
    rest /= shape[d];
  }
  return "element " + shapeText(index);
}

template <class T> T get(const std::byte *place) {
  T value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

double realAt(ScalarKind kind, const std::byte *place) {
  if (kind == ScalarKind::Float16)
    return floatFromHalf(get<uint16_t>(place));
  return kind == ScalarKind::Float32 ? get<float>(place) : get<double>(place);
}

std::string numberText(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.9g", value);
  return buffer;
}

std::string integerText(Type type, const std::byte *place) {
  uint64_t bits = 0;
  std::memcpy(&bits, place, type.sizeInBytes());
  const unsigned unused = 64 - 8 * type.sizeInBytes();
  if (type.isSigned())
    return std::to_string(static_cast<int64_t>(bits << unused) >> unused);
  return std::to_string(bits);
}

// Compares numbers of one scalar type; `error` is the difference of floats.
struct Difference {
  bool agree = true;
  double error = 0;
  std::string text; // "1.5 (reference) against 1.25"
};

Difference differReal(Type type, const std::byte *reference, const std::byte *actual, const Tolerance &tolerance) {
  const double a = realAt(type.kind, reference), b = realAt(type.kind, actual);
  const std::string text = numberText(a) + " (reference) against " + numberText(b);
  if (isPoison(type, reference) && isPoison(type, actual))
    return {true, 0, text};
  if (std::isnan(a) || std::isnan(b))
    return {false, std::numeric_limits<double>::infinity(),
            text + (isPoison(type, actual) || isPoison(type, reference) ? ", which was never written" : "")};
  if (a == b)
    return {true, 0, text};
  const double error = std::fabs(a - b); // infinite where just one of them is, or both with different signs
  const double bound = tolerance.relative * std::max(std::fabs(a), std::fabs(b)) + tolerance.absolute;
  return {std::isfinite(error) && error <= bound, error, text};
}

Difference differ(Type type, const std::byte *reference, const std::byte *actual, const Tolerance &tolerance) {
  if (type.isFloat())
    return differReal(type, reference, actual, tolerance);
  const bool agree = std::equal(reference, reference + type.sizeInBytes(), actual);
  return {agree, 0, agree ? "" : integerText(type, reference) + " (reference) against " + integerText(type, actual)};
}

std::string structuralDifference(const Value &reference, const Value &actual) {
  if (reference.type != actual.type)
    return "the type is " + reference.type.name() + " (reference) against " + actual.type.name();
  if (reference.shape != actual.shape)
    return "the shape is " + shapeText(reference.shape) + " (reference) against " + shapeText(actual.shape);
  for (const Value *value : {&reference, &actual})
    if (value->bytes.size() != static_cast<size_t>(value->elements()) * value->type.sizeInBytes())
      return std::string(value == &reference ? "the reference" : "the result") + " has " +
             std::to_string(value->bytes.size()) + " bytes of data for the shape " + shapeText(value->shape);
  return "";
}

} // namespace

Comparison compare(const Value &reference, const Value &actual, const Tolerance &tolerance) {
  Comparison comparison;
  comparison.message = structuralDifference(reference, actual);
  if (!comparison.message.empty())
    return comparison;

  // A complex number is two parts, a vector several lanes; each is compared by itself.
  const Type part = realPartType(reference.type).scalar();
  const size_t partBytes = part.sizeInBytes(), parts = reference.type.sizeInBytes() / partBytes;
  const size_t usedParts = reference.type.lanes == 3 ? parts / 4 * 3 : parts; // the fourth lane is padding
  size_t wrong = 0;
  for (size_t at = 0, number = 0; at < reference.bytes.size(); at += partBytes, ++number) {
    if (number % parts >= usedParts)
      continue;
    const Difference difference = differ(part, reference.bytes.data() + at, actual.bytes.data() + at, tolerance);
    comparison.largestError = std::max(comparison.largestError, difference.error);
    if (difference.agree)
      continue;
    if (wrong++ == 0) {
      comparison.message = placeText(reference.shape, number / parts) + ": " + difference.text;
      if (parts > 1)
        comparison.message += " in part " + std::to_string(number % parts);
    }
  }
  comparison.agree = wrong == 0;
  if (wrong > 1)
    comparison.message +=
        "; " + std::to_string(wrong) + " of " + std::to_string(reference.bytes.size() / partBytes) + " numbers differ";
  return comparison;
}

} // namespace loopy
