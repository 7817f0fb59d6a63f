#include "loopy/driver/tuning.h"

#include "bench_report.h"
#include "execution.h"
#include "loopy/check/check.h"
#include "loopy/check/inputs.h"
#include "loopy/driver/print_kernel.h"
#include "loopy/lower/mapping.h"
#include "loopy/transforms/inline_kernel.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/SHA256.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <chrono>

namespace loopy {

namespace {

Selection withSettings(Selection selection, const Settings &settings) {
  std::vector<std::string> all;
  for (const auto &[name, value] : settings)
    all.push_back(name + "=" + value);
  all.insert(all.end(), selection.settings.begin(), selection.settings.end()); // the user's come last and win
  selection.settings = std::move(all);
  return selection;
}

// A hash of the kernel as written, with those that it is made of, and of what the pipeline does to it with its
// defaults.
std::string contentOf(Session &session, const Module &module, const Job &job, const TargetOptions &target) {
  std::string text = printKernel(*job.kernel);
  const std::vector<PipelineCall> &steps = job.pipeline->calls;
  if (callsKernels(*job.kernel) ||
      std::any_of(steps.begin(), steps.end(), [](const PipelineCall &call) { return call.pass == "fuse_kernels"; }))
    for (const Kernel &kernel : module.kernels)
      text += printKernel(kernel);
  for (const PipelineParam &param : job.pipeline->params) {
    text += "\n" + param.name + "=" + param.value.source;
    for (const PipelineValue &candidate : param.candidates)
      text += "," + candidate.source;
  }
  for (const PipelineCall &call : job.pipeline->calls) {
    text += "\n" + call.pass;
    for (const PipelineValue &value : call.positional)
      text += "," + value.source;
    for (const auto &[name, value] : call.named)
      text += "," + name + "=" + value.source;
    if (call.pass == "use" && !call.positional.empty())
      if (const PipelineSource *used = module.findPipeline(call.positional.front().source))
        text += contentOf(session, module, {job.kernel, used, {}, used->name}, target);
  }
  text += std::string("\n") + (target.openMp ? "openmp " : "") + (target.fastMath ? "fast-math " : "") +
          (target.flushDenormals ? "flush-denormals " : "") + (target.contraction ? "contract " : "") +
          std::to_string(target.indexBits);
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(text));
  const auto digest = hash.final();
  return llvm::toHex(llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(digest.data()), digest.size()), true);
}

std::string deviceIdentity(const TargetOptions &target, const std::optional<DeviceInfo> &device) {
  return device ? device->platform + ", " + device->name + ", " + device->version + ", driver " + device->driver
                : "C, " + std::to_string(threadsOfC(target.openMp)) + " threads";
}

std::optional<DeviceInfo> deviceOf(const TargetOptions &target) {
  return target.language == "opencl" ? std::optional(findDevice(target.device)) : std::nullopt;
}

class Tuner {
public:
  Tuner(Session &session, const TuneCommand &options)
      : session_(session), options_(options), module_(loadModule(session, options.selection)),
        job_(selectOne(session, module_, options.selection)),
        database_(options.database.empty() ? defaultTuningDatabase() : options.database) {
    if (!job_.pipeline)
      throw UserError({}, "`" + job_.kernel->name + "` has no pipeline whose parameters could be tuned.");
    defined_ = definedKernel(session, module_, job_, options.selection);
    given_ = givenArguments(defined_, options.sizes, options.inputs);
  }

  ExitStatus run() {
    std::vector<Settings> points = allPoints(candidates());
    // OpenCL is looked at in another process: one that has opened a device cannot be copied.
    findTarget();
    discard(points);
    if (points_.empty())
      throw UserError(job_.pipeline->range, "No combination of the parameters is legal:" + reasonsText());
    prepareData();
    const std::vector<size_t> order =
        successiveHalving(points_.size(), {[&](size_t point, int repetitions) { return time(point, repetitions); },
                                           [&] { return secondsSinceStart() > options_.timeLimit; }});
    session_.showProgress("");
    report(points.size());
    return verifyBest(order);
  }

private:
  using Clock = std::chrono::steady_clock;
  double secondsSinceStart() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  std::vector<std::pair<std::string, std::vector<std::string>>> candidates() const {
    std::vector<std::pair<std::string, std::vector<std::string>>> result;
    for (const PipelineParam &param : job_.pipeline->params) {
      std::vector<std::string> values;
      for (const PipelineValue &value : param.candidates)
        values.push_back(value.source);
      if (!values.empty())
        result.emplace_back(param.name, std::move(values));
    }
    if (result.empty())
      throw UserError(job_.pipeline->range, "The pipeline `" + job_.pipeline->name +
                                                "` declares no values to try, as in `tile = 16 in {8, 16, 32}`.");
    return result;
  }

  void findTarget() {
    const Apart apart = runApart(60, [&] {
      const std::optional<DeviceInfo> device = deviceOf(options_.target);
      const Target target = makeTarget(options_.target, device ? &*device : nullptr);
      return nlohmann::json{{"identity", deviceIdentity(options_.target, device)},
                            {"local", target.localMemoryBytes},
                            {"group", target.maxWorkGroupSize},
                            {"items", target.maxWorkItemSizes}};
    });
    if (!apart.result)
      throw UserError({}, apart.reason);
    target_ = makeTarget(options_.target, nullptr);
    target_.localMemoryBytes = (*apart.result)["local"].get<uint64_t>();
    target_.maxWorkGroupSize = (*apart.result)["group"].get<uint64_t>();
    target_.maxWorkItemSizes = (*apart.result)["items"].get<std::array<uint64_t, 3>>();
    key_.device = (*apart.result)["identity"].get<std::string>();
  }

  // Keeps the points whose every step is proved legal and that the device can hold.
  void discard(const std::vector<Settings> &points) {
    for (const Settings &point : points) {
      session_.showProgress(job_.kernel->name + ": proving " + pointName(point));
      try {
        PipelineResult result = transform(session_, module_, job_, withSettings(options_.selection, point));
        mapToTarget(liveKernel(result.kernel), target_);
        points_.push_back({point, std::move(result)});
      } catch (const UserError &error) {
        ++discarded_[error.what()];
      }
    }
  }

  void prepareData() {
    Kernel kernel = narrowToArguments(defined_, given_);
    for (const Point &point : points_) {
      kernel.assumptions = kernel.assumptions.intersect(point.result.kernel.assumptions);
      kernel.fixedParams.insert(point.result.kernel.fixedParams.begin(), point.result.kernel.fixedParams.end());
    }
    constexpr int64_t usualSize = 1024, maxInstances = int64_t{1} << 30;
    key_.sizes = chooseSizes(kernel, usualSize, maxInstances);
    key_.kernel = job_.kernel->name;
    key_.pipeline = job_.pipeline->name;
    key_.content = contentOf(session_, module_, job_, options_.target);
    arguments_ = makeInputs(kernel, key_.sizes, options_.seed, given_, /*fillOutputs=*/false);
  }

  std::optional<double> time(size_t point, int repetitions) {
    const std::string name = pointName(points_[point].settings);
    if (const auto known = database_.time(key_, name, repetitions)) {
      ++known_;
      if (*known)
        seconds_[point] = **known;
      return *known;
    }
    session_.showProgress(job_.kernel->name + ": " + name + ", " + std::to_string(repetitions) + " runs; " +
                          number("%.0f s of ", secondsSinceStart()) + number("%.0f s", options_.timeLimit));
    session_.out().flush();
    MeasureOptions options{options_.target, {}, false, false};
    options.run = {.warmups = 1,
                   .warmupSeconds = 0.02,
                   .repetitions = repetitions,
                   .collectOutputs = false,
                   .contraction = options_.target.contraction};
    // A point whose runs take ten times as long as the best so far is out. Compiling may take four times as long as any
    // measurement did.
    const double begin = secondsSinceStart(), left = std::max(1.0, options_.timeLimit - begin);
    const double limit = best_ ? std::min(left, 5 + 4 * longest_ + 10 * *best_ * (repetitions + 3)) : left;
    const Measurement measured = measureApart(points_[point].result.kernel, arguments_, options, limit);
    longest_ = std::max(longest_, secondsSinceStart() - begin);
    std::optional<double> seconds;
    if (measured.status == Measurement::Status::Measured)
      seconds = spreadOf(measured.event).median;
    else
      failed_[name] = measured.reason;
    ++measured_;
    if (measured.status != Measurement::Status::Stopped) // a later run may have more time
      database_.recordTime(key_, name, repetitions, seconds);
    if (seconds) {
      seconds_[point] = *seconds;
      best_ = std::min(best_.value_or(*seconds), *seconds);
    }
    return seconds;
  }

  std::string reasonsText() const {
    std::string text;
    for (const auto &[reason, count] : discarded_)
      text += "\n    " + std::to_string(count) + ": " + reason.substr(0, reason.find('\n'));
    return text;
  }

  void report(size_t total) {
    int discarded = 0;
    for (const auto &[reason, count] : discarded_)
      discarded += count;
    session_.out() << job_.kernel->name << " (pipeline " << job_.pipeline->name << ") at " << printSizes(key_.sizes)
                   << " on " << key_.device << "\n  " << total << " points, " << discarded
                   << " discarded by proof before compiling" << reasonsText() << "\n  " << measured_
                   << " measurements, " << known_ << " known from before\n";
    for (const auto &[name, reason] : failed_)
      session_.out() << "    " << name << ": " << reason << "\n";
  }

  // Takes the fastest point whose results agree with the reference program's.
  ExitStatus verifyBest(const std::vector<size_t> &order) {
    for (size_t number : order) {
      const Point &point = points_[number];
      CheckOptions checkOptions = checkOptionsFor(options_.target, options_.target.device, options_.seed);
      checkOptions.progress = [&](const std::string &what) { session_.showProgress(what); };
      const CheckReport checked = check(point.result.reference, point.result, job_.name, checkOptions);
      session_.showProgress("");
      if (!checked.passed()) {
        session_.out() << "  " << pointName(point.settings) << ": disagrees with the reference program\n"
                       << printReport(checked, session_.context().sources());
        continue;
      }
      database_.recordBest(key_, point.settings, seconds_.at(number));
      session_.out() << "  best: " << pointName(point.settings) << ", " << timeText(seconds_.at(number))
                     << ", equal to the reference program\n  use it with: -p " << job_.pipeline->name << " --tuned\n";
      return ExitStatus::Good;
    }
    throw UserError({}, order.empty() ? "No point could be measured in the time allowed."
                                      : "No point that was measured agrees with the reference program.");
  }

  struct Point {
    Settings settings;
    PipelineResult result;
  };

  Session &session_;
  const TuneCommand &options_;
  Clock::time_point start_ = Clock::now();
  Module module_;
  Job job_;
  TuningDatabase database_;
  TuningDatabase::Key key_;
  Target target_;
  Kernel defined_; // what the arguments are of
  Arguments given_, arguments_;
  std::vector<Point> points_;
  std::map<size_t, double> seconds_; // last measured, by point
  std::optional<double> best_;
  double longest_ = 0;                        // of the measurements, compilation included
  std::map<std::string, int> discarded_;      // reason -> how often
  std::map<std::string, std::string> failed_; // point -> reason
  int measured_ = 0, known_ = 0;
};

} // namespace

ExitStatus tuneCommand(Session &session, const TuneCommand &options) { return Tuner(session, options).run(); }

Selection tunedSelection(Session &session, const Module &module, const Selection &selection,
                         const TargetOptions &target, const std::vector<std::string> &sizes) {
  if (!selection.tuned)
    return selection;
  const Job job = selectOne(session, module, selection);
  if (!job.pipeline)
    throw UserError({}, "--tuned needs a pipeline: choose one with -p PIPELINE.");
  TuningDatabase::Key key;
  key.content = contentOf(session, module, job, target);
  // As in Tuner: the device is asked in a process of its own, since `bench --steps` copies this one later.
  const Apart apart = runApart(60, [&] { return nlohmann::json(deviceIdentity(target, deviceOf(target))); });
  if (!apart.result)
    throw UserError({}, apart.reason);
  key.device = apart.result->get<std::string>();
  for (const auto &[name, value] : givenArguments(definedKernel(session, module, job, selection), sizes, {}))
    if (value.type.isInteger() && value.shape.empty())
      key.sizes[name] = integerOf(value);
  const std::optional<Settings> best = TuningDatabase(defaultTuningDatabase()).best(key);
  if (!best)
    throw UserError({}, "The pipeline `" + job.pipeline->name + "` has not been tuned for " + key.device +
                            ", this kernel and these options: run `loopyc tune` first.");
  return withSettings(selection, *best);
}

} // namespace loopy
