#include "loopy/driver/selection.h"

#include "loopy/analysis/bounds.h"
#include "loopy/driver/print_kernel.h"
#include "loopy/frontend/parse.h"
#include "loopy/json/module_json.h"
#include "loopy/transforms/inline_kernel.h"

#include <llvm/Support/raw_ostream.h>

#include <algorithm>

namespace loopy {

static void refuseUnsetReads(const Module &module) {
  std::vector<Diagnostic> errors;
  auto isReported = [&](const Diagnostic &error) { // in a kernel that another one calls
    return std::any_of(errors.begin(), errors.end(), [&](const Diagnostic &e) { return e.range == error.range; });
  };
  for (const std::vector<Kernel> *kernels : {&module.kernels, &module.importedKernels})
    for (const Kernel &kernel : *kernels)
      for (Diagnostic &error : findUnsetReads(inlineAllKernels(kernel)))
        if (!isReported(error))
          errors.push_back(std::move(error));
  if (!errors.empty())
    throw withImportNotes(module, UserError(std::move(errors)));
}

static void addPipelineFile(Module &module, const std::string &path) {
  const std::string text = readText(path);
  if (looksLikeJson(path, text))
    throw UserError({}, "`" + path + "` holds JSON; a file of pipelines is a text.");
  addPipelines(module, path, text);
}

Module loadModule(Session &session, const Selection &selection) {
  session.showProgress("reading " + selection.file);
  std::string name = selection.file == "-" ? "<stdin>" : selection.file;
  const std::string text = readText(selection.file);
  Module module = looksLikeJson(name, text) ? moduleFromJson(session.context(), name, text)
                                            : parseText(session.context(), name, text);
  if (!selection.pipelineFile.empty())
    addPipelineFile(module, selection.pipelineFile);
  refuseUnsetReads(module);
  return module;
}

namespace {

bool isFor(const PipelineSource &pipeline, const Kernel &kernel) {
  return pipeline.kernel.empty() || pipeline.kernel == kernel.name;
}

// Of the module's own pipelines those that fit; imported ones are only run where they are asked for.
std::vector<const PipelineSource *> pipelinesOf(const Module &module, const Kernel &kernel) {
  std::vector<const PipelineSource *> result;
  for (const PipelineSource &pipeline : module.pipelines)
    if (isFor(pipeline, kernel))
      result.push_back(&pipeline);
  return result;
}

template <class Pointers> std::vector<std::string> namesOf(const Pointers &pointers) {
  std::vector<std::string> names;
  for (const auto *item : pointers)
    names.push_back(item->name);
  return names;
}

// The module's own kernels, and the imported ones that its own pipelines are for; those that the chosen pipeline fits.
std::vector<const Kernel *> selectKernels(const Module &module, const Selection &selection) {
  if (!selection.kernel.empty())
    return {&module.kernel(selection.kernel)};
  const PipelineSource *chosen = module.findPipeline(selection.pipeline);
  std::vector<const Kernel *> kernels;
  for (const Kernel &kernel : module.kernels)
    if (!chosen || isFor(*chosen, kernel))
      kernels.push_back(&kernel);
  for (const Kernel &kernel : module.importedKernels) {
    auto isForIt = [&](const PipelineSource &pipeline) { return pipeline.kernel == kernel.name; };
    if (chosen ? isForIt(*chosen) : std::any_of(module.pipelines.begin(), module.pipelines.end(), isForIt))
      kernels.push_back(&kernel);
  }
  if (!kernels.empty())
    return kernels;
  throw UserError({}, "`" + selection.file + "` holds no kernel" +
                          (module.importedKernels.empty()
                               ? "."
                               : " of its own. Choose an imported one with -k KERNEL; there are: " +
                                     listOfNames(module.kernelNames()) + "."));
}

void checkPipelineName(const Module &module, const Selection &selection) {
  if (selection.pipeline.empty() || selection.pipeline == "none")
    return;
  const PipelineSource *pipeline = module.findPipeline(selection.pipeline);
  if (!pipeline)
    throw UserError({}, unknownName("pipeline", selection.pipeline, module.pipelineNames()));
  if (!selection.kernel.empty() && !isFor(*pipeline, module.kernel(selection.kernel)))
    throw UserError(pipeline->range, "The pipeline `" + pipeline->name + "` is for the kernel `" + pipeline->kernel +
                                         "`, not for `" + selection.kernel + "`.");
}

std::vector<PipelineCall> parseCalls(Session &session, const Selection &selection) {
  std::vector<PipelineCall> calls;
  for (const std::string &text : selection.calls)
    for (PipelineCall &call : parsePipelineCalls(session.context(), "-e", text))
      calls.push_back(std::move(call));
  return calls;
}

// The pipelines to run on one kernel; a null one is no pipeline.
std::vector<const PipelineSource *> selectPipelines(const Module &module, const Kernel &kernel,
                                                    const Selection &selection) {
  if (selection.pipeline == "none")
    return {nullptr};
  if (!selection.pipeline.empty())
    return {module.findPipeline(selection.pipeline)};
  if (!selection.calls.empty())
    return {nullptr};
  std::vector<const PipelineSource *> pipelines = pipelinesOf(module, kernel);
  if (pipelines.empty())
    pipelines.push_back(nullptr);
  return pipelines;
}

std::string jobName(const PipelineSource *pipeline, const std::vector<PipelineCall> &calls) {
  if (!pipeline)
    return calls.empty() ? "none" : "-e";
  return calls.empty() ? pipeline->name : pipeline->name + " -e";
}

} // namespace

std::vector<Job> selectAll(Session &session, const Module &module, const Selection &selection) {
  checkPipelineName(module, selection);
  std::vector<PipelineCall> calls = parseCalls(session, selection);
  std::vector<Job> jobs;
  for (const Kernel *kernel : selectKernels(module, selection))
    for (const PipelineSource *pipeline : selectPipelines(module, *kernel, selection))
      jobs.push_back({kernel, pipeline, calls, jobName(pipeline, calls)});
  return jobs;
}

Job selectOne(Session &session, const Module &module, const Selection &selection) {
  std::vector<Job> jobs = selectAll(session, module, selection);
  if (jobs.size() == 1)
    return jobs.front();
  std::vector<const Kernel *> kernels = selectKernels(module, selection);
  if (kernels.size() > 1)
    throw UsageError("`" + selection.file + "` holds the kernels " + listOfNames(namesOf(kernels)) +
                     ": choose one with -k KERNEL.");
  throw UsageError("`" + kernels.front()->name + "` has the pipelines " +
                   listOfNames(namesOf(pipelinesOf(module, *kernels.front()))) +
                   ": choose one with -p PIPELINE, or none of them with -p none.");
}

namespace {

bool hasParam(const PipelineSource &pipeline, const std::string &name) {
  return std::any_of(pipeline.params.begin(), pipeline.params.end(),
                     [&](const PipelineParam &param) { return param.name == name; });
}

// The settings as pipeline arguments: those that this pipeline has. A setting that no pipeline has is an error.
std::map<std::string, PipelineValue> argumentsFor(Session &session, const Module &module, const Job &job,
                                                  const Selection &selection) {
  std::map<std::string, PipelineValue> arguments;
  for (const std::string &setting : selection.settings) {
    auto [name, value] = splitAssignment(setting, "--set");
    if (job.pipeline && hasParam(*job.pipeline, name)) {
      // The value is read as it would be in a pipeline's text.
      std::vector<PipelineCall> calls = parsePipelineCalls(session.context(), "--set", "set(" + setting + ")");
      require(calls.size() == 1, "a setting is not one call");
      if (calls.front().named.size() != 1)
        throw UsageError("`--set " + setting + "` is not of the form --set NAME=VALUE.");
      arguments[name] = calls.front().named.front().second;
      continue;
    }
    std::vector<std::string> names;
    for (const PipelineSource &pipeline : module.pipelines)
      if (isFor(pipeline, *job.kernel))
        for (const PipelineParam &param : pipeline.params)
          names.push_back(param.name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw UserError({}, unknownName("pipeline parameter", name, names));
  }
  return arguments;
}

void append(PipelineResult &result, PipelineResult more) {
  result.kernel = std::move(more.kernel);
  result.reference = std::move(more.reference);
  for (StepRecord &step : more.steps)
    result.steps.push_back(std::move(step));
}

// Runs the job's pipeline, then its further calls.
PipelineResult runJob(const Module &module, const Job &job, PipelineOptions options) {
  PipelineResult result{*job.kernel, {}, *job.kernel};
  if (job.pipeline)
    append(result, runPipeline(module, result.kernel, *job.pipeline, options));
  if (!job.calls.empty()) {
    const Kernel reference = result.reference;
    options.arguments.clear();
    options.reference = &reference;
    append(result, runCalls(module, result.kernel, job.calls, options));
  }
  // Calls that are left are inlined here, where everything that follows sees what they access.
  if (callsKernels(result.kernel)) {
    StepRecord step;
    step.text = "(calls that are left are inlined)";
    result.steps.push_back(std::move(step));
  }
  result.kernel = inlineAllKernels(result.kernel);
  result.reference = inlineAllKernels(result.reference);
  return result;
}

} // namespace

Kernel definedKernel(Session &session, const Module &module, const Job &job, const Selection &selection) {
  PipelineOptions options;
  options.arguments = argumentsFor(session, module, job, selection);
  options.definitionsOnly = true;
  return runJob(module, job, options).reference;
}

PipelineResult transform(Session &session, const Module &module, const Job &job, const Selection &selection,
                         const std::function<void(const StepRecord &, const Kernel &)> &afterStep) {
  PipelineOptions options;
  options.arguments = argumentsFor(session, module, job, selection);
  options.afterStep = [&](const StepRecord &step, const Kernel &kernel) {
    session.showProgress(kernel.name + ": " + step.text);
    if (afterStep)
      afterStep(step, kernel);
    const std::vector<std::string> &passes = selection.printAfter;
    if (!selection.printAfterAll && std::find(passes.begin(), passes.end(), step.call.pass) == passes.end())
      return;
    session.showProgress("");
    session.err() << "# after " << step.text << '\n' << printKernel(kernel) << '\n';
  };
  for (const std::string &pass : selection.printAfter)
    if (llvm::none_of(passCatalogue(), [&](const PassInfo &info) { return info.name == pass; }))
      throw UsageError(unknownPass(pass));
  return runJob(module, job, options);
}

} // namespace loopy
