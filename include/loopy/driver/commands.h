// The commands of loopyc, without the parsing of their options. All throw UserError, UsageError or InternalError;
// runGuarded() turns these into messages.
#pragma once

#include "loopy/driver/selection.h"
#include "loopy/lower/program.h"
#include "loopy/runtime/runtime.h"

namespace loopy {

struct TargetOptions {
  std::string language; // "opencl" or "c"; "" where the command has no default
  std::string device;   // "" = the default device
  bool openMp = false;
  unsigned indexBits = 32;
  bool contraction = true;
  bool fastMath = false;
  bool flushDenormals = false;
};

struct CheckCommand {
  Selection selection;
  std::string device;
  bool staticOnly = false;
  uint64_t seed = 1;
  size_t maxSizes = 8;
  int64_t maxWork = 8'000'000;
  std::vector<std::string> sizes;  // "n=100": only at this size; scalars of other types too
  std::vector<std::string> inputs; // "a=a.npy"
  TargetOptions target;            // build options for both languages; its language is not looked at
};
ExitStatus checkCommand(Session &session, const CheckCommand &options);

struct EmitCommand {
  Selection selection;
  TargetOptions target;
  std::string output; // "" or "-" = standard output
};
ExitStatus emitCommand(Session &session, const EmitCommand &options);

struct RunCommand {
  Selection selection;
  TargetOptions target;
  std::vector<std::string> sizes, inputs, outputs;
  uint64_t seed = 1;
};
ExitStatus runCommand(Session &session, const RunCommand &options);

struct BenchCommand {
  Selection selection;
  TargetOptions target;
  std::vector<std::string> sizes, inputs;
  uint64_t seed = 1;
  int repetitions = 10;
  bool steps = false;               // every prefix of the pipeline, each in a process of its own
  double timeLimit = 0;             // seconds for one measurement; 0 = none, with `steps` 20
  std::string json, chart;          // files to write; "" = none
  std::vector<std::string> compare; // two JSON files: compare them and measure nothing
  bool check = false;               // also run and compare as `check` does, at these sizes
};
ExitStatus benchCommand(Session &session, const BenchCommand &options);

struct StatsCommand {
  Selection selection;
  TargetOptions target;
  std::vector<std::string> sizes;
  std::string json; // a file to write, "-" = standard output in place of the text
};
ExitStatus statsCommand(Session &session, const StatsCommand &options);

struct TuneCommand {
  Selection selection;
  TargetOptions target;
  std::vector<std::string> sizes, inputs;
  uint64_t seed = 1;
  double timeLimit = 60;  // seconds for all measurements together
  std::string database;   // "" = defaultTuningDatabase()
};
ExitStatus tuneCommand(Session &session, const TuneCommand &options);

struct ShowCommand {
  Selection selection;
  TargetOptions target;
  std::string stage = "ir"; // ir, tree, deps, mapping, program
  bool json = false;        // the ir as JSON, to be read again
};
ExitStatus showCommand(Session &session, const ShowCommand &options);

struct PassesCommand {
  std::string name;      // "" = all
  bool markdown = false; // all of them, as docs/passes.md
};
ExitStatus passesCommand(Session &session, const PassesCommand &options);

ExitStatus devicesCommand(Session &session);

// What the commands that run share ---------------------------------------------------------------------------------

// The target that the options describe, with the limits of `device` if there is one.
Target makeTarget(const TargetOptions &options, const DeviceInfo *device);
std::unique_ptr<Runtime> makeRuntime(const TargetOptions &options, const DeviceInfo *device);
// The selection with the settings that `loopyc tune` found best for this device and the sizes given, where it asks for
// them. UserError where there are none.
Selection tunedSelection(Session &session, const Module &module, const Selection &selection,
                         const TargetOptions &target, const std::vector<std::string> &sizes);
// The arguments given on the command line: arrays from files ("a=a.npy"), scalars from texts ("n=1024").
Arguments givenArguments(const Kernel &kernel, const std::vector<std::string> &sizes,
                         const std::vector<std::string> &inputs);

} // namespace loopy
