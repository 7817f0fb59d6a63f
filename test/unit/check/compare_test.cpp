// A comparer that cannot fail is worth nothing: each way to differ must be seen.
#include "loopy/check/compare.h"

#include "loopy/runtime/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace loopy {
namespace {

template <class T> Value valueOf(Type type, std::vector<int64_t> shape, const std::vector<T> &numbers) {
  Value value{type, std::move(shape), std::vector<std::byte>(numbers.size() * sizeof(T))};
  if (!numbers.empty())
    std::memcpy(value.bytes.data(), numbers.data(), value.bytes.size());
  return value;
}

Value floats(const std::vector<float> &numbers) {
  return valueOf(float32Type, {static_cast<int64_t>(numbers.size())}, numbers);
}

const Tolerance loose{1e-3, 0};

TEST(Compare, EqualValuesAgree) {
  EXPECT_TRUE(compare(floats({1, 2, -3}), floats({1, 2, -3}), {}).agree);
  EXPECT_TRUE(compare(floats({}), floats({}), {}).agree);
  EXPECT_TRUE(compare(floats({INFINITY}), floats({INFINITY}), {}).agree);
  EXPECT_TRUE(compare(floats({0.0F}), floats({-0.0F}), {}).agree);
}

TEST(Compare, ErrorsOfBothSignsCount) {
  EXPECT_TRUE(compare(floats({1}), floats({1.0005F}), loose).agree);
  EXPECT_TRUE(compare(floats({1}), floats({0.9995F}), loose).agree);
  EXPECT_FALSE(compare(floats({1}), floats({1.002F}), loose).agree);
  EXPECT_FALSE(compare(floats({1}), floats({0.998F}), loose).agree);
  EXPECT_FALSE(compare(floats({1}), floats({-1}), loose).agree);
  EXPECT_FALSE(compare(floats({1}), floats({std::nextafter(1.0F, 2.0F)}), {}).agree);
  EXPECT_TRUE(compare(floats({0}), floats({1e-7F}), {0, 1e-6}).agree);
  EXPECT_FALSE(compare(floats({0}), floats({1e-5F}), {0, 1e-6}).agree);
}

TEST(Compare, NaNNeverAgrees) {
  EXPECT_FALSE(compare(floats({1}), floats({NAN}), loose).agree);
  EXPECT_FALSE(compare(floats({NAN}), floats({1}), loose).agree);
  EXPECT_FALSE(compare(floats({NAN}), floats({NAN}), loose).agree);
}

TEST(Compare, InfiniteErrorsNeverAgree) {
  EXPECT_FALSE(compare(floats({INFINITY}), floats({1}), {1, INFINITY}).agree);
  EXPECT_FALSE(compare(floats({INFINITY}), floats({-INFINITY}), {1, INFINITY}).agree);
}

TEST(Compare, UntouchedPoisonAgreesOnlyWithItself) {
  Value untouched = floats({0});
  poison(untouched);
  EXPECT_TRUE(compare(untouched, untouched, {}).agree);
  EXPECT_FALSE(compare(untouched, floats({NAN}), {}).agree);
  const Comparison missing = compare(floats({1}), untouched, {});
  EXPECT_FALSE(missing.agree);
  EXPECT_NE(missing.message.find("never written"), std::string::npos);
}

TEST(Compare, ShapesTypesAndEmptinessMustMatch) {
  EXPECT_FALSE(compare(floats({1, 2}), floats({1}), loose).agree);
  EXPECT_FALSE(compare(floats({}), floats({1}), loose).agree);
  EXPECT_FALSE(compare(floats({1}), floats({}), loose).agree);
  EXPECT_FALSE(compare(valueOf<float>(float32Type, {2, 1}, {1, 2}), floats({1, 2}), loose).agree);
  EXPECT_FALSE(compare(floats({0}), valueOf<int32_t>(indexType, {1}, {0}), loose).agree);
  Value truncated = floats({1, 2});
  truncated.bytes.resize(4);
  EXPECT_FALSE(compare(truncated, truncated, loose).agree);
}

TEST(Compare, IntegersAndBoolsAreExact) {
  EXPECT_TRUE(compare(valueOf<int32_t>(indexType, {1}, {7}), valueOf<int32_t>(indexType, {1}, {7}), loose).agree);
  const Comparison off =
      compare(valueOf<int32_t>(indexType, {1}, {-7}), valueOf<int32_t>(indexType, {1}, {-8}), {1, 9});
  EXPECT_FALSE(off.agree);
  EXPECT_EQ(off.message, "element [0]: -7 (reference) against -8");
  EXPECT_FALSE(compare(valueOf<uint8_t>(boolType, {1}, {0}), valueOf<uint8_t>(boolType, {1}, {1}), {1, 9}).agree);
}

TEST(Compare, TheFirstDifferenceIsNamed) {
  const Comparison result = compare(valueOf<float>(float32Type, {2, 3}, {1, 1, 1, 1, 1, 1}),
                                    valueOf<float>(float32Type, {2, 3}, {1, 1, 1, 1, 1.5, 2}), {});
  EXPECT_EQ(result.message, "element [1, 1]: 1 (reference) against 1.5; 2 of 6 numbers differ");
  EXPECT_EQ(result.largestError, 1);
}

TEST(Compare, BothPartsOfComplexNumbersCount) {
  const Type complex{ScalarKind::Complex64};
  EXPECT_TRUE(compare(valueOf<float>(complex, {1}, {1, 2}), valueOf<float>(complex, {1}, {1, 2}), {}).agree);
  EXPECT_FALSE(compare(valueOf<float>(complex, {1}, {1, 2}), valueOf<float>(complex, {1}, {1, 3}), loose).agree);
}

TEST(Compare, HalfPrecision) {
  const Type half{ScalarKind::Float16};
  auto number = [&](float x) { return valueOf<uint16_t>(half, {1}, {halfFromFloat(x)}); };
  EXPECT_TRUE(compare(number(1), number(1.001F), {1e-2, 0}).agree);
  EXPECT_FALSE(compare(number(1), number(1.1F), {1e-2, 0}).agree);
  EXPECT_FALSE(compare(number(1), number(NAN), {1, 1}).agree);
}

} // namespace
} // namespace loopy
