#include "loopy/ir/type.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

TEST(Type, NamesReadBack) {
  for (const char *name :
       {"bool", "int8", "int64", "uint16", "float16", "float32", "complex64", "complex128", "float32x4", "int8x16"}) {
    ASSERT_TRUE(parseType(name)) << name;
    EXPECT_EQ(parseType(name)->name(), name);
  }
  for (const char *name : {"", "float", "int", "float32x5", "float32x", "complex64x2", "int321"})
    EXPECT_FALSE(parseType(name)) << name;
}

TEST(Type, SizesAreInBytes) {
  EXPECT_EQ(parseType("complex128")->sizeInBytes(), 16u);
  EXPECT_EQ(parseType("float32x3")->sizeInBytes(), 16u);
  EXPECT_EQ(boolType.sizeInBytes(), 1u);
}

struct Promotion {
  const char *a, *b, *result;
};

class Promote : public testing::TestWithParam<Promotion> {};

TEST_P(Promote, IsCommutative) {
  Type a = *parseType(GetParam().a), b = *parseType(GetParam().b);
  ASSERT_TRUE(promote(a, b));
  EXPECT_EQ(promote(a, b)->name(), GetParam().result);
  EXPECT_EQ(promote(b, a)->name(), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Promote,
    testing::Values(Promotion{"bool", "bool", "bool"}, Promotion{"bool", "int8", "int8"},
                    Promotion{"int8", "int32", "int32"}, Promotion{"uint8", "uint64", "uint64"},
                    Promotion{"int32", "uint32", "int64"}, Promotion{"int64", "uint32", "int64"},
                    Promotion{"int8", "uint16", "int32"}, Promotion{"int64", "uint64", "int64"},
                    Promotion{"int64", "float16", "float16"}, Promotion{"float16", "float64", "float64"},
                    Promotion{"float32", "complex64", "complex64"}, Promotion{"float64", "complex64", "complex128"},
                    Promotion{"int64", "complex64", "complex64"}, Promotion{"complex64", "complex128", "complex128"},
                    Promotion{"float32", "float32x4", "float32x4"}, Promotion{"float64", "float32x4", "float64x4"}));

TEST(Promote, VectorsOfDifferentWidthsHaveNoCommonType) {
  EXPECT_FALSE(promote(*parseType("float32x4"), *parseType("float32x2")));
}

} // namespace
} // namespace loopy
