// Any text given to `check --static`: parsed, all pipelines run, mapped, lowered and emitted for both targets.
#include "target.h"

#include "loopy/analysis/bounds.h"
#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

namespace loopy::fuzzing {
namespace {

// Calls `f`; a UserError is an answer.
template <class F> bool answers(F &&f) {
  try {
    f();
    return true;
  } catch (const UserError &) {
    return false;
  }
}

void checkKernel(const Kernel &kernel) {
  checkBounds(kernel);
  for (const Target &target : {Target::c(), Target::openCL()})
    answers([&] { emit(lower(kernel, target)); });
}

} // namespace

void runTarget(const std::string &text) {
  Context context;
  Module module;
  if (!answers([&] { module = parseText(context, "input", text); }))
    return;
  for (const Kernel &kernel : module.kernels) {
    if (!findUnsetReads(kernel).empty())
      continue;
    checkKernel(kernel);
    for (const PipelineSource &pipeline : module.pipelines)
      if (pipeline.kernel.empty() || pipeline.kernel == kernel.name)
        answers([&] { checkKernel(runPipeline(module, kernel, pipeline).kernel); });
  }
}

} // namespace loopy::fuzzing
