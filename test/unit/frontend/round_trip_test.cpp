// Printing a module gives text that parses back to an equal one: all examples, and a kernel with every construct.
#include "dump.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace loopy::test {
namespace {

void expectSame(const Module &a, const Module &b) {
  ASSERT_EQ(a.kernels.size(), b.kernels.size());
  for (size_t k = 0; k < a.kernels.size(); ++k)
    EXPECT_EQ(dump(a.kernels[k]), dump(b.kernels[k]));
  ASSERT_EQ(a.pipelines.size(), b.pipelines.size());
  for (size_t k = 0; k < a.pipelines.size(); ++k) {
    EXPECT_EQ(a.pipelines[k].name, b.pipelines[k].name);
    EXPECT_EQ(a.pipelines[k].calls.size(), b.pipelines[k].calls.size());
  }
}

// The directory is where the paths of imports start.
void expectRoundTrip(Context &context, const Module &module, const std::filesystem::path &directory = {}) {
  std::string printed = printModule(module);
  Module again = parseText(context, (directory / "printed").string(), printed);
  expectSame(module, again);
  EXPECT_EQ(printed, printModule(again));
}

TEST(RoundTrip, Examples) {
  unsigned files = 0;
  for (const auto &entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(LOOPY_SOURCE_DIR) / "examples"))
    if (entry.path().extension() == ".loopy") {
      SCOPED_TRACE(entry.path().string());
      Context context;
      expectRoundTrip(context, parseFile(context, entry.path().string()), entry.path().parent_path());
      ++files;
    }
  EXPECT_GT(files, 1u);
}

TEST(RoundTrip, EveryConstruct) {
  Context context;
  expectRoundTrip(context, parseText(context, "case", R"(
preamble c, opencl """
  /* as "it" stands */
"""
kernel g(n: int32, x: inout float32[n])
  h(n, x)
end

kernel h(n: int32, x: inout float32[n])
  domain { [i] : 0 <= i < n }
  x[i] = 2*x[i]
end

kernel f(n, m: int32, s: float32, idx: int32[n], a: float32[n, m] order=F offset=4 align=16 tags=[p, q], b: float32[n] strides=[2*m],
         c: inout float32[n], v: out float32, w: out int32, on: bool)
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < i and j mod 3 = 1 or j = 2 and 0 <= j < i }
  domain { [k, k2] : 0 <= k, k2 < n and exists (e : k = 2e) and not (k2 = 3 or k2 > 7) }
  domain { [q] : 0 <= q < len and -(q + 1) < 0 }
  assume n >= 1 and m >= n
  function norm(in, in) -> float32
  function scale(inout) pure
  sq(x) := x*x
  one := 1
  at(p) := b[p]*2.5e-3
  temp t: float32[n, 3] in global
  t[i, 1] = s if not on else -s**2
  for i, k
    <int32> len = idx[i]
    c[i] = sum(q, b[q]) + at$here(i) + sq(b[i]) + one {id=x, tags=u:v}
    if i > 0 and b[i - 1] > 0
      c[i] = c[i] - (1 - b[i]) - 1
    end
    with {dep=x, if=on}
      if b[i] < 3 or on
        c[i] /= 2
      elif i < 5 and k < 3
        c[i] *= 2
      else
        scale(c[i])
      end
    end
  end
  v, w = argmin((k, k2), b[k]*b[k2], k)
  c[idx[i]] += 1 {atomic, disjoint=idx[i], id_prefix=bump}
  c[i] = norm([k]: b[k], ~n & 3 | 4 << 1)
  c[i] = segmented(sum)(j, b[j], (i + j) % 2 == 0) + reduce(max, (k, k2), b[k])
  ... nop {inames=i:k}
  ... lbarrier
  ... gbarrier
end

pipeline p(t = 16 in {8, 16}, u = 2*t) for f
  split_iname(i, 2*t, outer=g.0, within=id:a* and not tag:"x")
  use q(t)
end

pipeline q(t = 3)
  nothing([i, (j, k)], "text")
end)"));
}

} // namespace
} // namespace loopy::test
