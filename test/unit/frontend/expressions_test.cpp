// Precedence and types, through parseExpression on one kernel with a variable of each type.
#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

constexpr const char *kernelText = R"(
kernel f(n: int32, m: int64, u8: uint8, u32: uint32, u64: uint64, i8: int8, h: float16, x: float32, d: float64, z: complex64, p: bool,
         v: float32x4, a: float32[n], c: complex128[n], k: int32[n])
  domain { [i, j] : 0 <= i, j < n }
end)";

struct Case {
  const char *text;
  const char *printed;
  const char *type;
};

const Case cases[] = {
    // precedence
    {"not i < j", "not i < j", "bool"},
    {"2*i//3", "2*i // 3", "int32"},
    {"i//2*3", "i // 2*3", "int32"},
    {"-x**2", "-x**2.0", "float32"},
    {"x**2**3", "x**2.0**3.0", "float32"},
    {"(x**2)**d", "cast(float64, x**2.0)**d", "float64"},
    {"x - (d - x)", "cast(float64, x) - (d - cast(float64, x))", "float64"},
    {"i - (j - n)", "i - (j - n)", "int32"},
    {"i - j - n", "i - j - n", "int32"},
    {"i < j == p", "i < j and j == cast(int32, p)", "bool"},
    {"p or p and not p", "p or p and not p", "bool"},
    {"(p or p) and p", "(p or p) and p", "bool"},
    {"x if p else d", "cast(float64, x) if p else d", "float64"},
    {"if(p, x, 0)", "x if p else 0.0", "float32"},
    {"(x if p else 1) + 2", "(x if p else 1.0) + 2.0", "float32"},
    {"i | j ^ n & i << 2", "i | j ^ n & i << 2", "int32"},
    {"~i + -j", "~i + -j", "int32"},
    {"0 <= i < n", "0 <= i and i < n", "bool"},
    {"a[i + 1]*a[2*j]", "a[i + 1]*a[2*j]", "float32"},
    // folding
    {"i + 0", "i", "int32"},
    {"(i + 1) + 2", "i + 3", "int32"},
    {"(16*i + 5) // 16", "i", "int32"},
    {"(16*i + j % 16) % 16", "j % 16", "int32"},
    {"7 // 2 - -7 // 2", "7", "int32"},
    {"-7 % 3", "2", "int32"},
    // promotion
    {"u8 + 1", "u8 + 1", "uint8"},
    {"u8 + 300", "cast(int32, u8) + 300", "int32"},
    {"i8 + u8", "cast(int16, i8) + cast(int16, u8)", "int16"},
    {"n + u32", "cast(int64, n) + cast(int64, u32)", "int64"},
    {"u64 + i8", "cast(int64, u64) + cast(int64, i8)", "int64"},
    {"n + m", "cast(int64, n) + m", "int64"},
    {"n*x", "cast(float32, n)*x", "float32"},
    {"h + n", "h + cast(float16, n)", "float16"},
    {"m*h", "cast(float16, m)*h", "float16"},
    {"x*(1.0/3)", "x*(1.0/3.0)", "float32"},
    {"n + 1.5", "cast(float64, n) + 1.5", "float64"},
    {"1.5*2", "1.5*2.0", "float64"},
    {"x + d", "cast(float64, x) + d", "float64"},
    {"x*z", "cast(complex64, x)*z", "complex64"},
    {"d*z", "cast(complex128, d)*cast(complex128, z)", "complex128"},
    {"2*z", "complex(2.0, 0.0)*z", "complex64"},
    {"z*complex(0, 1)", "z*complex(0.0, 1.0)", "complex64"},
    {"complex(x, d)", "cast(complex128, x) + cast(complex128, d)*complex(0.0, 1.0)", "complex128"},
    {"p + p", "cast(int32, p) + cast(int32, p)", "int32"},
    {"v*x", "v*x", "float32x4"},
    {"v + 1", "v + 1.0", "float32x4"},
    // functions
    {"sqrt(x)", "sqrt(x)", "float32"},
    {"sqrt(2)", "sqrt(2.0)", "float64"},
    {"sqrt(n)", "sqrt(cast(float64, n))", "float64"},
    {"atan2(x, 1)", "atan2(x, 1.0)", "float32"},
    {"abs(z)", "abs(z)", "float32"},
    {"real(c[i])", "real(c[i])", "float64"},
    {"min(n, 3)", "minimum(n, 3)", "int32"},
    {"maximum(x, 0)", "maximum(x, 0.0)", "float32"},
    {"pow(x, 2)", "x**2.0", "float32"},
    {"cast(float32, i)/2", "cast(float32, i)/2.0", "float32"},
    {"cast(int64, 3)", "3", "int64"},
    {"isnan(x) or a[k[i]] > 0", "isnan(x) or a[k[i]] > 0.0", "bool"},
    {"9223372036854775807", "9223372036854775807", "int64"},
};

class Expressions : public testing::TestWithParam<Case> {};

TEST_P(Expressions, PrintAndHaveTypes) {
  Context context;
  Module module = parseText(context, "case", kernelText);
  Expr e = parseExpression(module.kernels[0], GetParam().text);
  EXPECT_EQ(toString(e), GetParam().printed);
  EXPECT_EQ(e.type().name(), GetParam().type);
}

TEST_P(Expressions, ReadBackAsTheSame) {
  Context context;
  Module module = parseText(context, "case", kernelText);
  Expr e = parseExpression(module.kernels[0], GetParam().text);
  EXPECT_TRUE(equal(e, parseExpression(module.kernels[0], toString(e)))) << toString(e);
}

INSTANTIATE_TEST_SUITE_P(Table, Expressions, testing::ValuesIn(cases));

TEST(ParseExpression, TakesExtraInamesAndRules) {
  Context context;
  Module module = parseText(context, "case", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n])
  domain { [i] : 0 <= i < n }
  at(p) := a[p]
  <> x = at(i)
  b[i] = x
end)");
  const Kernel &kernel = module.kernels[0];
  EXPECT_EQ(toString(parseExpression(kernel, "at(q + 1)", {"q"})), "at(q + 1)");
  EXPECT_EQ(toString(parseExpression(kernel, "x + 1")), "x[i] + 1.0");
  EXPECT_EQ(toString(parseExpression(kernel, "x{i + 2}")), "x[i + 2]");
  EXPECT_THROW(parseExpression(kernel, "at(q + 1)"), UserError);
  EXPECT_THROW(parseExpression(kernel, "a[i"), UserError);
}

TEST(ParseCondition, IsOverParamsAndInames) {
  Context context;
  Module module = parseText(context, "case", kernelText);
  const Kernel &kernel = module.kernels[0];
  EXPECT_FALSE(parseCondition(kernel, "16*i + 15 < n").is_empty());
  EXPECT_TRUE(parseCondition(kernel, "i < n and i >= n").is_empty());
  EXPECT_THROW(parseCondition(kernel, "x > 0"), UserError);
  EXPECT_THROW(parseCondition(kernel, "a[i] > 0"), UserError);
}

} // namespace
} // namespace loopy
