// What `loopyc check` promises of a kernel and a pipeline: proved, then run and compared.
#pragma once

#include "loopy/analysis/bounds.h"
#include "loopy/check/sizes.h"
#include "loopy/lower/mapping.h"
#include "loopy/runtime/runtime.h"

namespace loopy {

struct CheckOptions {
  std::string device;      // selector of the OpenCL device, "" = the default one
  bool staticOnly = false; // prove, do not run
  uint64_t seed = 1;
  size_t maxSizes = 8;         // how many combinations of sizes to run at
  int64_t maxWork = 8'000'000; // statement instances of the reference program at one of them, at most about
  // Of the transformed kernel; the reference program is built without them.
  bool openMp = false, fastMath = false, flushDenormals = false;
  Arguments inputs;            // arrays and scalars of the user's, which fix sizes too; the rest is made up
  std::function<void(const std::string &)> progress; // told what is being done; may be empty
};

// One run of the reference program in C, and what was compared with it.
struct CheckedRun {
  struct Outcome {
    std::string target; // "bounds tests", "C", "OpenCL"
    bool agrees = false;
    std::string message; // what disagrees; empty if nothing
    double largestError = 0;
  };
  Sizes sizes;
  std::vector<Outcome> outcomes;
  bool agrees() const;
};

struct CheckReport {
  std::string kernel, pipeline;
  std::vector<BoundsFinding> bounds;            // of the kernel as written
  std::vector<BoundsFinding> transformedBounds; // of what the pipeline made of it
  std::vector<StepRecord> steps;
  std::vector<std::string> facts;   // the user's word, which proofs rest on
  std::vector<std::string> notes;   // what else the user should know
  std::vector<std::string> mapping; // device kernels, storage and barriers, a line each
  std::vector<CheckedRun> runs;
  bool ran = false;   // not with staticOnly or after refuted bounds
  std::string device; // where OpenCL ran; empty if it did not
  std::string whyNotOpenCL = "this machine has no OpenCL device";
  uint64_t seed = 0;
  bool isProved() const; // no access is refuted
  bool passed() const;   // proved, and all runs agree
};

// Checks what a pipeline made of `kernel`. Refuted bounds and disagreements are in the report; UserError where the
// transformed kernel cannot be mapped to a target or run.
CheckReport check(const Kernel &kernel, const PipelineResult &transformed, const std::string &pipeline,
                  const CheckOptions &options);

// The report for people; its last line is the verdict. Locates refuted and assumed accesses in `sources`.
std::string printReport(const CheckReport &report, const Sources &sources);
// What a verdict begins with: "sgemm: pipeline tiled".
std::string reportHead(const std::string &kernel, const std::string &pipeline);

std::string describeFact(const Fact &fact);
// "n=17, m=35"; "no parameters" for none.
std::string printSizes(const Sizes &sizes);

} // namespace loopy
