// Warm-up runs and timed runs, the same for every kind of device.
#pragma once

#include "loopy/runtime/runtime.h"

#include <algorithm>

namespace loopy {

struct RunSeconds {
  double event = 0, wall = 0;
};

// run() -> RunSeconds; restore() before every run but the first; afterFirst() after the first one.
template <class Restore, class Run, class AfterFirst>
void repeat(const RunOptions &options, RunTimes &times, Restore &&restore, Run &&run, AfterFirst &&afterFirst) {
  double spent = 0;
  for (int number = 0; times.wallSeconds.size() < static_cast<size_t>(std::max(options.repetitions, 1)); ++number) {
    if (number > 0)
      restore();
    const bool isWarmup = number < options.warmups || spent < options.warmupSeconds;
    const RunSeconds seconds = run();
    spent += seconds.wall;
    const bool isLast = options.timeLimit > 0 && spent > options.timeLimit;
    if (!isWarmup || isLast) {
      times.eventSeconds.push_back(seconds.event);
      times.wallSeconds.push_back(seconds.wall);
    }
    if (number == 0)
      afterFirst();
    if (isLast)
      return;
  }
}

} // namespace loopy
