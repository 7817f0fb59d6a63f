// Measuring peaks, and the file that keeps them.
#pragma once

#include "loopy/runtime/runtime.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace loopy {

// The peaks kept on disk for a device that `identity` describes, else `measure()`, which is then kept.
Peaks cachedPeaks(const std::vector<std::string> &identity, const std::function<Peaks()> &measure);

// The shortest of the times, in seconds, that run() returns in about `seconds` of wall time, three runs at least.
double shortestTime(double seconds, const std::function<double()> &run);

} // namespace loopy
