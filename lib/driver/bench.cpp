#include "execution.h"
#include "loopy/check/check.h"
#include "loopy/check/inputs.h"

#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <cstdio>

namespace loopy {

namespace {

double median(std::vector<double> values) {
  require(!values.empty(), "a benchmark without times");
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string number(const char *format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string timeText(const std::vector<double> &seconds) {
  return number("%.4f ms", median(seconds) * 1e3) +
         number(" (fastest %.4f ms", *std::min_element(seconds.begin(), seconds.end()) * 1e3) +
         number(", slowest %.4f ms)", *std::max_element(seconds.begin(), seconds.end()) * 1e3);
}

// "67108864 (12.5 GFLOP/s)"
std::string rateText(std::optional<int64_t> amount, double seconds, const char *unit) {
  if (!amount)
    return "not counted";
  std::string text = std::to_string(*amount);
  if (seconds > 0)
    text += " (" + number("%.3f ", static_cast<double>(*amount) / seconds * 1e-9) + unit + ")";
  return text;
}

} // namespace

ExitStatus benchCommand(Session &session, const BenchCommand &options) {
  Execution execution = prepare(session, options.selection, options.target, options.sizes, options.inputs);
  constexpr int64_t usualSize = 1024, maxInstances = int64_t{1} << 30;
  Sizes sizes = chooseSizes(execution, usualSize, maxInstances);
  Arguments arguments = makeInputs(execution.kernel, sizes, options.seed, execution.given);
  session.showProgress(execution.kernel.name + ": running");
  RunOptions runOptions{.warmups = 1, .repetitions = options.repetitions, .contraction = options.target.contraction};
  RunTimes times = execution.runtime->run(execution.program, arguments, runOptions).times;
  session.showProgress(execution.kernel.name + ": counting");
  Work work = countWork(execution.kernel, sizes);
  session.showProgress("");
  const double seconds = median(times.eventSeconds);
  session.out() << execution.kernel.name << " at " << printSizes(sizes) << ", seed " << options.seed << ", on "
                << (execution.device ? execution.device->name : "this machine in C") << ", " << options.repetitions
                << (options.repetitions == 1 ? " run\n" : " runs\n")
                << "  device time:      " << timeText(times.eventSeconds) << "\n"
                << "  wall time:        " << timeText(times.wallSeconds) << "\n"
                << "  compile time:     " << number("%.1f ms", times.compileSeconds * 1e3)
                << (times.fromCache ? " (from the cache)\n" : "\n")
                << "  float operations: " << rateText(work.floatOperations, seconds, "GFLOP/s") << "\n"
                << "  bytes touched:    " << rateText(work.bytes, seconds, "GB/s") << "\n";
  return ExitStatus::Good;
}

} // namespace loopy
