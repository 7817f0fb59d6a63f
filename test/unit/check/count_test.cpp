#include "loopy/check/count.h"
#include "parsed.h"

#include <gtest/gtest.h>

using namespace loopy;

namespace {

isl::set parseSet(Context &context, const std::string &text) {
  return isl::manage(isl_set_read_from_str(context.isl().get(), text.c_str()));
}

struct Case {
  const char *set;
  poly::Names names;
  std::optional<int64_t> points;
};

TEST(CountPoints, MatchesCountsMadeByHand) {
  Context context;
  const Case cases[] = {
      {"[n, i] -> { : 0 <= i < n }", {"i"}, 10},
      {"[n, i, j] -> { : 0 <= i < n and 0 <= j < 2n }", {"i", "j"}, 200},
      {"[n, i, j] -> { : 0 <= i < n and 0 <= j <= i }", {"i", "j"}, 55},
      {"[n, i, j, k] -> { : 0 <= i < n and 0 <= j <= i and 0 <= k < 3 }", {"i", "j", "k"}, 165},
      {"[n, i, j, k] -> { : 0 <= i < n and i < j < n and i < k <= j }", {"i", "j", "k"}, 165},
      {"[n, i, j] -> { : 0 <= i < n and 2j = i }", {"i", "j"}, 5},
      {"[n, i, j] -> { : 0 <= 3i + 5j <= n and 0 <= 5i - 3j <= n }", {"i", "j"}, 4},
      {"[n, i] -> { : 0 <= i < n and i mod 3 = 1 }", {"i"}, 3},
      {"[n, i] -> { : 0 <= i < n and (i < 2 or i >= 7) }", {"i"}, 5},
      {"[n, i] -> { : 0 <= i < 6 or 4 <= i < n }", {"i"}, 10},
      {"[n, i] -> { : 0 <= i < n - 10 }", {"i"}, 0},
      {"[n] -> { : n >= 1 }", {}, 1},
      {"[n] -> { : n < 1 }", {}, 0},
      {"[n, i] -> { : i >= n }", {"i"}, std::nullopt},          // unbounded
      {"[n, m, i] -> { : 0 <= i < m }", {"i"}, std::nullopt},   // m has no value
      {"[n, i] -> { : 0 <= i < n }", {"i", "j"}, std::nullopt}, // nothing bounds j
  };
  for (const Case &c : cases)
    EXPECT_EQ(countPoints(parseSet(context, c.set), c.names, {{"n", 10}}), c.points) << c.set;
}

TEST(CountPoints, GivesUpBeyondItsBudget) {
  Context context;
  isl::set triangle = parseSet(context, "[n, i, j] -> { : 0 <= i < n and 0 <= j <= i }");
  EXPECT_EQ(countPoints(triangle, {"i", "j"}, {{"n", 1000}}, 10), 500500);
  EXPECT_EQ(countPoints(triangle, {"i", "j"}, {{"n", 1000000}}, 10), std::nullopt);
  isl::set strided = parseSet(context, "[n, i, j] -> { : 0 <= i < n and 0 <= j <= i and (i + j) mod 3 = 0 }");
  EXPECT_EQ(countPoints(strided, {"i", "j"}, {{"n", 4}}), 4);
  EXPECT_EQ(countPoints(strided, {"i", "j"}, {{"n", 1000}}, 10), std::nullopt);
}

TEST(CountWork, OfAMatrixProduct) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel product(n: int32, m: int32, l: int32, a: float32[n, l], b: float32[l, m], c: out float32[n, m])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }
  c[i, j] = sum(k, a[i, k]*b[k, j])
end
)");
  Work work = countWork(kernel, {{"n", 3}, {"m", 5}, {"l", 7}});
  EXPECT_EQ(work.floatOperations, 2 * 3 * 5 * 7);
  EXPECT_EQ(work.bytes, 4 * (3 * 7 + 7 * 5 + 3 * 5));
}

TEST(CountWork, OfAStencilCountsEachElementOnce) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel smooth(n: int32, u: float64[n + 2], v: out float64[n])
  domain { [i] : 0 <= i < n }
  v[i] = 0.25*u[i] + 0.5*u[i + 1] + 0.25*u[i + 2]
end
)");
  Work work = countWork(kernel, {{"n", 100}});
  EXPECT_EQ(work.instances, 100);
  EXPECT_EQ(work.floatOperations, 500);
  EXPECT_EQ(work.bytes, 8 * (102 + 100));
}

TEST(CountWork, LoopsOverDataAreNotCounted) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel rows(n: int32, nnz: int32, start: int32[n + 1], x: float32[nnz], y: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < length }
  for i
    <> length = start[i + 1] - start[i]
    y[i] = sum(j, x[start[i] + j])
  end
end
)");
  Work work = countWork(kernel, {{"n", 3}, {"nnz", 9}});
  EXPECT_EQ(work.floatOperations, std::nullopt);
  EXPECT_EQ(work.bytes, 4 * (4 + 9 + 3)); // Whole arrays where subscripts depend on data.
}

} // namespace
