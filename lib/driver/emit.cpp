#include "loopy/codegen/emit.h"
#include "loopy/driver/commands.h"
#include "loopy/lower/lower.h"

#include <llvm/Support/raw_ostream.h>

namespace loopy {

Target makeTarget(const TargetOptions &options, const DeviceInfo *device) {
  Target target = options.language == "c" ? Target::c() : device ? device->target() : Target::openCL();
  target.openMp = options.openMp;
  target.indexBits = options.indexBits;
  target.contraction = options.contraction;
  target.fastMath = options.fastMath;
  target.flushDenormals = options.flushDenormals;
  return target;
}

ExitStatus emitCommand(Session &session, const EmitCommand &options) {
  Module module = loadModule(session, options.selection);
  Job job = selectOne(session, module, options.selection);
  PipelineResult result =
      transform(session, module, job, tunedSelection(session, module, options.selection, options.target, {}));
  session.showProgress(result.kernel.name + ": lowering");
  std::optional<DeviceInfo> device;
  if (options.target.language == "opencl" && !options.target.device.empty())
    device = findDevice(options.target.device);
  Target target = makeTarget(options.target, device ? &*device : nullptr);
  EmittedCode code = emit(lower(result.kernel, target));
  session.showProgress("");
  if (options.output.empty() || options.output == "-")
    session.out() << code.source;
  else
    writeText(options.output, code.source);
  std::vector<Diagnostic> remarks;
  for (const std::string &note : code.notes)
    remarks.push_back({Severity::Remark, {}, note, {}});
  if (!remarks.empty())
    session.report(remarks);
  return ExitStatus::Good;
}

} // namespace loopy
