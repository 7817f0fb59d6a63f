#include "loopy/check/sizes.h"
#include "parsed.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace loopy;

namespace {

std::set<int64_t> valuesOf(const std::vector<Sizes> &all, const std::string &name) {
  std::set<int64_t> values;
  for (const Sizes &sizes : all)
    values.insert(sizes.at(name));
  return values;
}

PipelineResult transformBy(Context &context, const Kernel &kernel, const std::string &calls) {
  Module module;
  module.context = &context;
  module.kernels = {kernel};
  return runCalls(module, kernel, parsePipelineCalls(context, "calls", calls));
}

const char *const copyText = R"(
kernel copy(n: int32, m: int32, a: float32[n, m], b: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  assume ASSUMPTION
  b[i, j] = a[i, j]
end
)";

Kernel copyKernel(Context &context, const std::string &assumption) {
  std::string text = copyText;
  text.replace(text.find("ASSUMPTION"), 10, assumption);
  return parseKernel(context, text);
}

TEST(InterestingSizes, LieAroundTheTiles) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 0");
  std::vector<Sizes> sizes = interestingSizes(kernel, transformBy(context, kernel, "split_iname(i, 16)"), 8, 1000000);
  EXPECT_LE(sizes.size(), 8u);
  for (const char *name : {"n", "m"}) {
    std::set<int64_t> values = valuesOf(sizes, name);
    for (int64_t value : {0, 1, 2, 15, 16, 17, 35})
      EXPECT_TRUE(values.count(value)) << name << "=" << value;
  }
}

TEST(InterestingSizes, SatisfyTheAssumptions) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 3 and n % 4 = 0 and m = 2*n");
  std::vector<Sizes> sizes = interestingSizes(kernel, transformBy(context, kernel, "split_iname(i, 16)"), 8, 1000000);
  EXPECT_GE(sizes.size(), 3u);
  for (const Sizes &s : sizes) {
    EXPECT_GE(s.at("n"), 3);
    EXPECT_EQ(s.at("n") % 4, 0);
    EXPECT_EQ(s.at("m"), 2 * s.at("n"));
  }
}

TEST(InterestingSizes, KeepWhatThePipelineFixes) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 0");
  std::vector<Sizes> sizes =
      interestingSizes(kernel, transformBy(context, kernel, "fix_parameters(m=10); split_iname(i, 8)"), 8, 1000000);
  EXPECT_EQ(valuesOf(sizes, "m"), std::set<int64_t>{10});
  EXPECT_GT(valuesOf(sizes, "n").size(), 4u);
}

TEST(InterestingSizes, BoundTheWork) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 0");
  PipelineResult transformed = transformBy(context, kernel, "split_iname(i, 128)");
  for (const Sizes &s : interestingSizes(kernel, transformed, 8, 1000))
    EXPECT_LE(s.at("n") * s.at("m"), 1000);
}

TEST(InterestingSizes, TheMostTellingComeFirst) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 0");
  PipelineResult transformed = transformBy(context, kernel, "split_iname(i, 16)");
  EXPECT_EQ(interestingSizes(kernel, transformed, 2, 1000000),
            (std::vector<Sizes>{{{"n", 1}, {"m", 1}}, {{"n", 17}, {"m", 35}}}));
}

TEST(NearestSizes, NothingWhereNothingIsAllowed) {
  Context context;
  Kernel kernel = copyKernel(context, "n >= 5");
  EXPECT_EQ(nearestSizes(kernel, 1), (Sizes{{"n", 5}, {"m", 1}}));
  kernel.assumptions = poly::emptySet(context.isl());
  EXPECT_EQ(nearestSizes(kernel, 1), std::nullopt);
}

TEST(InterestingSizes, EveryVersionIsRun) {
  Context context;
  const Kernel kernel = parseKernel(context, R"(
kernel scale(n: int32, m: int32, a: float32[n, m], b: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  b[i, j] = 2*a[i, j]   {id=S}
end
)");
  const PipelineResult transformed = transformBy(context, kernel, "specialize(\"n = 24 and m % 7 = 0\")");
  const std::vector<Sizes> sizes = interestingSizes(kernel, transformed, 3, 100000);
  EXPECT_EQ(sizes.size(), 4u);
  EXPECT_TRUE(std::any_of(sizes.begin(), sizes.end(), [](const Sizes &one) {
    return one.at("n") == 24 && one.at("m") > 0 && one.at("m") % 7 == 0;
  }));
}

} // namespace
