// Statements under loops tagged vec: which of their accesses are vectors, and what is known of their alignment.
#include "lowered.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

using Lines = std::vector<std::string>;

Lines linesWith(const std::string &text, const std::string &word) {
  Lines result;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (line.find(word) != std::string::npos)
      result.push_back(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    begin = end + 1;
  }
  return result;
}

// The lines with `word` of `body`, in a kernel with i below n and j below m, after `calls`; in OpenCL and C alike.
Lines lines(const std::string &arguments, const std::string &body, const std::string &calls, const std::string &word) {
  const bool isMatrix = body.find("j") != std::string::npos;
  Transformed t("kernel k(n: int32, m: int32, s: float32, " + arguments + ")\n  domain { [i] : 0 <= i < n }\n" +
                    (isMatrix ? "  domain { [j] : 0 <= j < m }\n" : "") + body + "\nend\n",
                calls);
  const Lines result = linesWith(bodyText(t, Target::openCL()), word);
  EXPECT_EQ(result, linesWith(bodyText(t, Target::c()), word));
  return result;
}

TEST(Vectors, LoadsByTheirStride) {
  const std::string arguments = "x: float32[n], z: float32[2*n], k: int32[n], y: inout float32[n]";
  EXPECT_EQ(lines(arguments, "  y[i] = y[i] + s*x[i]*z[2*i] {id=S}", "vectorize(i, 4)", "y[4*i_outer..")[0],
            "y[4*i_outer..4*i_outer + 3 | 4] = y[4*i_outer..4*i_outer + 3 | 4] + s*x[4*i_outer..4*i_outer + 3 | 4]*"
            "lanes(z[8*i_outer], z[8*i_outer + 2], z[8*i_outer + 4], z[8*i_outer + 6])");
  EXPECT_EQ(lines(arguments, "  y[i] = x[i // 4] + x[k[i]] {id=S}", "vectorize(i, 2)", "y[2*i_outer..")[0],
            "y[2*i_outer..2*i_outer + 1 | 4] = x[quot(i_outer, 2)] + lanes(x[k[2*i_outer]], x[k[2*i_outer + 1]])");
  EXPECT_EQ(lines(arguments, "  y[n - 1 - i] = x[i] {id=S}", "vectorize(i, 2)", "] = S_lanes"),
            (Lines{"y[n - 2*i_outer - 1] = S_lanes.0", "y[n - 2*i_outer - 2] = S_lanes.1"}));
}

// With which alignment `y` is written, in bytes.
std::string alignmentOf(const std::string &arguments, const std::string &body, const std::string &calls) {
  const Lines found = lines(arguments, body, calls, " | ");
  EXPECT_FALSE(found.empty());
  const std::string line = found.empty() ? "" : found[0];
  const size_t begin = line.find(" | ") + 3;
  return line.substr(begin, line.find(']', begin) - begin);
}

TEST(Vectors, AlignmentComesFromArgumentsStridesAndOffsets) {
  const std::string one = "  y[i] = s {id=S}", two = "  y[i, j] = s {id=S}";
  EXPECT_EQ(alignmentOf("y: inout float32[n]", one, "vectorize(i, 4)"), "4");
  EXPECT_EQ(alignmentOf("y: inout float32[n] align=16", one, "vectorize(i, 4)"), "16");
  EXPECT_EQ(alignmentOf("y: inout float32[n] align=16", one, "vectorize(i, 8)"), "16");
  EXPECT_EQ(alignmentOf("y: inout float32[n] align=64", one, "vectorize(i, 4)"), "16");
  EXPECT_EQ(alignmentOf("y: inout float32[n] align=64 offset=2", one, "vectorize(i, 4)"), "8");
  EXPECT_EQ(alignmentOf("y: inout float32[n + 1] align=16", "  y[i + 1] = s {id=S}", "vectorize(i, 4)"), "4");
  EXPECT_EQ(alignmentOf("y: inout float32[n, m] align=16", two, "vectorize(j, 4)"), "4");
  EXPECT_EQ(alignmentOf("y: inout float32[n, m] align=16", two, "assume(\"m % 4 = 0\")\nvectorize(j, 4)"), "16");
  EXPECT_EQ(alignmentOf("y: inout float32[n, m] align=16", two, "assume(\"m % 2 = 0\")\nvectorize(j, 4)"), "8");
  EXPECT_EQ(alignmentOf("y: inout float32[n, m] align=16", two, "fix_parameters(m=12)\nvectorize(j, 4)"), "16");
  EXPECT_EQ(alignmentOf("y: inout float32[n, m] align=16 order=F", two, "assume(\"n % 4 = 0\")\nvectorize(i, 4)"),
            "16");
  EXPECT_EQ(alignmentOf("p: int32, y: inout float32[n, m] align=16 strides=[4*p, 1]", two,
                        "assume(\"p >= m\")\nvectorize(j, 4)"),
            "16");
  // Copies of an unrolled loop each have their own.
  const Lines copies =
      lines("y: inout float32[n, m] align=16", two,
            "fix_parameters(m=6)\nassume(\"n % 2 = 0\")\nsplit_iname(i, 2, inner=unr)\nvectorize(j, 4)", " | ");
  EXPECT_EQ(copies, (Lines{"y[12*i_outer..12*i_outer + 3 | 16] = cast(float32x4, s)",
                           "y[12*i_outer + 6..12*i_outer + 9 | 8] = cast(float32x4, s)"}));
}

TEST(Vectors, ConditionsAllLanesShareStandAroundThem) {
  const Lines found =
      lines("y: inout float32[n, m]", "  y[i, j] = s {id=S}",
            "assume(\"m % 4 = 0\")\nsplit_iname(j, 8)\nsplit_iname(j_inner, 4, outer=unr, inner=vec)", "if ");
  EXPECT_EQ(found, Lines{"if 8*j_outer + 4 < m"});
}

TEST(Vectors, TemporariesBecomeVectorVariables) {
  const std::string kernel = "x: float32[n], y: out float32[n]",
                    body = "  for i\n    <> t = s*x[i] {id=S}\n    y[i] = t*t {id=T}\n  end";
  EXPECT_EQ(lines(kernel, body, "vectorize(i, 4)", "private"),
            (Lines{"const private float32x4 t = s*x[4*i_outer..4*i_outer + 3 | 4]",
                   "const private float32 t_partial = s*x[4*quot(n, 4) + i_inner_partial]"}));
  // A read by one lane of another's value: the array stays one where its place is not known.
  Transformed mixed(R"(kernel k(n: int32, q: int32, x: float32[n], y: out float32[n], z: out float32[n])
  domain { [o, i, p] : 0 <= 4*o < n and 0 <= i < 4 and 0 <= p < 4 }
  assume n % 4 = 0
  for o
    temp t: float32[4]
    t[i] = x[4*o + i] {id=S}
    y[4*o + p] = t[3 - p] {id=T}
  end
  for o
    z[4*o + i] = 0.0 {id=U}
  end
end
)",
                    "rename_iname(p, r)\ntag(i, vec)");
  const std::string plain = bodyText(mixed, Target::c());
  EXPECT_EQ(linesWith(plain, "declare private"), Lines{"declare private float32 t[4] aligned 16"}) << plain;
  mixed.kernel = runCalls(mixed.module, mixed.kernel, parsePipelineCalls(mixed.context, "c", "unroll(r)")).kernel;
  const std::string unrolled = bodyText(mixed, Target::c());
  EXPECT_EQ(linesWith(unrolled, "= t.").size(), 4u) << unrolled;
  EXPECT_EQ(linesWith(unrolled, "const private"), Lines{"const private float32x4 t = x[4*o..4*o + 3 | 4]"}) << unrolled;
}

TEST(Vectors, OfRegistersAreContiguousAlongTheLanes) {
  Transformed t(R"(kernel mm(n: int32, m: int32, l: int32, a: float32[n, l], b: float32[l, m], c: out float32[n, m])
  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }
  assume n % 4 = 0 and m % 2 = 0
  c[i, j] = sum(k, a[i, k]*b[k, j]) {id=product}
end
)",
                "split_iname(i, 4, inner=vec)\nsplit_iname(j, 2, inner=ilp)");
  const std::string text = bodyText(t, Target::openCL());
  EXPECT_EQ(linesWith(text, "declare private float32x4"), Lines{"declare private float32x4 acc[2]"}) << text;
  EXPECT_EQ(compareRuns(t, {{"n", 8}, {"m", 6}, {"l", 3}}), "");
}

TEST(Vectors, WhatHasNoVectorFormIsDoneByLanes) {
  Transformed t(R"(kernel k(n: int32, x: float32[n], f: out bool[n], c: inout complex64[n])
  domain { [i] : 0 <= i < n }
  for i
    f[i] = x[i] > 0.0 {id=flags}
    c[i] = 2.0*c[i] {id=complex}
  end
end
)",
                "vectorize(i, 4)");
  const Program program = lower(t.kernel, Target::openCL());
  EXPECT_EQ(program.notes, (Lines{"`flags` is done lane by lane along `i_inner`: no vectors of bool.",
                                  "`complex` is done lane by lane along `i_inner`: no vectors of complex64."}));
  const std::string text = printProgram(program);
  EXPECT_EQ(linesWith(text, "lane by lane"),
            (Lines{"# flags, lane by lane: no vectors of bool", "# complex, lane by lane: no vectors of complex64"}));
  EXPECT_EQ(linesWith(text, "f[4*i_outer").size(), 4u) << text;
  EXPECT_EQ(linesWith(text, "f[4*quot(n, 4)").size(), 1u) << text; // the partial tile
}

// A selection that guards a read, or a division, is made lane by lane; one that does not chooses between vectors.
TEST(Vectors, SelectionsThatGuardReadOnlyWhatIsChosen) {
  const std::string arguments = "x: float32[n], k: int32[n], y: float32[n], q: int32[n]";
  EXPECT_EQ(
      lines(arguments, "  y[i] = x[i] if x[i] > s else 0.0 {id=S}", "vectorize(i, 2)", "2*i_outer + 1")[0],
      "y[2*i_outer..2*i_outer + 1 | 4] = x[2*i_outer..2*i_outer + 1 | 4] if x[2*i_outer..2*i_outer + 1 | 4] > s else "
      "cast(float32x2, 0.0)");
  EXPECT_EQ(lines(arguments, "  y[i] = x[i - 1] if i > 0 else 0.0 {id=S}", "vectorize(i, 2)", "2*i_outer + 1")[0],
            "y[2*i_outer..2*i_outer + 1 | 4] = lanes(x[2*i_outer - 1] if 2*i_outer > 0 else 0.0, x[2*i_outer] if "
            "2*i_outer + 1 > 0 else 0.0)");
  EXPECT_EQ(
      lines(arguments, "  q[i] = n // k[i] if k[i] > 0 else 0 {id=S}", "vectorize(i, 2)", "2*i_outer + 1 |")[0],
      "q[2*i_outer..2*i_outer + 1 | 4] = lanes(n // k[2*i_outer] if k[2*i_outer] > 0 else 0, n // k[2*i_outer + 1] if "
      "k[2*i_outer + 1] > 0 else 0)");
}

struct VectorRun {
  const char *name, *body, *calls;
};
void PrintTo(const VectorRun &run, std::ostream *out) { *out << run.name; }

class VectorRuns : public ::testing::TestWithParam<VectorRun> {};

TEST_P(VectorRuns, AgreeWithTheReference) {
  const VectorRun &run = GetParam();
  auto uses = [&](const char *iname) { return std::string(run.body).find(iname) != std::string::npos; };
  Transformed t(
      std::string(R"(kernel k(n: int32, m: int32, x: float32[n + 2], a: float32[n, m], k: int32[n], y: float32[n],
         b: float32[n, m])
  domain { [i] : 0 <= i < n }
)") + (uses("j") ? "  domain { [j] : 0 <= j < m }\n" : "") +
          (uses("q") ? "  domain { [q] : 0 <= q < 3 }\n" : "") + run.body + "\nend\n",
      run.calls);
  for (int64_t n : {0, 1, 3, 4, 5, 8, 13})
    EXPECT_EQ(compareRuns(t, {{"n", n}, {"m", 8}}, {{"k", std::vector<int64_t>(static_cast<size_t>(n), 0)}}), "")
        << "for n=" << n;
}

const VectorRun runs[] = {
    {"plain", "  y[i] = 2*x[i] + y[i]*x[i + 2]", "vectorize(i, 4)"},
    {"groups", "  y[i] = 2*x[i] + y[i]", "split_iname(i, 16, outer=g.0)\nvectorize(i_inner, 4, outer=l.0)"},
    {"gathered", "  y[i] = x[k[i]] + x[n - i]", "vectorize(i, 2, outer=g.0)"},
    {"scattered", "  b[i, 2] = x[i] + 1", "vectorize(i, 4)"},
    {"rows", "  b[i, j] = a[i, j] + x[i]", "vectorize(j, 4)\ntag(i, g.0)"},
    {"reduction", "  y[i] = sum(j, a[i, j]*x[i])", "vectorize(i, 4)"},
    {"selected", "  y[i] = (x[i - 1] if i > 0 else 7) + (x[i] if x[i] > 0 and y[i] < 2 else y[i])", "vectorize(i, 4)"},
    {"extremes", "  y[i] = minimum(x[i], y[i]) + max(q, x[i + q])", "vectorize(i, 8)"},
    {"guarded", "  for i\n    if x[i] > 0\n      y[i] = x[i]\n    else\n      y[i] = i\n    end\n  end",
     "vectorize(i, 4)"},
    {"stages", "  for i\n    <> s = sum(q, x[i + q])\n    <> t = s*s + i\n    y[i] = t - s\n  end",
     "vectorize(i, 4)\nunroll(q)"},
    {"fetched", "  y[i] = x[i] + x[i + 1] + x[i + 2]",
     "split_iname(i, 14, outer=g.0)\nprefetch(x, at=i_outer, in=local, vec=4)\ntag(i_inner, l.0)"},
};

INSTANTIATE_TEST_SUITE_P(Kernels, VectorRuns, ::testing::ValuesIn(runs),
                         [](const ::testing::TestParamInfo<VectorRun> &info) { return std::string(info.param.name); });

} // namespace
} // namespace loopy::test
