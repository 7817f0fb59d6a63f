// Named results: what passes make, by role, and what references to it become.
#include "golden_cases.h"

#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

constexpr const char *text = R"(
kernel grid(n: int32, m: int32, x: float32[n, m], y: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  y[i, j] = 2*x[i, j] {id=S}
end

pipeline tiled(loop = i, size = 16)
  t = split_iname(loop, size)
  tag(t.outer=g.0, t.inner=l.0)
end

pipeline nested
  r = use tiled(j, 8)
  untag(r.t.inner)
  s = split_iname(r.t.inner, 4)
  unroll(s.outer, s.inner)
end
)";

class Results : public testing::Test {
protected:
  // The texts of the steps, a line each, or the message of the error.
  std::string stepsOf(const std::string &calls) {
    try {
      std::string lines;
      for (const StepRecord &step :
           runCalls(module_, module_.kernel("grid"), parsePipelineCalls(context_, "calls", calls)).steps)
        lines += step.text + "\n";
      return lines;
    } catch (const UserError &error) {
      range_ = error.diagnostics().at(0).range;
      return error.what();
    }
  }

  Context context_;
  Module module_ = parseText(context_, "grid.loopy", text);
  SourceRange range_;
};

TEST_F(Results, AreUsedInValuesListsTextsAndInFrontOfEquals) {
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); tag(t.outer, g.0); reorder([t.inames, j]); tag(t.inner=l.0)"),
            "t = split_iname(i, 16)\ntag(i_outer, g.0)\nreorder([i_outer, i_inner, j])\ntag(i_inner=l.0)\n");
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); rename_iname(j, k, within=iname:t.outer and id:S)"),
            "t = split_iname(i, 16)\nrename_iname(j, k, within=iname:i_outer and id:S)\n");
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); split_iname(t.inames[1], 4, within=\"iname:t.inner\")"),
            "t = split_iname(i, 16)\nsplit_iname(i_inner, 4, within=\"iname:i_inner\")\n");
}

TEST_F(Results, OfPipelinesUsedAreSeenThroughTheirName) {
  const PipelineResult result = runPipeline(module_, module_.kernel("grid"), *module_.findPipeline("nested"));
  EXPECT_EQ(printTree(result.kernel), "for i\n  for j_outer [g.0]\n    for j_inner_outer [unr]\n"
                                      "      for j_inner_inner [unr]\n        S\n");
  EXPECT_EQ(stepsOf("r = use tiled; untag(r.inames[1])"),
            "t = split_iname(i, 16)\ntag(i_outer=g.0, i_inner=l.0)\nuntag(i_inner)\n");
}

TEST_F(Results, AreScopedToTheirPipeline) {
  EXPECT_EQ(stepsOf("use tiled; unroll(t.inner)"),
            "There is no result 't'. No step before this one gives a name to what it makes.");
  EXPECT_EQ(stepsOf("t = use tiled; untag(t.t.inner, t.t.outer); use tiled(j, 4)"),
            "t = split_iname(i, 16)\ntag(i_outer=g.0, i_inner=l.0)\nuntag(i_inner, i_outer)\n"
            "t = split_iname(j, 4)\ntag(j_outer=g.0, j_inner=l.0)\n");
}

TEST_F(Results, ThatAreNotThereAreErrorsThatListWhatIs) {
  EXPECT_EQ(stepsOf("tile = split_iname(i, 16); unroll(tiles.inner)"),
            "There is no result 'tiles'. Did you mean 'tile'? There are: tile.");
  EXPECT_EQ(context_.sources().text(range_), "tiles.inner");
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); unroll(t.iner)"),
            "There is no split_iname result 'iner'. Did you mean 'inner'? There are: inames, inner and outer.");
  EXPECT_EQ(stepsOf("t = tag(i, g.0); unroll(t.inner)"), "`t` is empty: tag made nothing.");
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); unroll(t.inames[2])"),
            "`t.inames` is i_outer and i_inner; there is no number 2, counted from 0.");
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); tag(t.inames=g.0)"),
            "`t.inames` stands for 2 names, i_outer and i_inner, where one is wanted.");
}

TEST_F(Results, HaveNamesOfTheirOwn) {
  EXPECT_EQ(stepsOf("t = split_iname(i, 16); t = split_iname(j, 16)"), "There are two results 't' in this pipeline.");
  EXPECT_EQ(stepsOf("l = split_iname(i, 16)"), "'l' begins tags and cannot be the name of a result.");
  EXPECT_THROW(addPipelines(module_, "more", "pipeline p(t = 16)\n  t = split_iname(i, t)\nend\n"), UserError);
  // Of several texts, each on its own is fine.
  std::vector<PipelineCall> calls = parsePipelineCalls(context_, "first", "t = split_iname(i, 16)");
  calls.push_back(parsePipelineCalls(context_, "second", "t = split_iname(j, 16)").front());
  EXPECT_THROW(runCalls(module_, module_.kernel("grid"), calls), UserError);
}

TEST_F(Results, LeaveTagsAlone) {
  EXPECT_EQ(stepsOf("t = split_iname(i, 16, outer=g.0, inner=l.auto)"),
            "t = split_iname(i, 16, outer=g.0, inner=l.auto)\n");
}

bool isIn(const Kernel &kernel, const std::string &name) {
  return kernel.findIname(name) || kernel.findArray(name) || kernel.findRule(name) || kernel.findStatement(name);
}

// Adds the roles that calls of a pass have in a case, and checks that they stand for something.
void collectRoles(const GoldenCase &golden, std::set<std::string> &roles) {
  Context context;
  const Module module = parseText(context, golden.name, readText(golden.path() + ".loopy"));
  PipelineOptions options;
  options.afterStep = [&](const StepRecord &step, const Kernel &kernel) {
    for (const auto &[role, names] : step.results) {
      EXPECT_FALSE(names.empty()) << golden.path() << " " << role;
      for (const std::string &name : names)
        EXPECT_TRUE(isIn(kernel, name)) << golden.path() << ": " << role << " is " << name;
      if (step.call.pass == golden.pass)
        roles.insert(role);
    }
  };
  try {
    runPipeline(module, module.kernels.at(0), module.pipelines.at(0), options);
  } catch (const UserError &) {
    // A refusal ends the pipeline.
  }
}

// What passes.def says of the results of a pass is so in its cases; and what a pass reports stands in passes.def.
TEST(ResultRoles, AreThoseOfPassesDef) {
  std::map<std::string, std::set<std::string>> seen;
  for (const GoldenCase &golden : goldenCases())
    if (!golden.isError())
      collectRoles(golden, seen[golden.pass]);
  const std::set<std::string> always = {"iname", "inames", "array",     "arrays",
                                        "rule",  "rules",  "statement", "statements"};
  for (const PassInfo &pass : passCatalogue()) {
    std::set<std::string> known = always;
    for (const PassResultInfo &result : pass.results) {
      EXPECT_TRUE(seen[pass.name].count(result.role)) << pass.name << " never made a `" << result.role << "`";
      known.insert(result.role);
    }
    for (const std::string &role : seen[pass.name])
      EXPECT_TRUE(known.count(role)) << pass.name << ": passes.def has no LOOPY_RESULT for `" << role << "`";
  }
}

} // namespace
} // namespace loopy::test
