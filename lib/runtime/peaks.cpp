#include "peaks.h"

#include "cache.h"

#include <algorithm>
#include <limits>
#include <sstream>

namespace loopy {

Peaks cachedPeaks(const std::vector<std::string> &identity, const std::function<Peaks()> &measure) {
  const BinaryCache cache(cacheDirectory(), ".peaks");
  const std::string key = cacheKey(identity);
  if (const std::optional<std::string> entry = cache.load(key)) {
    Peaks peaks;
    std::istringstream stream(*entry);
    if (stream >> peaks.bytesPerSecond >> peaks.operationsPerSecond)
      return peaks;
  }
  const Peaks peaks = measure();
  std::ostringstream stream;
  stream.precision(17);
  stream << peaks.bytesPerSecond << " " << peaks.operationsPerSecond << "\n";
  cache.store(key, stream.str()); // where it cannot be kept, it is measured again
  return peaks;
}

double shortestTime(double seconds, const std::function<double()> &run) {
  const auto start = std::chrono::steady_clock::now();
  double shortest = std::numeric_limits<double>::infinity();
  for (int number = 0;
       number < 3 || std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds;
       ++number)
    shortest = std::min(shortest, run());
  return shortest;
}

} // namespace loopy
