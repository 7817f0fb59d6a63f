#include "bench_report.h"
#include "execution.h"
#include "loopy/check/check.h"
#include "loopy/check/inputs.h"

#include <llvm/Support/raw_ostream.h>

#include <unistd.h>

namespace loopy {

using nlohmann::json;

namespace {

// One entry of the report to be: the kernel after so many steps, or why there is none.
struct Variant {
  int step = 0;
  std::string name;
  std::optional<Kernel> kernel;
  std::string reason;
};

// What is to be measured, all at the same sizes and on the same data.
struct Subject {
  Module module;
  Job job;
  Kernel defined; // as written, with the steps that define another kernel
  Kernel kernel;  // the same with what the arguments and the pipeline assume
  Arguments given;
  std::vector<Variant> variants;
  PipelineResult transformed; // as far as it came
};

// The kernel as written and after each step. A pipeline that is refused half-way ends the list with its reason.
Subject prepareSteps(Session &session, const BenchCommand &options, Module module) {
  Subject subject;
  subject.module = std::move(module);
  subject.job = selectOne(session, subject.module, options.selection);
  subject.defined = definedKernel(session, subject.module, subject.job, options.selection);
  subject.given = givenArguments(subject.defined, options.sizes, options.inputs);
  subject.kernel = narrowToArguments(subject.defined, subject.given);
  const Selection selection = tunedSelection(session, subject.module, options.selection, options.target, options.sizes);
  std::vector<Variant> &variants = subject.variants;
  variants.push_back({0, "as written", subject.defined, ""});
  try {
    subject.transformed = transform(session, subject.module, subject.job, selection,
                                    [&](const StepRecord &step, const Kernel &kernel) {
                                      variants.push_back({static_cast<int>(variants.size()), step.text, kernel, ""});
                                    });
  } catch (const UserError &error) {
    if (!options.steps)
      throw;
    variants.push_back({static_cast<int>(variants.size()), "(the next step)", std::nullopt, error.what()});
  }
  if (!options.steps) {
    const std::string name = variants.size() > 1 ? "whole pipeline" : "as written";
    variants = {{static_cast<int>(variants.size()) - 1, name, subject.transformed.kernel, ""}};
  }
  for (Variant &variant : variants)
    if (variant.kernel && variant.kernel->argumentOrder != subject.defined.argumentOrder) {
      variant.kernel.reset();
      variant.reason = "it has other arguments than the kernel that the pipeline defines";
    }
  for (const Variant &variant : variants)
    if (variant.kernel) {
      subject.kernel.assumptions = subject.kernel.assumptions.intersect(variant.kernel->assumptions);
      subject.kernel.fixedParams.insert(variant.kernel->fixedParams.begin(), variant.kernel->fixedParams.end());
    }
  return subject;
}

bool usesDoubles(const Kernel &kernel) {
  auto isDouble = [](Type type) { return type.kind == ScalarKind::Float64 || type.kind == ScalarKind::Complex128; };
  for (const Array &array : kernel.arrays)
    if (isDouble(array.type))
      return true;
  return false;
}

// The arguments are made here once, and copied once into the memory of the device or of the C program.
void requireHostMemory(const Kernel &kernel, const Sizes &sizes) {
  double bytes = 0;
  for (const Array &array : kernel.arrays)
    if (!array.isTemp()) {
      double each = array.type.sizeInBytes();
      for (Expr extent : array.shape)
        each *= static_cast<double>(evaluate(extent, sizes));
      bytes += 2 * each;
    }
  const double available = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > available)
    throw UserError({}, "The arrays and their copies take " + number("%.0f", bytes) + " bytes, but this machine has " +
                            number("%.0f", available) + ".");
}

json reportHead(const Subject &subject, const BenchCommand &options, const Sizes &sizes, const Work &work) {
  const TargetOptions &target = options.target;
  json head = {{"format", "loopyc bench 1"},
               {"kernel", subject.kernel.name},
               {"pipeline", subject.job.name},
               {"target", target.language},
               {"sizes", sizes},
               {"seed", options.seed},
               {"settings", options.selection.settings},
               {"openmp", target.openMp},
               {"contraction", target.contraction},
               {"fast_math", target.fastMath},
               {"flush_denormals", target.flushDenormals},
               {"float_operations", nullptr},
               {"bytes", nullptr},
               {"results", json::array()}};
  if (work.floatOperations)
    head["float_operations"] = *work.floatOperations;
  if (work.bytes)
    head["bytes"] = *work.bytes;
  return head;
}

void addPlace(json &report, const Measurement &measured, bool doubles) {
  if (measured.status != Measurement::Status::Measured || report.contains("device"))
    return;
  report["device"] = measured.device;
  report["driver"] = measured.driver;
  if (measured.peaks)
    report["peaks"] = {{"precision", doubles ? "float64" : "float32"},
                       {"gflops", measured.peaks->operationsPerSecond * 1e-9},
                       {"gbs", measured.peaks->bytesPerSecond * 1e-9}};
}

// Proves and runs the pipeline at just these sizes, as `loopyc check` does; whether all agree.
bool checkAt(Session &session, const Subject &subject, const BenchCommand &options, const Sizes &sizes,
             const Arguments &given) {
  CheckOptions checkOptions = checkOptionsFor(options.target, options.target.device, options.seed);
  checkOptions.maxSizes = 1;
  checkOptions.maxWork = int64_t{1} << 40;
  checkOptions.inputs = given;
  for (const Param &param : subject.kernel.params)
    if (auto size = sizes.find(param.name); size != sizes.end())
      checkOptions.inputs[param.name] = parseScalar(param.type, param.name, std::to_string(size->second));
  session.showProgress(subject.kernel.name + ": checking");
  const CheckReport report = check(subject.defined, subject.transformed, subject.job.name, checkOptions);
  session.showProgress("");
  session.out() << (report.passed() ? "  checked:          equal to the reference program, C and OpenCL\n"
                                    : printReport(report, session.context().sources()));
  return report.passed();
}

json readReport(const std::string &path) {
  json report = json::parse(readText(path), nullptr, false);
  if (report.is_discarded())
    throw UserError({}, "`" + path + "` is not JSON.");
  return report;
}

void writeChart(const std::string &path, const json &report) {
  writeText(path, chartText(report, path.ends_with(".html") || path.ends_with(".htm")));
}

} // namespace

ExitStatus benchCommand(Session &session, const BenchCommand &options) {
  if (!options.compare.empty()) {
    if (options.compare.size() != 2)
      throw UsageError("--compare takes two files, the older one first.");
    session.out() << compareText(readReport(options.compare[0]), readReport(options.compare[1]), options.compare[0],
                                 options.compare[1]);
    return ExitStatus::Good;
  }
  if (options.selection.file.empty())
    throw UsageError("FILE is required, or --compare with two results.");
  Module module = loadModule(session, options.selection);
  Subject subject = prepareSteps(session, options, std::move(module));
  const Arguments given = subject.given;
  constexpr int64_t usualSize = 1024, maxInstances = int64_t{1} << 30;
  const Sizes sizes = chooseSizes(subject.kernel, usualSize, maxInstances);
  requireHostMemory(subject.kernel, sizes);
  session.showProgress(subject.kernel.name + ": making data");
  const Arguments arguments = makeInputs(subject.kernel, sizes, options.seed, given, /*fillOutputs=*/false);
  session.showProgress(subject.kernel.name + ": counting");
  json report = reportHead(subject, options, sizes, countWork(subject.kernel, sizes));

  constexpr double warmup = 0.02, limitOfSteps = 20;
  const double limit = options.timeLimit > 0 ? options.timeLimit : options.steps ? limitOfSteps : 0;
  const bool doubles = usesDoubles(subject.kernel);
  MeasureOptions measureOptions{options.target, {}, true, doubles};
  measureOptions.run = {.warmups = 1,
                        .warmupSeconds = warmup,
                        .repetitions = options.repetitions,
                        .timeLimit = options.steps ? limit / 4 : limit,
                        .collectOutputs = false,
                        .contraction = options.target.contraction};
  std::vector<Measurement> measured;
  for (const Variant &variant : subject.variants) {
    session.showProgress(subject.kernel.name + ": running " + std::to_string(variant.step) + " " + variant.name);
    session.out().flush();
    if (!variant.kernel)
      measured.push_back({.status = Measurement::Status::Refused, .reason = variant.reason});
    else if (options.steps)
      measured.push_back(measureApart(*variant.kernel, arguments, measureOptions, limit));
    else
      measured.push_back(measure(*variant.kernel, arguments, measureOptions));
    addPlace(report, measured.back(), doubles);
  }
  for (size_t i = 0; i < measured.size(); ++i)
    report["results"].push_back(resultEntry(report, subject.variants[i].step, subject.variants[i].name, measured[i]));
  session.showProgress("");
  if (options.json == "-")
    session.out() << report.dump(2) << "\n";
  else
    session.out() << (options.steps ? stepsText(report) : benchText(report));
  if (!options.json.empty() && options.json != "-")
    writeText(options.json, report.dump(2) + "\n");
  if (!options.chart.empty())
    writeChart(options.chart, report);
  if (options.check && !checkAt(session, subject, options, sizes, given))
    return ExitStatus::UserProgram;
  return ExitStatus::Good;
}

} // namespace loopy
