#include "loopy/driver/commands.h"
#include "loopy/driver/print_kernel.h"
#include "loopy/ir/tree.h"
#include "loopy/lower/lower.h"

#include <llvm/Support/raw_ostream.h>

namespace loopy {

ExitStatus showCommand(Session &session, const ShowCommand &options) {
  Module module = loadModule(session, options.selection);
  Job job = selectOne(session, module, options.selection);
  Kernel kernel = transform(session, module, job, options.selection).kernel;
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
