// Small kernels and what they mean: statements with their inames, guards and bodies, and the tree.
#include "dump.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

struct Case {
  const char *name;
  const char *text;
  const char *statements; // "id {inames}: body [if guards]", one a line
  const char *tree;
};

std::string guardText(const Kernel &kernel, const Statement &s) {
  std::string out;
  for (const GuardLiteral &g : s.guard)
    out += std::string(out.empty() ? " if " : " and ") + (g.negated ? "not " : "") +
           toString(g.load, {[&](const std::string &n) { return kernel.array(n).implicitAxes; }});
  return out;
}

std::string statementsText(const Kernel &kernel) {
  std::string out;
  for (const StatementRef &s : kernel.statements) {
    std::string inames;
    for (const std::string &iname : s->inames)
      inames += (inames.empty() ? "" : ", ") + iname;
    out += s->id + " {" + inames + "}: " + bodyText(kernel, *s) + guardText(kernel, *s) + "\n";
  }
  return out;
}

const Case cases[] = {
    {"ImplicitLoopsAreSharedByLongestCommonPrefix", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n], c: inout float32[n, n])
  domain { [i, j] : 0 <= i, j < n }
  b[i] = a[i]
  c[i, j] = b[i]
  b[i] = 2*a[i]
  c[i, j] = 1
  b[j] = 3
end)",
     "S0 {i}: b[i] = a[i]\nS1 {i, j}: c[i, j] = b[i]\nS2 {i}: b[i] = 2.0*a[i]\nS3 {i, j}: c[i, j] = 1.0\n"
     "S4 {j}: b[j] = 3.0\n",
     "i: [S0; j: [S1]; S2; j: [S3]]; j: [S4]"},

    {"ForBlocksAreNeverMerged", R"(
kernel f(n: int32, a: inout float32[n])
  domain { [i, j] : 0 <= i, j < n }
  for i
    a[i] = 1
  end
  for i
    a[i] = 2
    for j
      a[j] = 3
    end
    a[j] = 4
    a[j] = 5
  end
end)",
     "S0 {i}: a[i] = 1.0\nS1 {i}: a[i] = 2.0\nS2 {i, j}: a[j] = 3.0\nS3 {i, j}: a[j] = 4.0\nS4 {i, j}: a[j] = 5.0\n",
     "i: [S0]; i: [S1; j: [S2]; j: [S3; S4]]"},

    {"ANestedBlockBreaksTheSharingOfImplicitLoops", R"(
kernel f(n: int32, a: inout float32[n])
  domain { [i, j] : 0 <= i, j < n }
  a[i] = 1
  for j
    a[j] = 2
  end
  a[i] = 3
end)",
     "S0 {i}: a[i] = 1.0\nS1 {j}: a[j] = 2.0\nS2 {i}: a[i] = 3.0\n", "i: [S0]; j: [S1]; i: [S2]"},

    {"OneReductionIsThreeStatements", R"(
kernel f(n: int32, m: int32, a: float32[n, m], b: out float32[n])
  domain { [i, k] : 0 <= i < n and 0 <= k < m }
  b[i] = 2*sum(k, a[i, k])   {id=row}
end)",
     "row_init {i}: acc{i} = 0.0\nrow_update {i, k}: acc{i} = acc{i} + a[i, k]\nrow {i}: b[i] = 2.0*acc{i}\n",
     "i: [row_init; k: [row_update]; row]"},

    {"SeveralReductionsInitialiseFirstThenUpdate", R"(
kernel f(n: int32, a: float32[n], b: float32[n], s: out float32)
  domain { [k] : 0 <= k < n }
  s = sum(k, a[k]) / max(k, b[k])   {id=s}
end)",
     "s_init {}: acc = 0.0\ns_init_0 {}: acc_0 = -inf\ns_update {k}: acc = acc + a[k]\n"
     "s_update_0 {k}: acc_0 = maximum(acc_0, b[k])\ns {}: s = acc/acc_0\n",
     "s_init; s_init_0; k: [s_update; s_update_0]; s"},

    {"ANestedReductionIsRealisedAgainstTheOuterUpdate", R"(
kernel f(n: int32, a: float32[n, n], s: out float32)
  domain { [k, l] : 0 <= k, l < n }
  s = sum(k, product(l, a[k, l]))   {id=s}
end)",
     "s_init {}: acc_0 = 0.0\ns_init_0 {k}: acc{k} = 1.0\ns_update_0 {k, l}: acc{k} = acc{k}*a[k, l]\n"
     "s_update {k}: acc_0 = acc_0 + acc{k}\ns {}: s = acc_0\n",
     "s_init; k: [s_init_0; l: [s_update_0]; s_update]; s"},

    {"ArgminAssignsBothAccumulatorsAtOnce", R"(
kernel f(n: int32, a: float32[n], v: out float32, w: out int32)
  domain { [k] : 0 <= k < n }
  v, w = argmin(k, a[k])   {id=m}
end)",
     "m_init {}: acc, acc_index = inf, 2147483647\n"
     "m_update {k}: acc, acc_index = a[k] if a[k] < acc or a[k] == acc and k < acc_index else acc, "
     "k if a[k] < acc or a[k] == acc and k < acc_index else acc_index\n"
     "m {}: v, w = acc, acc_index\n",
     "m_init; k: [m_update]; m"},

    {"SegmentedSumStartsAnewAtItsFlag", R"(
kernel f(n: int32, a: float32[n], head: int32[n], b: out float32[n])
  domain { [i, k] : 0 <= i < n and 0 <= k <= i }
  b[i] = segmented(sum)(k, a[k], head[k] != 0)   {id=scan}
end)",
     "scan_init {i}: acc{i} = 0.0\n"
     "scan_update {i, k}: acc{i} = a[k] if head[k] != 0 else acc{i} + a[k]\nscan {i}: b[i] = acc{i}\n",
     "i: [scan_init; k: [scan_update]; scan]"},

    {"AnAffineConditionGoesIntoTheDomain", R"(
kernel f(n: int32, a: inout float32[n])
  domain { [i] : 0 <= i < n }
  if i > 2
    a[i] = 1
  else
    a[i] = 2
  end
end)",
     "S0 {i}: a[i] = 1.0\nS1 {i}: a[i] = 2.0\n", "i: [S0; S1]"},

    {"AnotherConditionIsEvaluatedOnceBeforeTheBlock", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n])
  domain { [i] : 0 <= i < n }
  if a[i] > 0
    b[i] = 1
  elif a[i] < -1
    b[i] = 2
  else
    b[i] = 3
  end
end)",
     "cond_0 {i}: cond_0{i} = a[i] > 0.0\nS0 {i}: b[i] = 1.0 if cond_0{i}\n"
     "cond_1 {i}: cond_1{i} = a[i] < -1.0 if not cond_0{i}\nS1 {i}: b[i] = 2.0 if not cond_0{i} and cond_1{i}\n"
     "S2 {i}: b[i] = 3.0 if not cond_0{i} and not cond_1{i}\n",
     "i: [cond_0; S0; cond_1; S1; S2]"},

    {"AConditionsInamesBecomeTheStatements", R"(
kernel f(n: int32, a: float32[n], s: inout float32)
  domain { [i] : 0 <= i < n }
  if a[i] > 0
    s = a[0]
  end
end)",
     "cond_0 {i}: cond_0{i} = a[i] > 0.0\nS0 {i}: s = a[0] if cond_0{i}\n", "i: [cond_0; S0]"},

    {"ABoolVariableIsAGuardItself", R"(
kernel f(n: int32, a: inout float32[n], flags: bool[n])
  domain { [i] : 0 <= i < n }
  a[i] = 1 {if=flags[i]}
  a[i] = 2 {if=not flags[i]}
  with {if=i > 3, tags=late}
    a[i] = 3
  end
end)",
     "S0 {i}: a[i] = 1.0 if flags[i]\nS1 {i}: a[i] = 2.0 if not flags[i]\nS2 {i}: a[i] = 3.0\n", "i: [S0; S1; S2]"},

    {"ATemporaryIsFreshForInamesNotInItsSubscripts", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n, n])
  domain { [i, j] : 0 <= i < n and 0 <= j < n }
  for i
    <> w[j] = a[j] + i
    <> x = w[0]
    y(k) := x*w[k]
    b[i, j] = y(j)
  end
end)",
     "S0 {i, j}: w{i}[j] = a[j] + cast(float32, i)\nS1 {i}: x{i} = w{i}[0]\nS2 {i, j}: b[i, j] = y(j)\n",
     "i: [j: [S0]; S1; j: [S2]]"},

    {"ADeclarationFollowsTheTemporariesThatItReads", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n])
  domain { [i] : 0 <= i < n }
  <> x = a[i]
  <> y = x + 1
  y = 2*y
  b[i] = y
end)",
     "S0 {i}: x{i} = a[i]\nS1 {i}: y{i} = x{i} + 1.0\nS2 {i}: y{i} = 2.0*y{i}\nS3 {i}: b[i] = y{i}\n",
     "i: [S0; S1; S2; S3]"},

    {"ATemporaryOfABlockIsFreshForEachIteration", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j < 4 }
  for i
    temp t: float32[4]
    t[j] = a[i]
    b[i] = t[2]
  end
end)",
     "S0 {i, j}: t{i}[j] = a[i]\nS1 {i}: b[i] = t{i}[2]\n", "i: [j: [S0]; S1]"},

    {"DependenceOptionsSortStably", R"(
kernel f(n: int32, a: inout float32[n])
  domain { [i] : 0 <= i < n }
  a[i] = 1 {id=one, dep=t*}
  a[i] = 0 {id=zero}
  a[i] = 2 {id=two}
  a[i] = 3 {id=three}
end)",
     "zero {i}: a[i] = 0.0\ntwo {i}: a[i] = 2.0\nthree {i}: a[i] = 3.0\none {i}: a[i] = 1.0\n",
     "i: [zero; two; three; one]"},

    {"DependenceOptionsMoveWholeBlocks", R"(
kernel f(n: int32, a: inout float32[n])
  domain { [i, j] : 0 <= i, j < n }
  for i
    a[i] = 1 {dep=last}
  end
  for j
    a[j] = 2 {id=last}
  end
end)",
     "last {j}: a[j] = 2.0\nS0 {i}: a[i] = 1.0\n", "j: [last]; i: [S0]"},

    {"RulesOfIntegersStayAndOthersAreExpanded", R"(
kernel f(n: int32, a: float32[n], b: inout float32[n])
  domain { [i, k] : 0 <= i, k < n }
  at(p) := a[p] + 1
  square(x) := x*x
  total(p) := sum(k, a[k]*p)
  b[i] = at(i + 1) + square(a[i]) + at$right(square(i))
  b[i] = total(i)
end)",
     "S0 {i}: b[i] = at(i + 1) + a[i]*a[i] + at$right(square(i))\nS1_init {i}: acc{i} = 0.0\n"
     "S1_update {i, k}: acc{i} = acc{i} + a[k]*cast(float32, i)\nS1 {i}: b[i] = acc{i}\n",
     "i: [S0; S1_init; k: [S1_update]; S1]"},

    {"CallsTakePartsOfArrays", R"(
kernel f(n: int32, a: float32[n, n], b: inout float32[n], r: inout float32[n])
  domain { [i, j] : 0 <= i, j < n }
  function norm(in, in) -> float32
  function scale(inout, in)
  function shift(in) -> float32 pure
  r[i] = norm([j]: a[i, j], n)
  scale(b[i], a[i, i])
  b[i] = 2*shift(b[i])
end)",
     "S0 {i}: r[i] = norm([j]: a[i, j], n)\nS1 {i}: scale(b[i], a[i, i])\nS2 {i}: b[i] = 2.0*shift(b[i])\n",
     "i: [S0; S1; S2]"},

    {"OptionsAddInamesAndMakeUpdatesAtomic", R"(
kernel f(n: int32, bin: int32[n], h: inout int32[8], c: inout int32)
  domain { [i] : 0 <= i < n }
  h[bin[i]] += 1 {atomic, disjoint=bin[i]}
  c = c + 1 {inames=i}
  ... nop {inames=i, id=here}
  ... gbarrier
end)",
     "S0 {i}: h[bin[i]] = h[bin[i]] + 1 atomic\nS1 {i}: c = c + 1\nhere {i}: nop\nS3 {}: gbarrier\n",
     "i: [S0; S1; here]; S3"},
};

class Statements : public testing::TestWithParam<Case> {};

TEST_P(Statements, AreThese) {
  Context context;
  Module module = parseText(context, "case", GetParam().text);
  const Kernel &kernel = module.kernels.at(0);
  EXPECT_EQ(statementsText(kernel), GetParam().statements);
  EXPECT_EQ(treeText(kernel.tree), GetParam().tree);
}

INSTANTIATE_TEST_SUITE_P(Kernels, Statements, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

} // namespace
} // namespace loopy::test
