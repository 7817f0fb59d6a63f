#include "loopy/driver/commands.h"
#include "loopy/driver/print_kernel.h"
#include "loopy/ir/tree.h"
#include "loopy/json/module_json.h"
#include "loopy/lower/lower.h"

#include <llvm/Support/raw_ostream.h>

namespace loopy {

// A module of the kernel alone, and, if nothing was done to it yet, what can be.
static std::string jsonOf(const Module &module, const Job &job, const Kernel &kernel) {
  Module result;
  result.context = module.context;
  result.kernels = {kernel};
  if (job.pipeline || !job.calls.empty())
    return moduleToJson(result);
  for (const std::vector<PipelineSource> *pipelines : {&module.pipelines, &module.importedPipelines})
    for (const PipelineSource &pipeline : *pipelines)
      if (pipeline.kernel.empty() || pipeline.kernel == kernel.name)
        (pipelines == &module.pipelines ? result.pipelines : result.importedPipelines).push_back(pipeline);
  return moduleToJson(result);
}

ExitStatus showCommand(Session &session, const ShowCommand &options) {
  if (options.json && options.stage != "ir")
    throw UsageError("Only the stage ir is written as JSON.");
  Module module = loadModule(session, options.selection);
  Job job = selectOne(session, module, options.selection);
  Kernel kernel = transform(session, module, job, options.selection).kernel;
  if (options.json) {
    session.showProgress("");
    session.out() << jsonOf(module, job, kernel);
    return ExitStatus::Good;
  }
  std::optional<DeviceInfo> device;
  if (options.target.language == "opencl" && !options.target.device.empty())
    device = findDevice(options.target.device);
  Target target = makeTarget(options.target, device ? &*device : nullptr);
  session.showProgress("");
  if (options.stage == "ir")
    session.out() << printKernel(kernel);
  else if (options.stage == "tree")
    session.out() << printTree(kernel);
  else if (options.stage == "deps")
    session.out() << printDependences(kernel);
  else if (options.stage == "mapping")
    session.out() << printMapping(kernel, mapToTarget(kernel, target));
  else if (options.stage == "program")
    session.out() << printProgram(lower(kernel, target));
  else
    throw UsageError("There is no stage `" + options.stage + "`: choose ir, tree, deps, mapping or program.");
  return ExitStatus::Good;
}

} // namespace loopy
