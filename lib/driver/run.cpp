#include "execution.h"
#include "loopy/check/check.h"
#include "loopy/check/inputs.h"
#include "loopy/driver/commands.h"
#include "loopy/lower/lower.h"

#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <cstring>

namespace loopy {

static std::vector<std::string> namesOfArrays(const Kernel &kernel) {
  std::vector<std::string> names;
  for (const std::string &name : kernel.argumentOrder)
    if (kernel.findArray(name))
      names.push_back(name);
  return names;
}

Arguments givenArguments(const Kernel &kernel, const std::vector<std::string> &sizes,
                         const std::vector<std::string> &inputs) {
  Arguments given;
  for (const std::string &text : sizes) {
    auto [name, value] = splitAssignment(text, "-D");
    const Param *param = kernel.findParam(name);
    std::vector<std::string> names;
    for (const Param &candidate : kernel.params)
      names.push_back(candidate.name);
    if (!param)
      throw UserError({}, unknownName("scalar argument", name, names));
    given[name] = parseScalar(param->type, name, value);
  }
  for (const std::string &text : inputs) {
    auto [name, path] = splitAssignment(text, "--in");
    const Array *array = kernel.findArray(name);
    if (!array || array->isTemp())
      throw UserError({}, unknownName("array argument", name, namesOfArrays(kernel)));
    given[name] = readNpy(path);
  }
  return given;
}

Execution prepare(Session &session, const Selection &selection, const TargetOptions &options,
                  const std::vector<std::string> &sizes, const std::vector<std::string> &inputs) {
  Execution execution;
  execution.module = loadModule(session, selection);
  Job job = selectOne(session, execution.module, selection);
  const Kernel defined = definedKernel(session, execution.module, job, selection);
  Arguments given = givenArguments(defined, sizes, inputs);
  execution.kernel = narrowToArguments(defined, given);
  execution.given = std::move(given);
  execution.transformed = transform(session, execution.module, job,
                                    tunedSelection(session, execution.module, selection, options, sizes));
  execution.kernel.assumptions = execution.kernel.assumptions.intersect(execution.transformed.kernel.assumptions);
  execution.kernel.fixedParams = execution.transformed.kernel.fixedParams;
  if (options.language == "opencl") {
    execution.device = findDevice(options.device);
    execution.runtime = makeOpenCLRuntime(*execution.device);
  } else {
    execution.runtime = makeCRuntime();
  }
  session.showProgress(execution.kernel.name + ": lowering");
  Target target = makeTarget(options, execution.device ? &*execution.device : nullptr);
  execution.program = lower(execution.transformed.kernel, target);
  return execution;
}

Sizes chooseSizes(const Kernel &kernel, int64_t wanted, int64_t maxInstances) {
  for (;; wanted /= 2) {
    std::optional<Sizes> sizes = nearestSizes(kernel, wanted);
    if (!sizes)
      throw UserError({}, "No sizes satisfy the assumptions of `" + kernel.name + "` and the arguments given.");
    if (wanted <= 1 || countedInstances(kernel, *sizes, maxInstances) <= maxInstances)
      return *sizes;
  }
}

namespace {

std::string shapeText(const Value &value) {
  std::string text;
  for (int64_t extent : value.shape)
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

// A number that tells data apart, the same on every machine (FNV-1a over the bytes).
uint64_t checksum(const Value &value) {
  uint64_t hash = 0xcbf29ce484222325;
  for (std::byte byte : value.bytes)
    hash = (hash ^ static_cast<uint64_t>(byte)) * 0x100000001b3;
  return hash;
}

std::string hexadecimal(uint64_t number) {
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(number));
  return buffer;
}

} // namespace

ExitStatus runCommand(Session &session, const RunCommand &options) {
  Execution execution = prepare(session, options.selection, options.target, options.sizes, options.inputs);
  std::vector<std::pair<std::string, std::string>> outputs;
  for (const std::string &text : options.outputs) {
    outputs.push_back(splitAssignment(text, "--out"));
    const Array *array = execution.kernel.findArray(outputs.back().first);
    if (!array || (array->role != Role::Out && array->role != Role::InOut))
      throw UserError({}, "`" + outputs.back().first + "` is no array that `" + execution.kernel.name + "` writes.");
  }
  constexpr int64_t usualSize = 64, maxInstances = int64_t{1} << 26;
  Sizes sizes = chooseSizes(execution.kernel, usualSize, maxInstances);
  Arguments arguments = makeInputs(execution.kernel, sizes, options.seed, execution.given);
  session.showProgress(execution.kernel.name + ": running");
  RunOptions runOptions{.contraction = options.target.contraction};
  RunResult result = execution.runtime->run(execution.program, arguments, runOptions);
  session.showProgress("");
  session.out() << execution.kernel.name << " at " << printSizes(sizes) << ", seed " << options.seed << ", on "
                << (execution.device ? execution.device->name : "this machine in C") << "\n";
  for (const auto &[name, value] : result.outputs)
    session.out() << "  " << name << ": " << value.type.name() << shapeText(value) << ", checksum "
                  << hexadecimal(checksum(value)) << "\n";
  for (const auto &[name, path] : outputs)
    writeNpy(path, result.outputs.at(name));
  return ExitStatus::Good;
}

} // namespace loopy
