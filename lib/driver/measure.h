// Measures one kernel on one target, in this process or in one of its own that a time limit can end.
#pragma once

#include "loopy/driver/commands.h"

#include <nlohmann/json.hpp>

#include <functional>

namespace loopy {

// What is known of a list of times.
struct Spread {
  double median = 0, lowerQuartile = 0, upperQuartile = 0, fastest = 0, slowest = 0;
};
Spread spreadOf(std::vector<double> values); // not empty
nlohmann::json toJson(const Spread &spread, const std::vector<double> &samples);
std::optional<Spread> spreadFrom(const nlohmann::json &json); // nothing if the fields are not there

struct Measurement {
  enum class Status { Measured, Refused, Stopped, Failed } status = Status::Measured;
  std::string reason{};                // of all but Measured
  std::vector<double> event{}, wall{}; // seconds, one for each repetition
  double compileSeconds = 0;
  bool fromCache = false;
  std::string device{}, driver{}; // where it ran
  bool isCpu = true;
  std::optional<Peaks> peaks{}; // where they were asked for
};
const char *spelling(Measurement::Status status);

struct MeasureOptions {
  TargetOptions target;
  RunOptions run;
  bool peaks = false, doubles = false;
};

// Finds the device, lowers, compiles and runs. UserError where that cannot be done.
Measurement measure(const Kernel &transformed, const Arguments &arguments, const MeasureOptions &options);

// The same in a process of its own, so that neither a crash nor a run that takes longer than `seconds` ends this one.
// The status says how it went; no UserError.
Measurement measureApart(const Kernel &transformed, const Arguments &arguments, const MeasureOptions &options,
                         double seconds);

// f() in a process of its own: its result; or why there is none, with `isStopped` for the time limit. What f prints is
// not to be relied on.
struct Apart {
  std::optional<nlohmann::json> result;
  bool isStopped = false;
  std::string reason;
};
Apart runApart(double seconds, const std::function<nlohmann::json()> &f);

} // namespace loopy
