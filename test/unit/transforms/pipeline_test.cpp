// Named pipelines: parameters, `use`, what is recorded of steps.
#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

constexpr const char *text = R"(
kernel scale(n: int32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = 2*x[i] {id=S}
end

kernel other(n: int32, y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = 1 {id=S}
end

pipeline base(tile = 16 in {8, 16, 32}, axis = "g.0") for scale
  split_iname(i, tile, outer=axis)
end

pipeline unrolled(tile = 4) for scale
  use base(2*tile, axis="g.1")
  split_iname(i_inner, tile)
  unroll(i_inner_inner)
end

pipeline hinted(depth = 4) for scale
  split_iname(i, depth, inner=unroll_hint(depth))
end

pipeline conditional(tile = 16, id = 3) for scale
  assume(n % tile = 0)
  split_iname(i, tile, within=id:S*)
end

pipeline loop for scale
  use loop
end

pipeline wrong for scale
  use base(tile=0)
end

pipeline defines for scale
  split_iname(i, 16)
  rename_argument(n, length)
  use base_of_outer
  batch(count)
end

pipeline base_of_outer for scale
  tag(i_outer, g.0)
end

pipeline too_late for scale
  rename_iname(i, count)
  split_iname(count, 4)
  batch(count, iname=i)
end
)";

class Pipelines : public testing::Test {
protected:
  PipelineResult run(const std::string &name, const PipelineOptions &options = {}, const char *kernel = "scale") {
    return runPipeline(module_, module_.kernel(kernel), *module_.findPipeline(name), options);
  }
  std::string errorOf(const std::string &name, const PipelineOptions &options = {}, const char *kernel = "scale") {
    try {
      run(name, options, kernel);
      return "";
    } catch (const UserError &error) {
      last_ = error.diagnostics();
      return error.diagnostics().at(0).message;
    }
  }

  Context context_;
  Module module_ = parseText(context_, "pipelines.loopy", text);
  std::vector<Diagnostic> last_;
};

TEST_F(Pipelines, UseDefaultsOfParameters) {
  const PipelineResult result = run("base");
  ASSERT_EQ(result.steps.size(), 1u);
  EXPECT_EQ(result.steps[0].text, "split_iname(i, 16, outer=\"g.0\")");
  EXPECT_EQ(printTree(result.kernel), "for i_outer [g.0]\n  for i_inner\n    S\n");
}

TEST_F(Pipelines, TakeGivenValuesOfParameters) {
  PipelineOptions options;
  options.arguments["tile"] = {int64_t{32}, {}, "32"};
  EXPECT_EQ(run("base", options).steps[0].text, "split_iname(i, 32, outer=\"g.0\")");
  options.arguments["tiles"] = {int64_t{32}, {}, "32"};
  EXPECT_NE(errorOf("base", options).find("tile"), std::string::npos);
}

TEST_F(Pipelines, PutParametersIntoTags) {
  EXPECT_EQ(printTree(run("hinted").kernel), "for i_outer\n  for i_inner [unroll_hint(4)]\n    S\n");
}

TEST_F(Pipelines, PutParametersIntoTextsOfPasses) {
  const PipelineResult result = run("conditional");
  ASSERT_EQ(result.steps.size(), 2u);
  EXPECT_EQ(result.steps[0].text, "assume(n % 16 = 0)");
  EXPECT_EQ(result.steps[1].text, "split_iname(i, 16, within=id:S*)");
}

TEST_F(Pipelines, UseEachOther) {
  const PipelineResult result = run("unrolled");
  ASSERT_EQ(result.steps.size(), 3u);
  EXPECT_EQ(result.steps[0].text, "split_iname(i, 8, outer=\"g.1\")");
  EXPECT_EQ(result.steps[1].text, "split_iname(i_inner, 4)");
}

// Steps that define another kernel are done to the kernel as written too, and the others are not.
TEST_F(Pipelines, CarryTheReferenceAlong) {
  const PipelineResult result = run("defines");
  EXPECT_EQ(result.kernel.argumentOrder, result.reference.argumentOrder);
  EXPECT_EQ(result.reference.argumentOrder.at(0), "count");
  EXPECT_NE(result.reference.findParam("length"), nullptr);
  EXPECT_EQ(printTree(result.kernel), "for batch\n  for i_outer [g.0]\n    for i_inner\n      S\n");
  EXPECT_EQ(printTree(result.reference), "for batch\n  for i\n    S\n");

  PipelineOptions definitionsOnly;
  definitionsOnly.definitionsOnly = true;
  const PipelineResult defined = run("defines", definitionsOnly);
  EXPECT_EQ(printTree(defined.kernel), printTree(result.reference));
  EXPECT_TRUE(defined.steps.empty());
}

TEST_F(Pipelines, SayWhyADefinitionFailsOnTheReference) {
  EXPECT_NE(errorOf("too_late").find("`i` is in use"), std::string::npos);
  ASSERT_EQ(last_.at(0).notes.size(), 1u);
  EXPECT_NE(last_[0].notes[0].message.find("also applied to the kernel as written"), std::string::npos);
}

TEST_F(Pipelines, RefuseToUseThemselves) { EXPECT_NE(errorOf("loop").find("uses itself"), std::string::npos); }

TEST_F(Pipelines, SayWhereTheyWereUsed) {
  EXPECT_NE(errorOf("wrong").find("from 1 to"), std::string::npos);
  ASSERT_EQ(last_.at(0).notes.size(), 1u);
  EXPECT_EQ(context_.sources().text(last_[0].notes[0].range).substr(0, 8), "use base");
}

TEST_F(Pipelines, AreForTheirKernel) {
  EXPECT_NE(errorOf("base", {}, "other").find("for kernel `scale`"), std::string::npos);
}

TEST_F(Pipelines, ReportEveryStep) {
  PipelineOptions options;
  std::vector<std::string> seen;
  options.afterStep = [&](const StepRecord &step, const Kernel &kernel) {
    seen.push_back(step.call.pass + ":" + std::to_string(kernel.inames.size()));
    EXPECT_GE(step.seconds, 0);
  };
  run("unrolled", options);
  EXPECT_EQ(seen, (std::vector<std::string>{"split_iname:2", "split_iname:3", "unroll:3"}));
}

} // namespace
} // namespace loopy
