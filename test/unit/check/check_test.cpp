#include "loopy/check/check.h"
#include "parsed.h"

#include <gtest/gtest.h>

using namespace loopy;

namespace {

const char *const scaleText = R"(
kernel scale(n: int32, s: float32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = s*x[i]
end
)";

PipelineResult transformBy(Context &context, const Kernel &kernel, const std::string &calls) {
  return runCalls({&context, {kernel}, {}}, kernel, parsePipelineCalls(context, "calls", calls));
}

std::string lastLine(const std::string &text) {
  size_t end = text.find_last_not_of('\n');
  return text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end));
}

TEST(Check, AGoodPipelineAgrees) {
  Context context;
  Kernel kernel = parseKernel(context, scaleText);
  PipelineResult transformed = transformBy(context, kernel, "split_iname(i, 16, outer=g.0, inner=l.0)");
  CheckReport report = check(kernel, transformed, "blocks", {});
  EXPECT_TRUE(report.passed()) << printReport(report, context.sources());
  EXPECT_EQ(report.steps.size(), 1u);
  EXPECT_GE(report.runs.size(), 6u);
  EXPECT_TRUE(lastLine(printReport(report, context.sources())).starts_with("scale: pipeline blocks: PROVED and AGREES (C"));
}

TEST(Check, AWrongTransformationIsFound) {
  Context context;
  Kernel kernel = parseKernel(context, scaleText);
  // What a wrong pass would make of it: another factor, and an element too few.
  for (const char *wrong : {"2.0*s*x[i]", "s*x[n - 1 - i]"}) {
    std::string text = scaleText;
    text.replace(text.find("s*x[i]"), 6, wrong);
    CheckReport report = check(kernel, {parseKernel(context, text), {}}, "wrong", {});
    EXPECT_TRUE(report.isProved());
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(lastLine(printReport(report, context.sources())), "scale: pipeline wrong: FAILED (results disagree)");
  }
}

TEST(Check, AnElementThatIsNotToBeWrittenIsGuarded) {
  Context context;
  const char *const text = R"(
kernel half(n: int32, x: float32[n], y: inout float32[n])
  domain { [i] : LOWER <= i < n }
  y[i] = x[i]
end
)";
  auto withLower = [&](const char *lower) {
    std::string result = text;
    result.replace(result.find("LOWER"), 5, lower);
    return parseKernel(context, result);
  };
  CheckReport report = check(withLower("2"), {withLower("1"), {}}, "wrong", {});
  EXPECT_FALSE(report.passed());
}

TEST(Check, RefutedBoundsFailWithoutRunning) {
  Context context;
  std::string text = scaleText;
  text.replace(text.find("x[i]"), 4, "x[i + 1]");
  Kernel kernel = parseKernel(context, text);
  CheckReport report = check(kernel, {kernel, {}}, "none", {});
  EXPECT_FALSE(report.passed());
  EXPECT_FALSE(report.ran);
  std::string printed = printReport(report, context.sources());
  EXPECT_NE(printed.find("n=1, i=0: reads x[1]"), std::string::npos) << printed;
  EXPECT_EQ(lastLine(printed), "scale: without a pipeline: FAILED (an access is out of bounds)");
}

TEST(Check, StaticOnlyDoesNotRun) {
  Context context;
  Kernel kernel = parseKernel(context, scaleText);
  CheckOptions options;
  options.staticOnly = true;
  CheckReport report = check(kernel, {kernel, {}}, "none", options);
  EXPECT_TRUE(report.passed());
  EXPECT_TRUE(report.runs.empty());
  EXPECT_EQ(lastLine(printReport(report, context.sources())), "scale: without a pipeline: PROVED (not run)");
}

} // namespace
