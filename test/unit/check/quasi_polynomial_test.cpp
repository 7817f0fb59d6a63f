#include "loopy/check/stats.h"
#include "loopy/transforms/pipeline.h"
#include "parsed.h"

#include <gtest/gtest.h>

using namespace loopy;

namespace {

isl::set parseSet(Context &context, const std::string &text) {
  return isl::manage(isl_set_read_from_str(context.isl().get(), text.c_str()));
}

TEST(Polynomial, SumsArePolynomialsThroughTheirValues) {
  const Polynomial k = Polynomial::variable("k"), n = Polynomial::variable("n");
  EXPECT_EQ(sumOver(Polynomial(1), "k", Polynomial(0), n - Polynomial(1)), n);
  EXPECT_EQ(sumOver(k, "k", Polynomial(0), n).text(), "1/2*n^2 + 1/2*n");
  EXPECT_EQ(sumOver(k * k, "k", Polynomial(1), n).text(), "1/3*n^3 + 1/2*n^2 + 1/6*n");
  EXPECT_TRUE(sumOver(k * k, "k", n, n - Polynomial(1)).isZero());
}

struct Case {
  const char *set;
  poly::Names names;
  const char *text; // "" = not looked at
};

TEST(SymbolicCount, EqualsTheCountAtEverySmallSize) {
  Context context;
  const Case cases[] = {
      {"[n, i] -> { : 0 <= i < n }", {"i"}, "n if n > 0"},
      {"[n, m, i, j] -> { : 0 <= i < n and 0 <= j < m }", {"i", "j"}, ""},
      {"[n, i, j] -> { : 0 <= i < n and 0 <= j <= i }", {"i", "j"}, "1/2*n^2 + 1/2*n if n > 0"},
      {"[n, i, j, k] -> { : 0 <= i < n and i < j < n and i < k <= j }", {"i", "j", "k"}, ""},
      {"[n, m, i, j] -> { : 0 <= i < n and 0 <= j < m and j <= i }", {"i", "j"}, ""},
      {"[n, o, i] -> { : 0 <= 4o + i < n and 0 <= i < 4 }", {"o", "i"}, ""},
      {"[n, m, o, i, j] -> { : 0 <= 4o + i < n and 0 <= i < 4 and 0 <= j <= 4o + i and j < m }", {"o", "i", "j"}, ""},
      {"[n, i] -> { : 0 <= i < n and (i < 2 or i >= 7) }", {"i"}, ""},
      {"[n, i] -> { : 0 <= 3i < n }", {"i"}, ""},
      {"[n, i, j] -> { : 0 <= i < n and i <= j < i + 3 and j < n }", {"i", "j"}, ""},
      {"[n, m] -> { : n > m }", {}, "1 if m < n"},
  };
  for (const Case &c : cases) {
    const isl::set set = parseSet(context, c.set);
    const std::optional<QuasiPolynomial> count = symbolicCount(set, c.names);
    ASSERT_TRUE(count) << c.set;
    for (int64_t n = -1; n <= 13; ++n)
      for (int64_t m = 0; m <= 6; ++m)
        EXPECT_EQ(count->at({{"n", n}, {"m", m}}), countPoints(set, c.names, {{"n", n}, {"m", m}}))
            << c.set << " at n=" << n << ", m=" << m << ": " << count->text(poly::universe(context.isl()));
    if (*c.text) {
      EXPECT_EQ(count->text(poly::universe(context.isl())), c.text);
    }
  }
}

TEST(SymbolicCount, LeavesOutConditionsThatTheContextMakesNeedless) {
  Context context;
  const isl::set positive = parseSet(context, "[n] -> { : n >= 0 }");
  auto textOf = [&](const char *set, const poly::Names &names) {
    return symbolicCount(parseSet(context, set), names).value().text(positive);
  };
  EXPECT_EQ(textOf("[n, i] -> { : 0 <= i < n }", {"i"}), "n");
  EXPECT_EQ(textOf("[n, o, i] -> { : 0 <= i < 16 and 0 <= o and 16o <= n - 16 }", {"o", "i"}), "16*floor(n/16)");
  EXPECT_EQ(textOf("[n, o, i] -> { : 0 <= 16o + i < n and 0 <= i < 16 }", {"o", "i"}), "n"); // a split loop
  EXPECT_EQ(textOf("[n, o, i] -> { : 0 <= o and 16o <= n and 0 <= i < 16 }", {"o", "i"}), "16*floor(n/16) + 16");
  EXPECT_EQ(textOf("[n, i] -> { : 0 <= i < n and n >= 5 }", {"i"}), "n if n >= 5");
}

TEST(SymbolicCount, SaysWhereThereIsNoFormula) {
  Context context;
  EXPECT_FALSE(symbolicCount(parseSet(context, "[n, i] -> { : i >= n }"), {"i"}));
  EXPECT_FALSE(symbolicCount(parseSet(context, "[n, i] -> { : 0 <= i < n and i mod 3 = 1 }"), {"i"}));
  EXPECT_FALSE(symbolicCount(parseSet(context, "[n, i, j] -> { : 0 <= i < n and 0 <= 2j <= i }"), {"i", "j"}));
}

std::optional<int64_t> operationsOf(const KernelStats &stats, const std::string &kind) {
  for (const OperationCount &operation : stats.operations)
    if (operation.kind == kind)
      return operation.count.value;
  return 0;
}

const ArrayTraffic &trafficOf(const KernelStats &stats, const std::string &array) {
  for (const ArrayTraffic &traffic : stats.traffic)
    if (traffic.array == array)
      return traffic;
  throw InternalError("no such array");
}

TEST(Stats, OfAMatrixProductInTiles) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel product(n: int32, m: int32, l: int32, a: float32[n, l], b: float32[l, m], c: out float32[n, m])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }
  c[i, j] = sum(k, a[i, k]*b[k, j])
end
)");
  const int64_t n = 19, m = 5, l = 33;
  const KernelStats stats = collectStats(kernel, mapToTarget(kernel, Target::openCL()), {{"n", n}, {"m", m}, {"l", l}});
  EXPECT_EQ(operationsOf(stats, "*"), n * m * l);
  EXPECT_EQ(operationsOf(stats, "+"), n * m * l);
  EXPECT_EQ(trafficOf(stats, "a").readAccessed.value, 4 * n * m * l);
  EXPECT_EQ(trafficOf(stats, "a").readTouched.value, 4 * n * l);
  EXPECT_EQ(trafficOf(stats, "c").writtenAccessed.value, 4 * n * m);
  ASSERT_TRUE(trafficOf(stats, "b").readAccessed.formula);
  EXPECT_EQ(stats.deviceKernels.size(), 1U);
}

TEST(Stats, OfAStencilCountEachAccessAndEachElement) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel smooth(n: int32, u: float64[n + 2], v: out float64[n])
  domain { [i] : 0 <= i < n }
  v[i] = 0.25*u[i] + 0.5*u[i + 1] + sqrt(u[i + 2])
end
)");
  const KernelStats stats = collectStats(kernel, mapToTarget(kernel, Target::openCL()), {{"n", 100}});
  EXPECT_EQ(operationsOf(stats, "sqrt"), 100);
  EXPECT_EQ(operationsOf(stats, "+"), 200);
  EXPECT_EQ(trafficOf(stats, "u").readAccessed.value, 8 * 300);
  EXPECT_EQ(trafficOf(stats, "u").readTouched.value, 8 * 102);
  EXPECT_EQ(trafficOf(stats, "v").writtenTouched.value, 8 * 100);
}

} // namespace
