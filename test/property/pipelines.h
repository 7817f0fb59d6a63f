// Random pipelines over the kernels of test/property/pool: their making, their trial, and their shrinking.
#pragma once

#include "support/random.h"

#include "loopy/ir/module.h"

namespace loopy::testing {

// A kernel of the pool and calls of passes, as text that can be repeated.
struct Trial {
  std::string file, kernel;
  std::vector<std::string> steps;
  uint64_t seed = 0;  // of sizes, data and the order of work-items
  std::string text() const;
};

// A call of a random pass with arguments drawn from the kernel's names. Most calls make sense, some do not.
std::string randomCall(Random &random, const Kernel &kernel);

struct Outcome {
  bool failed = false;
  std::string message;            // of the failure
  std::vector<std::string> kept;  // the steps that were not refused
  int refused = 0;
  bool mappedToOpenCL = false;
};

struct TrialOptions {
  bool compile = false;  // also through the system's C compiler, and OpenCL where there is a device
};

// Runs the steps; a refused one (UserError) is left out. Fails on any other exception, and if the transformed kernel,
// interpreted from its IR, from its C program or from its OpenCL program, does not agree with the kernel as written.
Outcome tryPipeline(const Trial &trial, const TrialOptions &options);

// Makes a trial of a random kernel and up to `mostSteps` steps that are not refused, and runs it.
struct MadeTrial {
  Trial trial;
  Outcome outcome;
};
MadeTrial tryRandomPipeline(Random &random, int mostSteps, const TrialOptions &options);

// Drops steps while the trial still fails.
Trial shrink(Trial trial, const TrialOptions &options);

} // namespace loopy::testing
