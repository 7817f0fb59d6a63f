// Kernels and pipelines whose programs, for both targets, compute what the untouched kernel computes.
#include "lowered.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

struct Case {
  const char *name, *kernel, *calls;
  std::vector<std::map<std::string, int64_t>> sizes;
  std::map<std::string, std::vector<int64_t>> contents = {};
};

void PrintTo(const Case &c, std::ostream *out) { *out << c.name; }

const char *const saxpy = R"(kernel saxpy(n: int32, x: float32[n], y: inout float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = 2*x[i] + y[i]
end
)";
const char *const sgemm =
    R"(kernel sgemm(n: int32, m: int32, l: int32, a: float32[n, l], b: float32[l, m], c: out float32[n, m])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }
  assume n >= 1 and m >= 1 and l >= 0
  c[i, j] = 3*sum(k, a[i, k] * b[k, j])   {id=product}
end
)";
const char *const triangle = R"(kernel trmv(n: int32, a: float32[n, n], x: float32[n], y: out float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j <= i }
  y[i] = sum(j, a[i, j] * x[j])   {id=row}
end
)";
const char *const rows =
    R"(kernel rows(n: int32, nnz: int32, rowstart: int32[n + 1], val: float32[nnz], y: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < rowlen }
  for i
    <int32> rowlen = rowstart[i + 1] - rowstart[i]
    y[i] = sum(j, val[rowstart[i] + j])   {id=row}
  end
end
)";
const char *const guarded = R"(kernel guarded(n: int32, a: float32[n], b: inout float32[n])
  domain { [i] : 0 <= i < n }
  for i
    if a[i] > 0
      b[i] = a[i] + 1
    elif i > 2
      b[i] = 7
    else
      b[i] = b[i] - a[i]
    end
  end
end
)";
const char *const columns = R"(kernel columns(n: int32, m: int32, a: float32[n, m] order=F, b: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  b[i, j] = a[i, j] + 1
end
)";

const Case cases[] = {
    {"saxpy", saxpy, "", {{{"n", 0}}, {{"n", 1}}, {{"n", 7}}}},
    {"saxpy_split", saxpy, "split_iname(i, 4, outer=g.0, inner=l.0)", {{{"n", 0}}, {{"n", 1}}, {{"n", 7}}, {{"n", 8}}}},
    {"saxpy_strided",
     saxpy,
     "split_iname(i, 8, outer=g.0)\nsplit_iname(i_inner, 4, inner=l.0, outer=unr)",
     {{{"n", 1}}, {{"n", 7}}, {{"n", 8}}, {{"n", 21}}}},
    {"saxpy_isolated",
     saxpy,
     "split_iname(i, 4, outer=g.0, inner=unr)\nisolate(i_inner)",
     {{{"n", 1}}, {{"n", 8}}, {{"n", 11}}}},
    {"sgemm", sgemm, "", {{{"n", 1}, {"m", 1}, {"l", 0}}, {{"n", 3}, {"m", 4}, {"l", 5}}}},
    {"sgemm_tiled",
     sgemm,
     "split_iname(i, 4, outer=g.1, inner=l.1)\nsplit_iname(j, 4, outer=g.0, inner=l.0)\nsplit_iname(k, 4)\n"
     "prefetch(a, at=k_outer)\nprefetch(b, at=k_outer)",
     {{{"n", 1}, {"m", 1}, {"l", 0}}, {{"n", 4}, {"m", 8}, {"l", 4}}, {{"n", 5}, {"m", 7}, {"l", 9}}}},
    {"sgemm_registers",
     sgemm,
     "split_iname(i, 8, outer=g.1)\nsplit_iname(i_inner, 2, outer=l.1, inner=ilp)\nsplit_iname(j, 8, outer=g.0)\n"
     "split_iname(j_inner, 2, outer=l.0, inner=ilp)\nsplit_iname(k, 4)\nprefetch(a, at=k_outer)\nprefetch(b, "
     "at=k_outer)",
     {{{"n", 1}, {"m", 1}, {"l", 1}}, {{"n", 9}, {"m", 8}, {"l", 5}}, {{"n", 8}, {"m", 11}, {"l", 4}}}},
    {"triangle", triangle, "", {{{"n", 1}}, {{"n", 5}}}},
    {"triangle_tiled",
     triangle,
     "split_iname(i, 4, outer=g.0, inner=l.0)\nsplit_iname(j, 4)\nprefetch(x, at=j_outer)",
     {{{"n", 1}}, {{"n", 4}}, {{"n", 9}}}},
    {"triangle_unrolled", triangle, "split_iname(j, 4, inner=unr)", {{{"n", 1}}, {{"n", 4}}, {{"n", 9}}}},
    {"rows",
     rows,
     "split_iname(i, 4, outer=g.0, inner=l.0)",
     {{{"n", 5}, {"nnz", 9}}},
     {{"rowstart", {0, 2, 2, 5, 9, 9}}}},
    {"rows_unrolled",
     rows,
     "split_iname(j, 2, inner=unr)",
     {{{"n", 5}, {"nnz", 9}}},
     {{"rowstart", {0, 2, 2, 5, 9, 9}}}},
    {"guarded", guarded, "split_iname(i, 4, outer=g.0, inner=l.0)", {{{"n", 1}}, {{"n", 4}}, {{"n", 9}}}},
    {"columns", columns, "split_iname(i, 4, outer=g.0, inner=l.0)", {{{"n", 3}, {"m", 2}}, {{"n", 5}, {"m", 4}}}},
};

class LowerRuns : public ::testing::TestWithParam<Case> {};

TEST_P(LowerRuns, AgreesWithTheReference) {
  const Case &c = GetParam();
  Transformed transformed(c.kernel, c.calls);
  for (const auto &size : c.sizes)
    EXPECT_EQ(compareRuns(transformed, size, c.contents), "") << "for " << ::testing::PrintToString(size);
}

INSTANTIATE_TEST_SUITE_P(Kernels, LowerRuns, ::testing::ValuesIn(cases),
                         [](const ::testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

} // namespace
} // namespace loopy::test
