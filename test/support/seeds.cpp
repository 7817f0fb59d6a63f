#include "support/seeds.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace loopy::testing {

void forEachSeed(int count, const std::function<void(Random &)> &property) {
  const char *const only = std::getenv("LOOPY_PROPERTY_SEED");
  const char *const start = std::getenv("LOOPY_PROPERTY_FIRST");
  const char *const seconds = std::getenv("LOOPY_PROPERTY_SECONDS");
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds ? std::atoi(seconds) : 0);
  const char *const given = only ? only : start;
  const uint64_t first = given ? std::strtoull(given, nullptr, 10) : 1;
  const uint64_t last = only ? first : first + static_cast<uint64_t>(count) - 1;
  for (uint64_t seed = first; seed <= last || (!only && Clock::now() < end); ++seed) {
    SCOPED_TRACE("repeat with LOOPY_PROPERTY_SEED=" + std::to_string(seed));
    Random random(seed);
    property(random);
    if (::testing::Test::HasFailure())
      return;
  }
}

} // namespace loopy::testing
