// How programs read: bounds, conditions and where they stand, unrolled copies, declarations.
#include "lowered.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

// The lines of the program's text in which `word` occurs, without indentation, in order.
std::vector<std::string> linesWith(const std::string &text, const std::string &word) {
  std::vector<std::string> result;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.find(word) != std::string::npos)
      result.push_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    begin = end + 1;
  }
  return result;
}

using Lines = std::vector<std::string>;

const char *const sgemm =
    R"(kernel sgemm(n: int32, m: int32, l: int32, a: float32[n, l], b: float32[l, m], c: out float32[n, m])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }
  assume n >= 1 and m >= 1 and l >= 1
  c[i, j] = 3*sum(k, a[i, k] * b[k, j])   {id=product}
end
)";
const char *const saxpy = R"(kernel saxpy(n: int32, x: float32[n], y: inout float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = 2*x[i] + y[i]   {id=update}
end
)";

TEST(LowerText, BoundsArePlain) {
  Transformed t(saxpy);
  EXPECT_EQ(linesWith(bodyText(t, Target::c()), "for "), Lines{"for i = 0 .. n - 1"});
  Transformed split(saxpy, "split_iname(i, 16)");
  Lines lines{"for i_outer = 0 .. quot(n + 15, 16) - 1", "for i_inner = 0 .. minimum(16, n - 16*i_outer) - 1"};
  EXPECT_EQ(linesWith(bodyText(split, Target::c()), "for "), lines);
  EXPECT_EQ(linesWith(bodyText(split, Target::c()), "if "), Lines{});
}

TEST(LowerText, VersionsHaveLaunchesThatTheHostChooses) {
  Transformed t(saxpy, "specialize(\"n % 16 = 0\", name=whole)\nsplit_iname(i_whole, 16, outer=g.0, inner=l.0)\n"
                       "split_iname(i, 16, outer=g.0, inner=l.0)");
  const std::string text = printProgram(lower(t.kernel, Target::openCL()));
  EXPECT_EQ(linesWith(text, "launch "), (Lines{"launch saxpy_0 on groups [quot(n + 15, 16) if n % 16 == 0 else 0]",
                                               "launch saxpy_1 on groups [quot(n + 15, 16) if n % 16 >= 1 else 0]"}));
  EXPECT_EQ(linesWith(text, "if 16*"), Lines{"if 16*i_outer + i_inner < n"}) << text;
}

TEST(LowerText, GuardsStandOutsideLoopsAndAreSharedByNeighbours) {
  Transformed t(sgemm, "split_iname(i, 16, outer=g.1, inner=l.1)\nsplit_iname(j, 16, outer=g.0, inner=l.0)\n"
                       "split_iname(k, 16)\nprefetch(a, at=k_outer)\nprefetch(b, at=k_outer)");
  std::string text = bodyText(t, Target::openCL());
  Lines ifs = linesWith(text, "if ");
  // None around the initialisation and the update of the accumulator: beyond the edge nobody reads it.
  ASSERT_EQ(ifs.size(), 3u) << text;
  EXPECT_EQ(ifs[2], "if 16*i_outer + i_inner < n and 16*j_outer + j_inner < m");
  EXPECT_EQ(linesWith(text, "for "),
            (Lines{"for k_outer = 0 .. quot(l + 15, 16) - 1", "for k_inner = 0 .. minimum(16, l - 16*k_outer) - 1"}));
  EXPECT_EQ(linesWith(text, "barrier").size(), 2u);
  EXPECT_EQ(linesWith(text, "a_fetch[16*a_fetch_0"), linesWith(text, "= a["));
}

// Nothing but the computation of s stays in the work-item: x is read from, y written to global memory.
TEST(LowerText, GuardsStayWhereMemoryIsAccessed) {
  Transformed t(R"(kernel twice(n: int32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  <> t = x[i]  {id=load}
  <> s = 2.0*t {id=twice}
  y[i] = s     {id=store}
end
)",
                "split_iname(i, 16, outer=g.0, inner=l.0)");
  const std::string text = bodyText(t, Target::openCL());
  EXPECT_EQ(linesWith(text, "if "), (Lines{"if 16*i_outer + i_inner < n", "if 16*i_outer + i_inner < n"})) << text;
  EXPECT_EQ(linesWith(bodyText(t, Target::c()), "if ").size(), 0u);
  EXPECT_EQ(compareRuns(t, {{"n", 21}}), "");
}

// The second loop reads elements of the accumulator beyond those that the first one is asked for.
TEST(LowerText, GuardsStayWhereOthersUseTheElement) {
  Transformed t(R"(kernel clear(n: int32, y: out float32[n])
  domain { [p] : 0 <= p < n }
  domain { [r] : 0 <= r < 4 }
  domain { [q] : 0 <= q < 4 }
  assume n >= 1
  for p
    temp t: float32[4]
    for r
      t[r] = 1.0   {id=set}
    end
    for q
      if 4*p + q < n
        t[q] = 2.0   {id=change}
      end
    end
    y[p] = t[0] + t[3]   {id=use}
  end
end
)",
                "tag(p, g.0)\ntag(r=ilp)\ntag(q=ilp)");
  EXPECT_EQ(linesWith(bodyText(t, Target::openCL()), "if ").size(), 4u) << bodyText(t, Target::openCL());
  EXPECT_EQ(compareRuns(t, {{"n", 7}}), "");
}

TEST(LowerText, FullTilesHaveNoGuards) {
  Transformed t(sgemm, "split_iname(i, 16, outer=g.1, inner=l.1)\nsplit_iname(j, 16, outer=g.0, inner=l.0)\n"
                       "isolate(i_inner, j_inner)");
  std::string text = bodyText(t, Target::openCL());
  Lines ifs = linesWith(text, "if ");
  ASSERT_FALSE(ifs.empty());
  EXPECT_EQ(ifs[0], "if 16*i_outer + 15 < n and 16*j_outer + 15 < m") << text;
  // One condition around the whole of the full tile, then those of partial ones.
  size_t full = text.find("c["), partial = text.find("c[", full + 1);
  ASSERT_NE(partial, std::string::npos) << text;
  std::string fullPart = text.substr(0, full);
  EXPECT_EQ(linesWith(fullPart, "if ").size(), 1u) << text;
}

TEST(LowerText, RaggedLoopsAreUnrolledWithOneConditionEach) {
  Transformed t(saxpy, "split_iname(i, 4, inner=unr)");
  std::string text = bodyText(t, Target::c());
  EXPECT_EQ(linesWith(text, "if "), (Lines{"if 4*i_outer + 1 < n", "if 4*i_outer + 2 < n", "if 4*i_outer + 3 < n"}))
      << text;
  Transformed exact(saxpy, "split_iname(i, 4, inner=unr)\nassume(\"n % 4 == 0\")");
  text = bodyText(exact, Target::c());
  EXPECT_EQ(linesWith(text, "if "), Lines{}) << text;
  EXPECT_EQ(linesWith(text, "y[").size(), 4u) << text;
}

TEST(LowerText, SelectionsThatUnrolledLoopsDecideAreWhatTheySelect) {
  Transformed t(R"(kernel pairs(n: int32, x: float32[n, 2], y: out float32[2, n])
  domain { [i, c] : 0 <= i < n and 0 <= c < 2 }
  y[c, i] = x[i, 1 - c]   {id=S}
end
)",
                "tag_array_axes(x, sep=1)\nunroll(c)");
  EXPECT_EQ(linesWith(bodyText(t, Target::c()), " = x"), (Lines{"y[i] = x_1[i]", "y[n + i] = x_0[i]"}));
}

TEST(LowerText, SwizzledElementsTradePlaces) {
  const char *const turned = R"(kernel turned(a: float32[8, 16], b: out float32[16, 8])
  domain { [r, c] : 0 <= r < 8 and 0 <= c < 16 }
  domain { [c2, r2] : 0 <= c2 < 16 and 0 <= r2 < 8 }
  temp t: float32[8, 16]
  t[r, c] = a[r, c]
  b[c2, r2] = t[r2, c2]
end
)";
  Transformed single(turned, "swizzle_array(t)");
  EXPECT_EQ(linesWith(bodyText(single, Target::c()), "t["),
            (Lines{"declare private float32 t[128]", "t[(c ^ r) + 16*r] = a[16*r + c]", "b[8*c2 + r2] = t[(c2 ^ r2) + 16*r2]"}));
  Transformed vectors(turned, "split_iname(c, 4)\nunroll(r2)\nswizzle_array(t, granule=4)");
  const Lines lines = linesWith(bodyText(vectors, Target::c()), "t[");
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[1], "t[4*(c_outer ^ rem(r, 4)) + 16*r + c_inner] = a[16*r + 4*c_outer + c_inner]");
}

TEST(LowerText, ChunksStandOneBehindTheOther) {
  Transformed t(saxpy, "chunk_iname(i, 4, outer=g.0)");
  const std::string text = bodyText(t, Target::openCL());
  EXPECT_EQ(linesWith(text, "for "), Lines{"for i_inner = 0 .. quot(n - i_outer + 3, 4) - 1"}) << text;
  Transformed unrolled(saxpy, "chunk_iname(i, 2)\nunroll(i_outer)");
  const Lines lines = linesWith(bodyText(unrolled, Target::c()), "y[");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "y[i_inner] = 2.0*x[i_inner] + y[i_inner]");
}

TEST(LowerText, LanesAreGuardedTogether) {
  Transformed t(R"(kernel rows(n: int32, x: float32[n], y: out float32[n])
  domain { [i, k] : 0 <= i < n and 0 <= k < 4 }
  for i
    y[i] = sum(k, x[i]*k)   {id=D}
  end
end
)",
                "split_iname(i, 64, outer=g.0, inner_name=b)\nvectorize(b, 4, outer=l.0)");
  EXPECT_EQ(linesWith(bodyText(t, Target::openCL()), "acc.s"), Lines{});
}

TEST(LowerText, TriangularBounds) {
  Transformed t(R"(kernel trmv(n: int32, a: float32[n, n], x: float32[n], y: out float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j <= i }
  y[i] = sum(j, a[i, j] * x[j])   {id=row}
end
)",
                "split_iname(i, 16, outer=g.0, inner=l.0)\nsplit_iname(j, 16)\nprefetch(x, at=j_outer)");
  EXPECT_EQ(linesWith(bodyText(t, Target::openCL()), "for "),
            (Lines{"for j_outer = 0 .. i_outer",
                   "for j_inner = 0 .. minimum(16, 16*i_outer + i_inner - 16*j_outer + 1) - 1"}));
}

TEST(LowerText, DataDependentBoundsAreRead) {
  Transformed t(R"(kernel rows(n: int32, nnz: int32, rowstart: int32[n + 1], val: float32[nnz], y: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < rowlen }
  for i
    <int32> rowlen = rowstart[i + 1] - rowstart[i]
    y[i] = sum(j, val[rowstart[i] + j])   {id=row}
  end
end
)");
  std::string text = bodyText(t, Target::c());
  EXPECT_EQ(linesWith(text, "for "), (Lines{"for i = 0 .. n - 1", "for j = 0 .. rowlen - 1"}));
  EXPECT_EQ(linesWith(text, "const private int32 rowlen"),
            Lines{"const private int32 rowlen = rowstart[i + 1] - rowstart[i]"});
}

TEST(LowerText, LoopsOfOneIterationVanish) {
  Transformed t(saxpy, "fix_parameters(n=1)");
  std::string text = bodyText(t, Target::c());
  EXPECT_EQ(linesWith(text, "for "), Lines{});
  EXPECT_EQ(linesWith(text, "y["), Lines{"y[0] = 2.0*x[0] + y[0]"});
}

TEST(LowerText, HostLoopsStandAroundLaunches) {
  Transformed t(R"(kernel heat(n: int32, steps: int32, u: inout float32[n], v: inout float32[n])
  domain { [t] : 0 <= t < steps }
  domain { [i] : 1 <= i < n - 1 }
  domain { [p] : 1 <= p < n - 1 }
  assume n >= 2
  for t
    for i
      v[i] = u[i - 1] + u[i + 1]   {id=step}
    end
    for p
      u[p] = v[p]   {id=copy}
    end
  end
end
)",
                "split_iname(i, 8, outer=g.0, inner=l.0)\nsplit_iname(p, 8, outer=g.0, inner=l.0)");
  Program program = lower(t.kernel, Target::openCL());
  ASSERT_EQ(program.functions.size(), 2u);
  ASSERT_EQ(program.host.size(), 1u);
  const HostFor &loop = std::get<HostFor>(program.host[0].data);
  EXPECT_EQ(loop.var, "t");
  EXPECT_EQ(loop.body.size(), 2u);
  // A function has only the parameters that it uses.
  EXPECT_EQ(program.functions[0].params.size(), 3u);
  EXPECT_EQ(compareRuns(t, {{"n", 21}, {"steps", 3}}), "");
}

TEST(LowerText, MaskedStatementsRunOnOneWorkItem) {
  Transformed t(R"(kernel scaled(n: int32, w: int32, a: float32[n, w], s: out float32[n], b: out float32[n, w])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < w and 0 <= k < w and k < 8 }
  assume n >= 1 and w >= 1 and w <= 8
  for i
    s[i] = sum(j, a[i, j])   {id=total}
    b[i, k] = a[i, k] + s[i]   {id=use}
  end
end
)",
                "tag(i, g.0)\ntag(k, l.0)");
  std::string text = bodyText(t, Target::openCL());
  EXPECT_EQ(linesWith(text, "get_local_id(0)").size(), 2u) << text;
  EXPECT_EQ(linesWith(text, "barrier").size(), 1u) << text;
  EXPECT_EQ(compareRuns(t, {{"n", 3}, {"w", 5}}), "");
}

// The last barrier of the inner loop stands between two iterations of the outer one, too.
TEST(LowerText, BarriersInsideSeparateIterationsOutside) {
  Transformed t(R"(kernel doubled(n: int32, a: float32[n, n], b: out float32[n, n])
  domain { [i, j] : 0 <= i < n and 0 <= j < n }
  assume n >= 1
  b[i, j] = 2*a[i, j]   {id=double}
end
)",
                "tile([i, j], 8, inner=[l.1, l.0])\nprefetch(a, at=j_outer, lanes=[none, l.0])");
  std::string text = bodyText(t, Target::openCL());
  EXPECT_EQ(linesWith(text, "barrier").size(), 2u) << text;
  EXPECT_EQ(compareRuns(t, {{"n", 19}}), "");
}

} // namespace
} // namespace loopy::test
