// The conjunct rule, data-dependent bounds, assumptions.
#include "dump.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

Kernel parseOne(Context &context, const std::string &text) { return parseText(context, "case", text).kernels.at(0); }

// The domain of a statement is the set on which the condition holds.
void expectDomain(const Kernel &kernel, const std::string &statement, const std::string &condition) {
  isl::set expected = parseCondition(kernel, condition);
  EXPECT_TRUE(poly::isEqual(kernel.statement(statement).domain, expected)) << statement << ": " << condition;
}

TEST(Domains, AStatementHasTheConjunctsOfItsInamesAndNoProjection) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, x: float32[n], y: out float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j < i }
  y[i] = sum(j, x[j])   {id=row}
end)");
  expectDomain(kernel, "row_init", "0 <= i < n");
  expectDomain(kernel, "row_update", "0 <= i < n and 0 <= j < i");
  expectDomain(kernel, "row", "0 <= i < n");
}

TEST(Domains, ADisjunctionIsOneConjunct) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, x: inout float32[n])
  domain { [i, j] : 0 <= i < n and i <= j < n and (i = 0 or j > 3) }
  x[i] = 1   {id=outer}
  x[j] = 1   {id=inner}
end)");
  expectDomain(kernel, "outer", "0 <= i < n");
  expectDomain(kernel, "inner", "0 <= i < n and i <= j < n and (i = 0 or j > 3)");
}

TEST(Domains, NotationOfIsl) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, x: inout float32[n])
  domain [n] -> { [i, j] : 0 <= i, j < n and exists (e : i = 2e) and j mod 3 = 1 and not (j = 4) }
  domain { [k] : floor(n/2) <= k <= min(n, 3*n // 4) - 1 and k != 7 }
  x[i] = 1   {id=a}
  x[j] = 1   {id=b}
  x[k] = 1   {id=c}
end)");
  expectDomain(kernel, "a", "0 <= i < n and i % 2 = 0");
  expectDomain(kernel, "b", "0 <= j < n and j % 3 = 1 and (j < 4 or j > 4)");
  expectDomain(kernel, "c", "n // 2 <= k and k < n and 4*k <= 3*n - 4 and (k < 7 or k > 7)");
}

TEST(Domains, AConjunctWithoutInamesHoldsForTheWholeLine) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, m: int32, x: inout float32[n])
  domain { [i, j] : 0 <= i, j < n and m >= 2 }
  domain { [k] : 0 <= k < n }
  x[i] = 1   {id=a}
  x[j] = 1   {id=b}
  x[k] = 1   {id=c}
end)");
  expectDomain(kernel, "a", "0 <= i < n and m >= 2");
  expectDomain(kernel, "b", "0 <= j < n and m >= 2");
  expectDomain(kernel, "c", "0 <= k < n");
}

TEST(Domains, ConditionsAreInTheDomain) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, x: inout float32[n])
  domain { [i] : 0 <= i < n }
  if i > 2 and i % 2 == 0
    x[i] = 1   {id=a}
  end
  if i < 3
    x[i] = 1   {id=b}
  elif i < 5
    x[i] = 1   {id=c}
  else
    x[i] = 1   {id=d}
  end
end)");
  expectDomain(kernel, "a", "3 <= i < n and i % 2 = 0");
  expectDomain(kernel, "b", "0 <= i < n and i < 3");
  expectDomain(kernel, "c", "3 <= i < n and i < 5");
  expectDomain(kernel, "d", "5 <= i < n");
}

TEST(Domains, BoundsMayReadData) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel spmv(n: int32, nnz: int32, start: int32[n + 1], val: float32[nnz], y: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < len }
  domain { [k] : start[i] <= k < start[i + 1] }
  <> len = start[i + 1] - start[i]
  y[i] = sum(j, val[start[i] + j])   {id=row}
  y[i] = sum(k, val[k])   {id=direct}
end)");
  const Statement &update = kernel.statement("row_update");
  EXPECT_EQ(update.inames, (std::vector<std::string>{"i", "j"}));
  ASSERT_EQ(update.dataParams.size(), 1u);
  EXPECT_EQ(toString(update.dataParams.at("len")), "len[i]");
  EXPECT_TRUE(poly::involves(update.domain, "len"));
  const Statement &direct = kernel.statement("direct_update");
  std::set<std::string> reads;
  for (const auto &[name, load] : direct.dataParams)
    reads.insert(toString(load));
  EXPECT_EQ(reads, (std::set<std::string>{"start[i]", "start[i + 1]"}));
}

TEST(Domains, AssumptionsHoldExtents) {
  Context context;
  Kernel kernel = parseOne(context, R"(
kernel f(n: int32, m: int32, x: float32[n - 1, m])
  assume m mod 4 = 0 and n <= 100
end)");
  EXPECT_TRUE(
      poly::isEqual(kernel.assumptions, parseCondition(kernel, "m % 4 = 0 and n <= 100 and n >= 1 and m >= 0")));
}

} // namespace
} // namespace loopy::test
