#include "loopy/check/inputs.h"
#include "parsed.h"

#include <gtest/gtest.h>

#include <complex>

#include <cstring>
#include <set>

using namespace loopy;

namespace {

template <class T> std::vector<T> elementsOf(const Value &value) {
  std::vector<T> elements(static_cast<size_t>(value.elements()));
  if (!elements.empty())
    std::memcpy(elements.data(), value.bytes.data(), value.bytes.size());
  return elements;
}

TEST(MakeInputs, SubscriptsStayInside) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel gather(n: int32, m: int32, index: int32[n], x: float32[m + 2], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = x[index[i] + 1] + x[2*index[i]]
end
)");
  for (int64_t m : {1, 2, 50}) {
    Arguments inputs = makeInputs(kernel, {{"n", 100}, {"m", m}}, 1);
    std::set<int32_t> values;
    for (int32_t v : elementsOf<int32_t>(inputs.at("index"))) {
      EXPECT_GE(v, 0);
      EXPECT_LT(v + 1, m + 2);
      EXPECT_LT(2 * v, m + 2);
      values.insert(v);
    }
    EXPECT_GT(values.size(), m == 50 ? 10u : 1u);
  }
}

TEST(MakeInputs, SeesThroughTemporaries) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel gather(n: int32, m: int32, index: int32[n], x: float32[m], y: out float32[n])
  domain { [i] : 0 <= i < n }
  for i
    <> place = index[i] - 3
    y[i] = x[place]
  end
end
)");
  for (int32_t v : elementsOf<int32_t>(makeInputs(kernel, {{"n", 100}, {"m", 5}}, 1).at("index"))) {
    EXPECT_GE(v, 3);
    EXPECT_LT(v, 8);
  }
}

TEST(MakeInputs, RowStartsIncrease) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel spmv(rows: int32, columns: int32, nnz: int32, start: int32[rows + 1], column: int32[nnz],
            value: float32[nnz], x: float32[columns], y: out float32[rows])
  domain { [i] : 0 <= i < rows }
  domain { [j] : 0 <= j < length }
  for i
    <> length = start[i + 1] - start[i]
    y[i] = sum(j, value[start[i] + j]*x[column[start[i] + j]])
  end
end
)");
  for (int64_t nnz : {0, 1, 300}) {
    Arguments inputs = makeInputs(kernel, {{"rows", 20}, {"columns", 7}, {"nnz", nnz}}, 3);
    std::vector<int32_t> starts = elementsOf<int32_t>(inputs.at("start"));
    EXPECT_EQ(starts.front(), 0);
    EXPECT_EQ(starts.back(), nnz);
    EXPECT_TRUE(std::is_sorted(starts.begin(), starts.end()));
    for (int32_t c : elementsOf<int32_t>(inputs.at("column"))) {
      EXPECT_GE(c, 0);
      EXPECT_LT(c, 7);
    }
  }
}

TEST(MakeInputs, BoundsByCountsStayInside) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel ragged(n: int32, m: int32, count: int32[n], a: float32[n, m], y: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < c }
  for i
    <> c = count[i]
    y[i] = sum(j, a[i, j])
  end
end
)");
  for (int32_t v : elementsOf<int32_t>(makeInputs(kernel, {{"n", 100}, {"m", 5}}, 1).at("count"))) {
    EXPECT_GE(v, 0);
    EXPECT_LE(v, 5);
  }
}

TEST(MakeInputs, DivisorsStayAwayFromZero) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel scale(n: int32, s: float64, d: float64[n], x: float64[n], y: out float64[n])
  domain { [i] : 0 <= i < n }
  y[i] = x[i]/(d[i]*s)
end
)");
  Arguments inputs = makeInputs(kernel, {{"n", 200}}, 1);
  for (double v : elementsOf<double>(inputs.at("d"))) {
    EXPECT_GE(v, 1);
    EXPECT_LE(v, 2);
  }
  EXPECT_GE(elementsOf<double>(inputs.at("s")).front(), 1);
  bool anyNegative = false;
  for (double v : elementsOf<double>(inputs.at("x")))
    anyNegative |= v < 0;
  EXPECT_TRUE(anyNegative);
}

TEST(MakeInputs, PathLengthsAreNotNegative) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel paths(n: int32, d: inout float32[n, n])
  domain { [k, i, j] : 0 <= k < n and 0 <= i < n and 0 <= j < n }
  d[i, j] = minimum(d[i, j], d[i, k] + d[k, j])
end
)");
  for (float v : elementsOf<float>(makeInputs(kernel, {{"n", 9}}, 1).at("d")))
    EXPECT_GE(v, 1);
}

TEST(MakeInputs, FactorisedMatricesAreDominant) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel solve(n: int32, l: float64[n, n], b: float64[n], x: out float64[n])
  domain { [i, j] : 0 <= i < n and 0 <= j < i }
  for i
    x[i] = (b[i] - sum(j, l[i, j]*x[j]))/l[i, i]
  end
end
)");
  const size_t n = 30;
  std::vector<double> l = elementsOf<double>(makeInputs(kernel, {{"n", n}}, 1).at("l"));
  for (size_t i = 0; i < n; ++i) {
    double others = 0;
    for (size_t j = 0; j < n; ++j)
      others += i == j ? 0 : std::abs(l[i * n + j]);
    EXPECT_GT(l[i * n + i], others);
  }
}

TEST(MakeInputs, DisjointArraysHoldNoValueTwice) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel scatter(n: int32, m: int32, index: int32[n], x: float32[n], y: inout float32[m])
  domain { [i] : 0 <= i < n }
  y[index[i]] = x[i]   {disjoint=i}
end
)");
  std::vector<int32_t> values = elementsOf<int32_t>(makeInputs(kernel, {{"n", 40}, {"m", 50}}, 1).at("index"));
  EXPECT_EQ(std::set<int32_t>(values.begin(), values.end()).size(), values.size());
  EXPECT_THROW(makeInputs(kernel, {{"n", 40}, {"m", 30}}, 1), UserError);
}

TEST(MakeInputs, GivenArgumentsAreKept) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel scale(n: int32, s: float32, y: inout float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = s*y[i]
end
)");
  Arguments given{{"s", parseScalar(float32Type, "s", "2.5")}};
  Arguments inputs = makeInputs(kernel, {{"n", 4}}, 1, given);
  EXPECT_EQ(elementsOf<float>(inputs.at("s")).front(), 2.5f);
  EXPECT_EQ(inputs.at("y").shape, std::vector<int64_t>{4});
  EXPECT_EQ(makeInputs(kernel, {{"n", 4}}, 1).at("y").bytes, inputs.at("y").bytes);
  EXPECT_NE(makeInputs(kernel, {{"n", 4}}, 2).at("y").bytes, inputs.at("y").bytes);
}

TEST(NarrowToArguments, ShapesDetermineSizes) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel shift(n: int32, m: int32, a: float32[n + 1, m], b: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  assume m >= 2
  b[i, j] = a[i + 1, j]
end
)");
  Value a = randomValue(float32Type, {5, 3}, 1, "a");
  Kernel narrowed = narrowToArguments(kernel, {{"a", a}});
  EXPECT_EQ(poly::constantValue(poly::paramAff(context.isl(), "n"), narrowed.assumptions), 4);
  EXPECT_EQ(poly::constantValue(poly::paramAff(context.isl(), "m"), narrowed.assumptions), 3);
  EXPECT_THROW(narrowToArguments(kernel, {{"a", randomValue(float32Type, {5, 1}, 1, "a")}}), UserError);
  EXPECT_THROW(narrowToArguments(kernel, {{"a", randomValue(float32Type, {5}, 1, "a")}}), UserError);
  EXPECT_THROW(narrowToArguments(kernel, {{"a", randomValue(float64Type, {5, 3}, 1, "a")}}), UserError);
  EXPECT_THROW(narrowToArguments(kernel, {{"z", a}}), UserError);
}

TEST(ParseScalar, RefusesWhatDoesNotFit) {
  EXPECT_EQ(elementsOf<int32_t>(parseScalar(indexType, "n", "-5")).front(), -5);
  EXPECT_EQ(elementsOf<uint8_t>(parseScalar(boolType, "b", "true")).front(), 1);
  EXPECT_EQ(elementsOf<uint16_t>(parseScalar({ScalarKind::Float16}, "h", "1.5")).front(), 0x3e00);
  EXPECT_EQ(elementsOf<std::complex<float>>(parseScalar({ScalarKind::Complex64}, "z", "-2.5")).front(), -2.5F);
  EXPECT_THROW(parseScalar(indexType, "n", "3000000000"), UserError);
  EXPECT_THROW(parseScalar(indexType, "n", "1.5"), UserError);
  EXPECT_THROW(parseScalar(indexType, "n", ""), UserError);
  EXPECT_THROW(parseScalar(float32Type, "s", "big"), UserError);
  EXPECT_THROW(parseScalar({ScalarKind::UInt8}, "u", "-1"), UserError);
}

} // namespace
