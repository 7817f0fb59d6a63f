#include "loopy/ir/module.h"

namespace loopy {

const Kernel &Module::kernel(std::string_view name) const {
  std::vector<std::string> names;
  for (const Kernel &kernel : kernels) {
    if (kernel.name == name)
      return kernel;
    names.push_back(kernel.name);
  }
  throw UserError({}, unknownName("kernel", name, names));
}

const PipelineSource *Module::findPipeline(std::string_view name) const {
  for (const PipelineSource &pipeline : pipelines)
    if (pipeline.name == name)
      return &pipeline;
  return nullptr;
}

} // namespace loopy
