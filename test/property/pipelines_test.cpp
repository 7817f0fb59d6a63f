// Random pipelines: every step is refused with a reason, or the result still computes what the kernel says, in C and in
// OpenCL, without data races.
#include "pipelines.h"

#include "support/seeds.h"

#include <gtest/gtest.h>

namespace loopy::testing {
namespace {

struct Tally {
  int steps = 0, refused = 0, openCL = 0;
};

void checkOne(Random &random, const TrialOptions &options, Tally &tally) {
  const MadeTrial made = tryRandomPipeline(random, 6, options);
  tally.steps += static_cast<int>(made.outcome.kept.size());
  tally.refused += made.outcome.refused;
  tally.openCL += made.outcome.mappedToOpenCL;
  if (!made.outcome.failed)
    return;
  const Trial smallest = shrink(made.trial, options);
  FAIL() << smallest.text() << tryPipeline(smallest, options).message << "\nwas, before shrinking:\n"
         << made.trial.text() << made.outcome.message;
}

TEST(RandomPipelines, areRefusedOrRight) {
  Tally tally;
  forEachSeed(250, [&](Random &random) { checkOne(random, {}, tally); });
  // Too many refusals, and the test would say little.
  EXPECT_GT(tally.steps, tally.refused / 10);
  EXPECT_GT(tally.openCL, 0);
}

TEST(RandomPipelines, areRefusedOrRightWhenCompiled) {
  Tally tally;
  forEachSeed(12, [&](Random &random) { checkOne(random, {.compile = true}, tally); });
}

} // namespace
} // namespace loopy::testing
