// Choosing values of a pipeline's parameters by measuring, and remembering what was found.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace loopy {

using Settings = std::map<std::string, std::string>; // pipeline parameter -> its value as text

// "tile=16, width=4", the name of a point.
std::string pointName(const Settings &settings);
// Every combination of candidates, the first parameter varying slowest.
std::vector<Settings> allPoints(const std::vector<std::pair<std::string, std::vector<std::string>>> &candidates);

struct TuneHooks {
  // Seconds of one run, from so many repetitions; nothing where the point cannot be run.
  std::function<std::optional<double>(size_t point, int repetitions)> time;
  std::function<bool()> isOutOfTime; // asked before each measurement
};
// Successive halving (Karnin, Koren, Somekh: Almost optimal exploration in multi-armed bandits, 2013): all points are
// timed with few repetitions, the faster half with twice as many, and so on. The points that ran, the best first; when
// time is out, as far as it came.
std::vector<size_t> successiveHalving(size_t points, const TuneHooks &hooks);

// What is known, in a JSON file that is read at once and rewritten whole (by renaming) with each result.
class TuningDatabase {
public:
  struct Key {
    std::string kernel;                   // name
    std::string pipeline;                 // name
    std::string content;                  // hash of the kernel and of what the pipeline does to it
    std::string device;                   // name and driver
    std::map<std::string, int64_t> sizes; // of one size class: all with the same binary logarithms, rounded down
  };
  // Starts empty where there is no file; UserError where it is no such database.
  explicit TuningDatabase(std::string path);

  std::optional<std::optional<double>> time(const Key &key, const std::string &point, int repetitions) const;
  void recordTime(const Key &key, const std::string &point, int repetitions, std::optional<double> seconds);
  void recordBest(const Key &key, const Settings &settings, double seconds);
  // The best settings for this kernel, pipeline and device, of the size class nearest to `sizes`.
  std::optional<Settings> best(const Key &key) const;

private:
  std::string path_;
};
// $LOOPYC_TUNING, else tuning.json in the cache directory.
std::string defaultTuningDatabase();

} // namespace loopy
