#include "loopy/check/check.h"

#include "elements.h"
#include "footprint.h"
#include "instrument.h"
#include "loopy/check/compare.h"
#include "loopy/check/inputs.h"
#include "loopy/codegen/emit.h"
#include "loopy/lower/lower.h"
#include "report.h"
#include "representable.h"
#include "tolerance.h"

#include <algorithm>

namespace loopy {

bool CheckedRun::agrees() const {
  return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome &outcome) { return outcome.agrees; });
}

static bool noneRefuted(const std::vector<BoundsFinding> &findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const BoundsFinding &finding) { return finding.verdict == BoundsFinding::Verdict::Refuted; });
}

bool CheckReport::isProved() const { return noneRefuted(bounds) && noneRefuted(transformedBounds); }

bool CheckReport::passed() const {
  return isProved() && std::all_of(runs.begin(), runs.end(), [](const CheckedRun &run) { return run.agrees(); });
}

namespace {

// Runs the reference program and the transformed kernel at several sizes and compares.
class Comparer {
public:
  Comparer(const Kernel &kernel, const PipelineResult &transformed, const CheckOptions &options, CheckReport &report)
      : kernel_(narrowToArguments(kernel, options.inputs)), transformed_(transformed), options_(options),
        report_(report), table_(kernel_), cRuntime_(makeCRuntime()) {
    if (std::any_of(transformed.steps.begin(), transformed.steps.end(),
                    [](const StepRecord &step) { return step.isApproximate; }))
      transformedTable_.emplace(transformed.kernel);
  }

  void addProgram(std::string target, Program program, Runtime *runtime) {
    programs_.push_back({std::move(target), std::move(program), runtime ? runtime : cRuntime_.get()});
  }

  // Accesses that are only assumed to be in bounds are tested before anything else is run.
  void addBoundsTests(const Kernel &kernel, const std::vector<BoundsFinding> &findings, const Target &target) {
    InstrumentedKernel instrumented = instrument(kernel, findings);
    if (instrumented.accesses.empty())
      return;
    Program program = lower(instrumented.kernel, target);
    boundsTests_.push_back({std::move(instrumented), std::move(program)});
  }

  void run(const Program &reference) {
    std::vector<Sizes> all = interestingSizes(kernel_, transformed_, options_.maxSizes, options_.maxWork);
    if (all.empty())
      report_.notes.push_back("No sizes were found that satisfy the assumptions and are small enough to run.");
    std::optional<UserError> refusal;
    for (const Sizes &sizes : all) {
      Arguments arguments;
      try {
        arguments = makeInputs(kernel_, sizes, options_.seed, options_.inputs);
        makeRepresentable(transformed_.kernel, options_.inputs, arguments);
      } catch (const UserError &error) {
        report_.notes.push_back("Not run at " + printSizes(sizes) + ": " + error.what());
        refusal = error;
        continue;
      }
      runAt(sizes, arguments, reference);
    }
    if (report_.runs.empty() && refusal)
      throw *refusal;
    judgeRunsWithNaN();
  }

private:
  struct Candidate {
    std::string target;
    Program program;
    Runtime *runtime;
  };

  struct BoundsTest {
    InstrumentedKernel instrumented;
    Program program;
  };

  void runAt(const Sizes &sizes, const Arguments &arguments, const Program &reference) {
    CheckedRun run;
    run.sizes = sizes;
    const RunOptions exact{.contraction = false};
    tell("reference in C at " + printSizes(sizes));
    if (!boundsTests_.empty())
      run.outcomes.push_back(runBoundsTests(arguments));
    if (run.agrees()) {
      Arguments expected = cRuntime_->run(reference, arguments, exact).outputs;
      if (std::any_of(expected.begin(), expected.end(),
                      [](const auto &output) { return containsNaN(output.second); })) {
        run.outcomes.push_back({"reference", false, "it gives NaN for this data", 0});
        runsWithNaN_.push_back(std::move(run));
        return;
      }
      int64_t roundings = countRoundings(table_, sizes, options_.fastMath);
      if (transformedTable_ &&
          __builtin_add_overflow(roundings, countRoundings(*transformedTable_, sizes, options_.fastMath), &roundings))
        roundings = std::numeric_limits<int64_t>::max();
      for (const Candidate &candidate : programs_) {
        tell(candidate.target + " at " + printSizes(sizes));
        run.outcomes.push_back(runAndCompare(candidate, sizes, arguments, expected, roundings));
      }
    }
    report_.runs.push_back(std::move(run));
  }

  // An iteration may overflow on random data after many steps. That says nothing about the pipeline, as long as most
  // sizes could be compared and the data was ours.
  void judgeRunsWithNaN() {
    const bool areHarmless = options_.inputs.empty() && runsWithNaN_.size() < report_.runs.size() / 2;
    for (CheckedRun &run : runsWithNaN_)
      if (areHarmless)
        report_.notes.push_back("Not compared at " + printSizes(run.sizes) +
                                ": the reference program itself gives NaN for random data.");
      else
        report_.runs.push_back(std::move(run));
  }

  CheckedRun::Outcome runAndCompare(const Candidate &candidate, const Sizes &sizes, const Arguments &arguments,
                                    const Arguments &expected, int64_t roundings) {
    const RunOptions guarded{.contraction = false, .sanitizeBounds = true};
    try {
      const Arguments actual = candidate.runtime->run(candidate.program, arguments, guarded).outputs;
      return compareAll(candidate.target, sizes, arguments, expected, actual, roundings);
    } catch (const WroteOutside &error) {
      return {candidate.target, false, error.what(), 0};
    }
  }

  CheckedRun::Outcome runBoundsTests(const Arguments &arguments) {
    RunOptions options{.contraction = false, .sanitizeBounds = true};
    std::string message;
    for (const BoundsTest &test : boundsTests_) {
      Arguments extended = arguments;
      extended[test.instrumented.outside] = test.instrumented.initialOutside();
      if (message.empty())
        message = test.instrumented.describe(cRuntime_->run(test.program, extended, options).outputs);
    }
    return {"bounds tests", message.empty(), message, 0};
  }

  CheckedRun::Outcome compareAll(const std::string &target, const Sizes &sizes, const Arguments &before,
                                 const Arguments &expected, const Arguments &actual, int64_t roundings) {
    CheckedRun::Outcome outcome{target, true, "", 0};
    for (const auto &[name, reference] : expected) {
      auto found = actual.find(name);
      require(found != actual.end(), "a transformed kernel has lost a result");
      const Tolerance tolerance =
          transformedTable_ ? toleranceFor(kernel_, transformed_.kernel, roundings, reference, options_.flushDenormals)
                            : toleranceFor(kernel_, roundings, reference, options_.flushDenormals);
      Comparison comparison = compare(reference, found->second, tolerance);
      outcome.largestError = std::max(outcome.largestError, comparison.largestError);
      if (comparison.agree)
        comparison.message = firstChange(name, sizes, before.at(name), found->second);
      if (!comparison.message.empty() && outcome.agrees) {
        outcome.agrees = false;
        outcome.message = "`" + name + "`: " + comparison.message;
      }
    }
    return outcome;
  }

  // The first element outside the write footprint that is not bit for bit what it was.
  std::string firstChange(const std::string &name, const Sizes &sizes, const Value &before, const Value &after) {
    constexpr size_t limit = 20000;
    const size_t bytes = before.type.sizeInBytes();
    for (int64_t element : untouched(name, sizes, limit)) {
      const size_t at = static_cast<size_t>(element) * bytes;
      if (!std::equal(before.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      before.bytes.begin() + static_cast<std::ptrdiff_t>(at + bytes),
                      after.bytes.begin() + static_cast<std::ptrdiff_t>(at)))
        return "element number " + std::to_string(element) + " was changed, which no statement writes";
    }
    return "";
  }

  const std::vector<int64_t> &untouched(const std::string &name, const Sizes &sizes, size_t limit) {
    auto [it, isNew] = untouched_.insert({{name, sizes}, {}});
    if (isNew)
      it->second = untouchedElements(table_, kernel_.array(name), sizes, limit);
    return it->second;
  }

  void tell(const std::string &what) const {
    if (options_.progress)
      options_.progress(report_.kernel + ": " + what);
  }

  Kernel kernel_;
  const PipelineResult &transformed_;
  const CheckOptions &options_;
  CheckReport &report_;
  AccessTable table_;
  std::optional<AccessTable> transformedTable_; // where a step is approximate
  std::unique_ptr<Runtime> cRuntime_;
  std::vector<Candidate> programs_;
  std::vector<CheckedRun> runsWithNaN_;
  std::vector<BoundsTest> boundsTests_;
  std::map<std::pair<std::string, Sizes>, std::vector<int64_t>> untouched_;
};

Target exactly(Target target) {
  target.contraction = false;
  return target;
}

// As the options ask for it, too: these are what the check is about.
Target withOptions(Target target, const CheckOptions &options) {
  target.openMp = options.openMp;
  target.fastMath = options.fastMath;
  target.flushDenormals = options.flushDenormals;
  return target;
}

} // namespace

CheckReport check(const Kernel &kernel, const PipelineResult &transformed, const std::string &pipeline,
                  const CheckOptions &options) {
  CheckReport report;
  report.kernel = kernel.name;
  report.pipeline = pipeline;
  report.seed = options.seed;
  report.steps = transformed.steps;
  report.bounds = checkBounds(kernel);
  report.transformedBounds = checkBounds(transformed.kernel);
  for (const Fact &fact : transformed.kernel.facts)
    report.facts.push_back(describeFact(fact));

  std::optional<DeviceInfo> device;
  if (!options.device.empty() || !listDevices().empty())
    device = findDevice(options.device);
  if (options.progress)
    options.progress(kernel.name + ": lowering");
  const Target openCLTarget = withOptions(exactly(device ? device->target() : Target::openCL()), options);
  const Mapping mapping = mapToTarget(transformed.kernel, openCLTarget);
  report.mapping = summarizeMapping(mapping);
  report.notes = mapping.notes;
  Program openCL = lower(transformed.kernel, mapping);
  Program c = lower(transformed.kernel, withOptions(exactly(Target::c()), options));
  for (const Program *program : {&openCL, &c})
    for (const std::string &note : program->notes)
      if (std::find(report.notes.begin(), report.notes.end(), note) == report.notes.end())
        report.notes.push_back(note);
  if (options.staticOnly || !report.isProved())
    return report;

  Comparer comparer(kernel, transformed, options, report);
  comparer.addProgram("C", std::move(c), nullptr);
  std::unique_ptr<Runtime> openCLRuntime;
  const std::string missing = device ? device->lacks(openCL) : "";
  if (!missing.empty()) {
    report.whyNotOpenCL = missing + ", which the device " + device->name + " does not have";
  } else if (device) {
    openCLRuntime = makeOpenCLRuntime(*device);
    comparer.addProgram("OpenCL", std::move(openCL), openCLRuntime.get());
    report.device = device->name;
  }
  comparer.addBoundsTests(kernel, report.bounds, exactly(Target::c()));
  comparer.addBoundsTests(transformed.kernel, report.transformedBounds, exactly(Target::c()));
  comparer.run(lower(kernel, exactly(Target::c())));
  report.ran = true;
  return report;
}

} // namespace loopy
