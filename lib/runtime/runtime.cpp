// What all runtimes do around a run.
#include "loopy/runtime/runtime.h"

namespace loopy {

RunResult Runtime::run(const Program &program, const Arguments &arguments, const RunOptions &options) {
  if (program.homes.empty())
    return execute(program, arguments, options);
  const Arguments own = packed(program, arguments);
  RunResult result = execute(program, own, options);
  if (options.collectOutputs)
    result.outputs = unpacked(program, own, result.outputs);
  return result;
}

} // namespace loopy
