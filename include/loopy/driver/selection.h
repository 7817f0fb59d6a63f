// From a file and the options that select in it to kernels and transformed kernels.
#pragma once

#include "loopy/driver/session.h"
#include "loopy/transforms/pipeline.h"

namespace loopy {

// What a command works on, as given on the command line.
struct Selection {
  std::string file;                    // "-" is standard input
  std::string kernel;                  // "" = the only one
  std::string pipeline;                // "" = the only one; "none" = no pipeline
  std::string pipelineFile;            // more pipelines
  std::vector<std::string> calls;      // pipeline text, run after the pipeline
  std::vector<std::string> settings;   // "tile=32", values of pipeline parameters
  bool tuned = false;                  // the values that `loopyc tune` found best, below those of `settings`
  std::vector<std::string> printAfter; // passes after which the kernel is printed to stderr
  bool printAfterAll = false;
};

// A kernel and what is to be done with it.
struct Job {
  const Kernel *kernel = nullptr;           // in the module
  const PipelineSource *pipeline = nullptr; // in the module; null = none
  std::vector<PipelineCall> calls;          // run after it
  std::string name;                         // of the pipeline, for reports: "tiled", "none", "-e"
};

// Reads and parses the file and the pipeline file, and checks that no temporary is read before it is written.
Module loadModule(Session &session, const Selection &selection);
// The kernels selected, each with each of the pipelines selected (or with none where it has none).
std::vector<Job> selectAll(Session &session, const Module &module, const Selection &selection);
// The one job selected. UsageError listing the kernels or pipelines if the selection leaves several.
Job selectOne(Session &session, const Module &module, const Selection &selection);
// The kernel after its pipeline and calls; prints it after the passes that `selection` names. `afterStep`, if there is
// one, is told every step.
PipelineResult transform(Session &session, const Module &module, const Job &job, const Selection &selection,
                         const std::function<void(const StepRecord &, const Kernel &)> &afterStep = {});

// What the job's kernel is after those steps that define another kernel, such as fuse_kernels: what the transformed one
// has to agree with, and whose arguments it takes.
Kernel definedKernel(Session &session, const Module &module, const Job &job, const Selection &selection);

// The text of a file, or of standard input for "-". UserError if it cannot be read.
std::string readText(const std::string &path);
// Writes a file whole or not at all: to a temporary file beside it, then renamed. UserError if it cannot be written.
void writeText(const std::string &path, const std::string &text);
// "name=value" -> {name, value}. UsageError naming `option` where there is no '=' or no name.
std::pair<std::string, std::string> splitAssignment(const std::string &text, const std::string &option);

} // namespace loopy
