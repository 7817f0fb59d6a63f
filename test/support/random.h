// A reproducible source of random choices: the same seed gives the same choices on every machine.
#pragma once

#include "loopy/support/diagnostics.h"

#include <cstdint>
#include <random>
#include <vector>

namespace loopy::testing {

class Random {
public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // A number in [low, high]. (std::uniform_int_distribution may differ from library to library.)
  int64_t between(int64_t low, int64_t high) {
    require(low <= high, "an empty range has no random number");
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T> const T &pick(const std::vector<T> &items) {
    require(!items.empty(), "there is nothing to pick from");
    return items[static_cast<size_t>(between(0, static_cast<int64_t>(items.size()) - 1))];
  }
  template <class T> void shuffle(std::vector<T> &items) {
    for (size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<size_t>(between(0, static_cast<int64_t>(i) - 1))]);
  }
  uint64_t next() { return engine_(); }

private:
  std::mt19937_64 engine_;
};

} // namespace loopy::testing
