#include "loopy/transforms/pipeline.h"

#include "binding.h"
#include "results.h"
#include "values.h"

#include "loopy/ir/verify.h"
#include "loopy/transforms/passes.h"

#include "llvm/ADT/STLExtras.h"

#include <chrono>

namespace loopy {
namespace {

const PassEntry &findPass(const PipelineCall &call) {
  for (const PassEntry &entry : passEntries())
    if (entry.info.name == call.pass)
      return entry;
  throw UserError(call.nameRange, unknownPass(call.pass));
}

// The error as it is, located at the call where it has no place of its own.
UserError locatedAt(const UserError &error, SourceRange range) {
  std::vector<Diagnostic> diagnostics = error.diagnostics();
  for (Diagnostic &diagnostic : diagnostics)
    if (!diagnostic.range.isValid())
      diagnostic.range = range;
  return UserError(std::move(diagnostics));
}

class Runner {
public:
  Runner(const Module &module, const Kernel &kernel, const PipelineOptions &options)
      : module_(module), options_(options) {
    result_.kernel = kernel;
    result_.reference = options.reference ? *options.reference : kernel;
  }

  // Returns what the calls gave names to.
  ResultScope runCalls(const std::vector<PipelineCall> &calls, const PipelineArguments &arguments) {
    ResultScope results;
    for (const PipelineCall &call : calls) {
      if (options_.definitionsOnly && call.pass != "use" && !findPass(call).info.defines)
        continue; // what it makes is not there
      const PipelineCall resolved =
          results.resolve(resolve(call, call.pass == "use" ? withoutTarget(call, arguments) : arguments));
      if (call.pass == "use")
        runUse(resolved, results);
      else
        runStep(resolved, results);
    }
    return results;
  }

  ResultScope runPipeline(const PipelineSource &pipeline, const PipelineArguments &given, SourceRange where) {
    if (!pipeline.kernel.empty() && pipeline.kernel != result_.kernel.name)
      throw UserError(where, "The pipeline `" + pipeline.name + "` is for kernel `" + pipeline.kernel + "`, not for `" +
                                 result_.kernel.name + "`.");
    if (llvm::is_contained(active_, &pipeline))
      throw UserError(where, "The pipeline `" + pipeline.name + "` uses itself.");
    active_.push_back(&pipeline);
    ResultScope results = runCalls(pipeline.calls, argumentsOf(pipeline, given, where));
    active_.pop_back();
    return results;
  }

  PipelineResult take() { return std::move(result_); }

private:
  // The name of the pipeline that is used is no parameter, whatever parameters there are.
  static PipelineArguments withoutTarget(const PipelineCall &call, PipelineArguments arguments) {
    if (!call.positional.empty())
      if (const auto *name = std::get_if<PipelineValue::Name>(&call.positional[0].data))
        arguments.erase(name->text);
    return arguments;
  }

  // The values of a pipeline's parameters: what is given, else the default, which may use earlier parameters.
  static PipelineArguments argumentsOf(const PipelineSource &pipeline, const PipelineArguments &given,
                                       SourceRange where) {
    PipelineArguments arguments;
    std::vector<std::string> names;
    for (const PipelineParam &param : pipeline.params) {
      names.push_back(param.name);
      auto value = given.find(param.name);
      arguments[param.name] = value != given.end() ? value->second : resolve(param.value, arguments);
    }
    for (const auto &[name, value] : given)
      if (!arguments.count(name))
        throw UserError(value.range.isValid() ? value.range : where,
                        unknownName("parameter of pipeline `" + pipeline.name + "`", name, names));
    return arguments;
  }

  void runStep(const PipelineCall &call, ResultScope &results) {
    const PassEntry &pass = findPass(call);
    hasTransformed_ |= !pass.info.defines;
    if (options_.definitionsOnly) {
      defineReference(pass, call);
      result_.kernel = result_.reference;
      return;
    }
    StepRecord record{.call = call, .text = toText(call)};
    Notes notes;
    const Kernel before = result_.kernel;
    const auto start = std::chrono::steady_clock::now();
    try {
      result_.kernel = pass.run(module_, before, call, notes);
    } catch (const UserError &error) {
      throw locatedAt(error, call.range);
    }
    verify(result_.kernel);
    if (pass.info.defines)
      defineReference(pass, call);
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    record.notes = std::move(notes.texts);
    record.isApproximate = notes.isApproximate;
    record.results = std::move(notes.results);
    record.results.merge(newNames(before, result_.kernel)); // the pass's own word comes first
    if (!call.result.empty())
      results.add(call, record.results);
    result_.steps.push_back(record);
    if (options_.afterStep)
      options_.afterStep(record, result_.kernel);
  }

  // The step is part of what the kernel means, so the reference has it too, without the steps before it that only
  // transform.
  void defineReference(const PassEntry &pass, const PipelineCall &call) {
    Notes notes;
    try {
      result_.reference = pass.run(module_, result_.reference, call, notes);
    } catch (const UserError &error) {
      std::vector<Diagnostic> diagnostics = locatedAt(error, call.range).diagnostics();
      if (hasTransformed_)
        diagnostics.front().notes.push_back(
            {Severity::Note,
             call.range,
             "`" + call.pass +
                 "` changes what the kernel is, so it is also applied to the kernel as written, without "
                 "the transformations before it: it can only name what stands in the file. Call it before them.",
             {}});
      throw UserError(std::move(diagnostics));
    }
    verify(result_.reference);
  }

  // use(base, 16) or use(base, tile=16)
  void runUse(const PipelineCall &call, ResultScope &results) {
    const auto *name = call.positional.empty() ? nullptr : std::get_if<PipelineValue::Name>(&call.positional[0].data);
    if (!name)
      throw UserError(call.range, "`use` needs the name of a pipeline.");
    const PipelineSource *pipeline = module_.findPipeline(name->text);
    if (!pipeline)
      throw UserError(call.positional[0].range, unknownName("pipeline", name->text, module_.pipelineNames()));
    const Kernel before = result_.kernel;
    try {
      const ResultScope inner = runPipeline(*pipeline, argumentsOfUse(call, *pipeline), call.range);
      if (!call.result.empty()) {
        results.add(call, newNames(before, result_.kernel));
        results.addInner(call, inner);
      }
    } catch (const UserError &error) {
      std::vector<Diagnostic> diagnostics = error.diagnostics();
      if (diagnostics.front().range != call.range)
        diagnostics.front().notes.push_back({Severity::Note, call.range, "In the pipeline used here.", {}});
      throw UserError(std::move(diagnostics));
    }
  }

  static PipelineArguments argumentsOfUse(const PipelineCall &call, const PipelineSource &pipeline) {
    PipelineArguments given;
    for (size_t i = 1; i < call.positional.size(); ++i) {
      if (i > pipeline.params.size())
        throw UserError(call.positional[i].range, "The pipeline `" + pipeline.name + "` has only " +
                                                      std::to_string(pipeline.params.size()) + " parameters.");
      given[pipeline.params[i - 1].name] = call.positional[i];
    }
    for (const auto &[name, value] : call.named)
      if (!given.emplace(name, value).second)
        throw UserError(value.range, "The parameter `" + name + "` is given twice.");
    return given;
  }

  const Module &module_;
  const PipelineOptions &options_;
  PipelineResult result_;
  std::vector<const PipelineSource *> active_;
  bool hasTransformed_ = false; // a step that transforms came before
};

} // namespace

PipelineResult runPipeline(const Module &module, const Kernel &kernel, const PipelineSource &pipeline,
                           const PipelineOptions &options) {
  Runner runner(module, kernel, options);
  runner.runPipeline(pipeline, options.arguments, pipeline.range);
  return runner.take();
}

PipelineResult runCalls(const Module &module, const Kernel &kernel, const std::vector<PipelineCall> &calls,
                        const PipelineOptions &options) {
  Runner runner(module, kernel, options);
  runner.runCalls(calls, options.arguments);
  return runner.take();
}

Kernel Pipeline::run(Kernel kernel, Notes *notes) const {
  for (const auto &step : steps_) {
    kernel = step(kernel, notes);
    verify(kernel);
  }
  return kernel;
}

} // namespace loopy
