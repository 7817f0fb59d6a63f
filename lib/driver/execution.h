// What `run` and `bench` share: a program ready to run, and its sizes.
#pragma once

#include "loopy/check/check.h"
#include "loopy/check/sizes.h"
#include "loopy/driver/commands.h"

namespace loopy {

struct Execution {
  Module module;
  Kernel kernel; // as written; its assumptions allow only sizes that suit the arguments given
  PipelineResult transformed;
  Arguments given;
  std::optional<DeviceInfo> device; // none for C
  std::unique_ptr<Runtime> runtime;
  Program program;
};

Execution prepare(Session &session, const Selection &selection, const TargetOptions &options,
                  const std::vector<std::string> &sizes, const std::vector<std::string> &inputs);

// What `check` does to a kernel that is built as `target` says.
CheckOptions checkOptionsFor(const TargetOptions &target, const std::string &device, uint64_t seed);

// Parameters that the arguments leave open become as near to `wanted` as possible, or smaller where that is more than
// `maxInstances` of work.
Sizes chooseSizes(const Kernel &kernel, int64_t wanted, int64_t maxInstances);

} // namespace loopy
