#include "pipelines.h"

#include "support/point_set.h"
#include "support/program_interpreter.h"

#include "loopy/check/compare.h"
#include "loopy/check/inputs.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/verify.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/inline_kernel.h"
#include "loopy/transforms/pipeline.h"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace loopy::testing {
namespace {

// ---------------------------------------------------------------------------------------------------------- watchdog
// Nothing here may hang. Where something does, the trial is printed and the process ends.
constexpr unsigned mostSeconds = 60;
char currentTrial[4096];

extern "C" void onAlarm(int) {
  const char message[] = "a trial hangs:\n";
  (void)!write(STDERR_FILENO, message, sizeof message - 1);
  (void)!write(STDERR_FILENO, currentTrial, std::strlen(currentTrial));
  _exit(3);
}

class Watchdog {
public:
  explicit Watchdog(const Trial &trial) {
    std::strncpy(currentTrial, trial.text().c_str(), sizeof currentTrial - 1);
    std::signal(SIGALRM, onAlarm);
    alarm(mostSeconds);
  }
  ~Watchdog() { alarm(0); }
  Watchdog(const Watchdog &) = delete;
  Watchdog &operator=(const Watchdog &) = delete;
};

// --------------------------------------------------------------------------------------------------------- comparing
const Tolerance &toleranceOf(Type type) {
  static const Tolerance exact{}, coarse{1e-4, 1e-4}, fine{1e-10, 1e-10};
  const Type real = type.kind == ScalarKind::Complex64    ? float32Type
                    : type.kind == ScalarKind::Complex128 ? float64Type
                                                          : type;
  return real == float64Type ? fine : real.isFloat() ? coarse : exact;
}

// What the first differing array says; empty if all agree.
std::string difference(const Arguments &expected, const Arguments &actual) {
  for (const auto &[name, value] : expected) {
    auto it = actual.find(name);
    if (it == actual.end())
      continue; // not written, so no output
    const Comparison comparison = compare(value, it->second, toleranceOf(value.type));
    if (!comparison.agree)
      return name + ": " + comparison.message;
  }
  return "";
}

std::string sizesText(const Sizes &sizes) {
  std::string text;
  for (const auto &[name, value] : sizes)
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(value);
  return text;
}

// ------------------------------------------------------------------------------------------------------------- trial
class TrialRun {
public:
  TrialRun(const Trial &trial, const TrialOptions &options)
      : trial_(trial), options_(options), random_(trial.seed),
        module_(parseFile(context_, std::string(LOOPY_SOURCE_DIR) + "/test/property/pool/" + trial.file)),
        reference_(module_.kernel(trial.kernel)), kernel_(reference_) {}

  const Kernel &kernel() const { return kernel_; }

  // False if the step was refused; a failure is recorded.
  bool step(const std::string &call) {
    try {
      PipelineOptions options;
      options.reference = &reference_;
      PipelineResult next = runCalls(module_, kernel_, parsePipelineCalls(context_, "step", call), options);
      verify(next.kernel);
      kernel_ = std::move(next.kernel);
      reference_ = std::move(next.reference);
      outcome_.kept.push_back(call);
      return true;
    } catch (const UserError &error) {
      if (error.diagnostics().empty() || error.diagnostics()[0].message.empty())
        fail("step " + call + " is refused without a message");
      ++outcome_.refused;
    } catch (const std::exception &error) {
      fail("step " + call + ": " + error.what());
    }
    return false;
  }

  Outcome finish() {
    if (!outcome_.failed)
      guarded("the trial", [&] { compareAll(); });
    return std::move(outcome_);
  }
  const Outcome &outcome() const { return outcome_; }

private:
  void fail(std::string message) {
    if (outcome_.failed)
      return;
    outcome_.failed = true;
    outcome_.message = std::move(message);
  }

  // UserErrors are failures too, unless `mayRefuse`.
  template <class F> bool guarded(const std::string &what, F &&f, bool mayRefuse = false) {
    try {
      f();
      return true;
    } catch (const UserError &error) {
      if (!mayRefuse)
        fail(what + ": refused: " + error.what());
    } catch (const std::exception &error) {
      fail(what + ": " + error.what());
    }
    return false;
  }

  // Awkward values that the assumptions of both kernels allow, one parameter after the other.
  std::optional<Sizes> pickSizes() {
    static const std::vector<int64_t> awkward = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17};
    const std::vector<std::string> params = reference_.integerParams();
    const int64_t largest = params.size() > 2 ? 9 : 17;
    isl::set allowed = kernel_.assumptions.intersect(reference_.assumptions)
                           .intersect(fixed(poly::universe(context_.isl()), kernel_.fixedParams));
    Sizes sizes;
    for (const std::string &name : params) {
      isl::set rest = poly::emptySet(context_.isl());
      for (int attempt = 0; attempt < 6 && rest.is_empty(); ++attempt) {
        sizes[name] = std::min(random_.pick(awkward), largest);
        rest = fixed(allowed, {{name, sizes[name]}});
      }
      if (rest.is_empty()) {
        const std::optional<poly::Point> point = poly::samplePoint(allowed, {name});
        if (!point)
          return std::nullopt;
        sizes[name] = point->count(name) ? point->at(name) : 0;
        rest = fixed(allowed, {{name, sizes[name]}});
      }
      allowed = rest;
    }
    return sizes;
  }

  void compareAll() {
    std::optional<Program> c, openCL;
    // A temporary over a loop whose length only the data say has no extent, when its writes and reads stand apart.
    const bool hasDataLoops = std::any_of(kernel_.statements.begin(), kernel_.statements.end(),
                                          [](const StatementRef &statement) { return !statement->dataParams.empty(); });
    // Whether copies are enough is asked by the mapping.
    const bool hasCopies = std::any_of(kernel_.arrays.begin(), kernel_.arrays.end(),
                                       [](const Array &array) { return !array.copies.empty(); });
    guarded(
        "lowering for C", [&] { c = lower(kernel_, Target::c()); }, hasDataLoops || hasCopies);
    guarded(
        "lowering for OpenCL", [&] { openCL = lower(kernel_, Target::openCL()); }, true);
    outcome_.mappedToOpenCL = openCL.has_value();
    for (int round = 0; round < 3 && !outcome_.failed; ++round)
      if (std::optional<Sizes> sizes = pickSizes())
        compareAt(*sizes, c, openCL);
  }

  void compareAt(const Sizes &sizes, const std::optional<Program> &c, const std::optional<Program> &openCL) {
    Arguments inputs;
    // Index arrays into an empty array have no valid values: such sizes cannot be run.
    if (!guarded(
            "inputs", [&] { inputs = makeInputs(reference_, sizes, trial_.seed); }, true))
      return;
    const std::string at = " at " + sizesText(sizes);
    Arguments expected;
    guarded("the kernel as written" + at, [&] { expected = interpretKernel(inlineAllKernels(reference_), inputs); });
    auto same = [&](const std::string &what, const std::function<Arguments()> &run, bool mayRefuse = false) {
      if (outcome_.failed)
        return;
      Arguments actual;
      if (guarded(
              what + at, [&] { actual = run(); }, mayRefuse))
        if (std::string message = difference(expected, actual); !message.empty())
          fail(what + at + " disagrees with the kernel as written: " + message);
    };
    // The user's arrays may be in others.
    const Program interface = interfaceOf(kernel_);
    auto inHomes = [&](const std::function<Arguments(const Arguments &)> &run) {
      const Arguments own = packed(interface, inputs);
      return unpacked(interface, own, run(own));
    };
    // The interpreter looks at all values between the bounds of a loop. A nest of which few are instances is compared
    // as a program alone.
    same("the transformed kernel", [&] {
      try {
        return inHomes([&](const Arguments &own) { return interpretKernel(inlineAllKernels(kernel_), own); });
      } catch (const TooLong &) {
        return expected;
      }
    });
    if (c)
      same("its C program",
           [&] { return inHomes([&](const Arguments &own) { return interpretProgram(*c, own, random_); }); });
    if (openCL)
      same("its OpenCL program",
           [&] { return inHomes([&](const Arguments &own) { return interpretProgram(*openCL, own, random_); }); });
    if (!options_.compile)
      return;
    RunOptions runOptions;
    runOptions.contraction = false;
    if (c)
      same("its C code", [&] { return makeCRuntime()->run(*c, inputs, runOptions).outputs; });
    // No device has images of all types.
    const bool hasImages =
        std::any_of(kernel_.arrays.begin(), kernel_.arrays.end(), [](const Array &array) { return array.isImage; });
    if (openCL && !listDevices().empty())
      same(
          "its OpenCL code",
          [&] { return makeOpenCLRuntime(findDevice(""))->run(*openCL, inputs, runOptions).outputs; }, hasImages);
  }

  const Trial &trial_;
  const TrialOptions options_;
  Random random_;
  Context context_;
  const Module module_;
  Kernel reference_; // as written, with the steps that define another kernel
  Kernel kernel_;
  Outcome outcome_;
};

struct PoolEntry {
  std::string file, kernel;
};

std::vector<PoolEntry> readPool() {
  std::vector<std::string> files;
  for (const auto &entry : std::filesystem::directory_iterator(std::string(LOOPY_SOURCE_DIR) + "/test/property/pool"))
    if (entry.path().extension() == ".loopy")
      files.push_back(entry.path().filename());
  std::sort(files.begin(), files.end());
  std::vector<PoolEntry> pool;
  for (const std::string &file : files) {
    Context context;
    for (const Kernel &kernel :
         parseFile(context, std::string(LOOPY_SOURCE_DIR) + "/test/property/pool/" + file).kernels)
      pool.push_back({file, kernel.name});
  }
  return pool;
}

} // namespace

std::string Trial::text() const {
  std::string result = "kernel " + kernel + " of test/property/pool/" + file + ", seed " + std::to_string(seed) + "\n";
  for (const std::string &step : steps)
    result += "  " + step + "\n";
  return result;
}

Outcome tryPipeline(const Trial &trial, const TrialOptions &options) {
  Watchdog watchdog(trial);
  TrialRun run(trial, options);
  for (const std::string &step : trial.steps)
    if (!run.outcome().failed)
      run.step(step);
  return run.finish();
}

MadeTrial tryRandomPipeline(Random &random, int mostSteps, const TrialOptions &options) {
  static const std::vector<PoolEntry> pool = readPool();
  MadeTrial made;
  const PoolEntry &entry = random.pick(pool);
  made.trial = {entry.file, entry.kernel, {}, random.next()};
  TrialRun run(made.trial, options);
  for (int attempt = 0; attempt < 4 * mostSteps && static_cast<int>(made.trial.steps.size()) < mostSteps; ++attempt) {
    const std::string call = randomCall(random, run.kernel());
    Trial current = made.trial;
    current.steps.push_back(call);
    Watchdog watchdog(current);
    if (run.step(call) || run.outcome().failed)
      made.trial.steps.push_back(call);
    if (run.outcome().failed)
      break;
  }
  Watchdog watchdog(made.trial);
  made.outcome = run.finish();
  return made;
}

Trial shrink(Trial trial, const TrialOptions &options) {
  for (bool isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (size_t i = trial.steps.size(); i-- > 0;) {
      Trial shorter = trial;
      shorter.steps.erase(shorter.steps.begin() + static_cast<long>(i));
      const Outcome outcome = tryPipeline(shorter, options);
      if (!outcome.failed)
        continue;
      trial = std::move(shorter);
      isSmaller = true;
    }
  }
  return trial;
}

} // namespace loopy::testing
