// Every case of test/golden/transforms gives what its .expected file says. LOOPY_ACCEPT=1 writes these files anew.
#include "golden_cases.h"

#include <gtest/gtest.h>

namespace loopy::test {

class TransformsGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(TransformsGolden, GivesWhatIsExpected) {
  const GoldenCase &golden = GetParam();
  const std::string got = outcome(golden), expectedFile = golden.path() + ".expected";
  const bool isFailure = got.find(": error: ") != std::string::npos;
  EXPECT_EQ(isFailure, golden.isRefusal() || golden.isError()) << got;
  if (acceptsGoldens())
    writeText(expectedFile, got);
  else
    EXPECT_EQ(got, readText(expectedFile)) << "LOOPY_ACCEPT=1 accepts what was got";
}

INSTANTIATE_TEST_SUITE_P(Cases, TransformsGolden, testing::ValuesIn(goldenCases()),
                         [](const auto &info) { return info.param.pass + "_" + info.param.name; });

} // namespace loopy::test
