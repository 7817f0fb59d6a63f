#include "loopy/check/check.h"
#include "loopy/check/inputs.h"
#include "parsed.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace loopy;

namespace {

const char *const scaleText = R"(
kernel scale(n: int32, s: float32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = s*x[i]
end
)";

PipelineResult transformBy(Context &context, const Kernel &kernel, const std::string &calls) {
  Module module;
  module.context = &context;
  module.kernels = {kernel};
  return runCalls(module, kernel, parsePipelineCalls(context, "calls", calls));
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
  EXPECT_TRUE(
      lastLine(printReport(report, context.sources())).starts_with("scale: pipeline blocks: PROVED and AGREES (C"));
}

const char *const scaledSumText = R"(
kernel scaled_sum(n: int32, s: float32, x: float32[n], y: out float32)
  domain { [i] : 0 <= i < n }
  y = sum(i, s*x[i])
end
)";

TEST(Check, AnApproximateStepIsMarked) {
  Context context;
  Kernel kernel = parseKernel(context, scaledSumText);
  PipelineResult transformed = transformBy(context, kernel, "split_iname(i, 16)\ncollect_common_factors(acc)");
  CheckReport report = check(kernel, transformed, "factored", {});
  const std::string text = printReport(report, context.sources());
  EXPECT_TRUE(report.passed()) << text;
  EXPECT_NE(text.find("2 steps proved, 1 of them approximate"), std::string::npos) << text;
  EXPECT_FALSE(report.steps[0].isApproximate);
  EXPECT_TRUE(report.steps[1].isApproximate);
}

// The tolerance is no pass for what is wrong.
TEST(Check, AWrongApproximateStepIsFound) {
  Context context;
  Kernel kernel = parseKernel(context, scaledSumText);
  std::string text = scaledSumText;
  text.replace(text.find("s*x[i]"), 6, "1.001*s*x[i]");
  PipelineResult wrong{.kernel = parseKernel(context, text), .steps = {}, .reference = kernel};
  wrong.steps.emplace_back().isApproximate = true;
  CheckReport report = check(kernel, wrong, "wrong", {});
  EXPECT_TRUE(report.isProved());
  EXPECT_FALSE(report.passed()) << printReport(report, context.sources());
}

TEST(Check, AWrongTransformationIsFound) {
  Context context;
  Kernel kernel = parseKernel(context, scaleText);
  // What a wrong pass would make of it: another factor, and an element too few.
  for (const char *wrong : {"2.0*s*x[i]", "s*x[n - 1 - i]"}) {
    std::string text = scaleText;
    text.replace(text.find("s*x[i]"), 6, wrong);
    CheckReport report = check(kernel, {parseKernel(context, text), {}, {}}, "wrong", {});
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
  CheckReport report = check(withLower("2"), {withLower("1"), {}, {}}, "wrong", {});
  EXPECT_FALSE(report.passed());
}

TEST(Check, RefutedBoundsFailWithoutRunning) {
  Context context;
  std::string text = scaleText;
  text.replace(text.find("x[i]"), 4, "x[i + 1]");
  Kernel kernel = parseKernel(context, text);
  CheckReport report = check(kernel, {kernel, {}, {}}, "none", {});
  EXPECT_FALSE(report.passed());
  EXPECT_FALSE(report.ran);
  std::string printed = printReport(report, context.sources());
  EXPECT_NE(printed.find("n=1, i=0: reads x[1]"), std::string::npos) << printed;
  EXPECT_EQ(lastLine(printed), "scale: without a pipeline: FAILED (an access is out of bounds)");
}

TEST(Check, AssumedAccessesAreTested) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel gather(n: int32, m: int32, index: int32[n], x: float32[m], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = x[index[i]] if index[i] != 1 else 0.0
end
)");
  Value index = randomValue(indexType, {3}, 1, "index");
  auto checkWith = [&](int32_t last) {
    const int32_t values[] = {0, 2, last};
    std::memcpy(index.bytes.data(), values, sizeof values);
    CheckOptions options;
    options.inputs = {{"index", index}, {"m", parseScalar(indexType, "m", "3")}};
    return check(kernel, {kernel, {}, {}}, "none", options);
  };
  EXPECT_TRUE(checkWith(2).passed());
  for (int32_t wrong : {3, -1, 1000000000}) {
    CheckReport report = checkWith(wrong);
    EXPECT_FALSE(report.passed());
    std::string text = printReport(report, context.sources());
    EXPECT_NE(text.find("`x[index[i]]` has the subscript " + std::to_string(wrong)), std::string::npos) << text;
  }
}

TEST(Check, AssumedWritesAreTested) {
  Context context;
  Kernel kernel = parseKernel(context, R"(
kernel scatter(n: int32, m: int32, index: int32[n], x: float32[n], y: inout float32[m])
  domain { [i] : 0 <= i < n }
  y[index[i]] = x[i]
end
)");
  CheckReport good = check(kernel, {kernel, {}, {}}, "none", {});
  EXPECT_TRUE(good.passed()) << printReport(good, context.sources());
  Value index = randomValue(indexType, {3}, 1, "index");
  std::memset(index.bytes.data(), 0x7f, index.bytes.size());
  CheckOptions options;
  options.inputs = {{"index", index}, {"m", parseScalar(indexType, "m", "3")}};
  EXPECT_FALSE(check(kernel, {kernel, {}, {}}, "none", options).passed());
}

TEST(Check, StaticOnlyDoesNotRun) {
  Context context;
  Kernel kernel = parseKernel(context, scaleText);
  CheckOptions options;
  options.staticOnly = true;
  CheckReport report = check(kernel, {kernel, {}, {}}, "none", options);
  EXPECT_TRUE(report.passed());
  EXPECT_TRUE(report.runs.empty());
  EXPECT_EQ(lastLine(printReport(report, context.sources())), "scale: without a pipeline: PROVED (not run)");
}

} // namespace
