// Runs pipelines: binds located calls to passes (transforms/passes.def) and runs, verifies, prints and times each step.
#pragma once

#include "loopy/ir/module.h"
#include "loopy/transforms/notes.h"

#include <functional>

namespace loopy {

struct StepRecord {
  PipelineCall call; // as written, parameters and named results substituted
  std::string text;  // "split_iname(i, 16, outer=g.0, inner=l.0)"
  double seconds = 0;
  std::vector<std::string> notes{}; // what the pass says it did beyond the letter ("cut loop i before S")
  PassResults results{};            // what it made, by role: the pass's own word, and all that is new in the kernel
  bool isApproximate = false;       // floats are computed in another way than the kernel says
};

struct PipelineOptions {
  std::map<std::string, PipelineValue> arguments;                    // values for the pipeline's parameters
  std::function<void(const StepRecord &, const Kernel &)> afterStep; // for --print-after
  const Kernel *reference = nullptr; // what the kernel has to agree with where that is not the kernel itself
  bool definitionsOnly = false;      // only the steps that define another kernel; gives that kernel, untransformed
};

struct PipelineResult {
  Kernel kernel;
  std::vector<StepRecord> steps;
  // What `kernel` has to agree with: the kernel as written, with those steps alone that define another kernel
  // (fuse_kernels, batch, rename_argument).
  Kernel reference;
};

// UserError located at the call for unknown passes, bad arguments and illegal transformations.
PipelineResult runPipeline(const Module &module, const Kernel &kernel, const PipelineSource &pipeline,
                           const PipelineOptions &options = {});
PipelineResult runCalls(const Module &module, const Kernel &kernel, const std::vector<PipelineCall> &calls,
                        const PipelineOptions &options = {});

// The catalogue, generated from passes.def.
struct PassOption {
  std::string name{}, type{}, defaultText{}, help{};
  bool required = false, positional = false;
  bool repeated = false; // takes all further positional values: reorder(i, j, k)
  bool named = false;    // takes all further `name=value` pairs: fix_parameters(n=10, m=20)
};
// What a call makes, as `t.outer` for a call that is named `t`.
struct PassResultInfo {
  std::string role, type, help;
};
struct PassInfo {
  std::string name, summary, drawing;
  std::vector<PassOption> options;
  std::vector<PassResultInfo> results{};
  bool defines = false; // the result is another kernel, with other arguments, and not the same one transformed
};
const std::vector<PassInfo> &passCatalogue();
// What a transformation of Loo.py is called here.
struct LoopyName {
  std::string name;
  std::string pass{}; // "" where there is nothing to call
  std::string note{}; // what is different, a sentence
};
const std::vector<LoopyName> &loopyNames();
// The message that there is no such pass, with the one that is likely to be meant.
std::string unknownPass(const std::string &name);
// docs/passes.md: one section for each pass of the catalogue, and the names in Loo.py.
std::string passesMarkdown();

} // namespace loopy
