#include "execution.h"

#include <llvm/Support/raw_ostream.h>

namespace loopy {

CheckOptions checkOptionsFor(const TargetOptions &target, const std::string &device, uint64_t seed) {
  CheckOptions options;
  options.device = device;
  options.seed = seed;
  options.openMp = target.openMp;
  options.fastMath = target.fastMath;
  options.flushDenormals = target.flushDenormals;
  return options;
}

// Checks one job and prints its report; whether it passed. What the pipeline or a target refuses fails this job alone.
static bool checkJob(Session &session, const Module &module, const Job &job, const CheckCommand &options) {
  CheckOptions checkOptions = checkOptionsFor(options.target, options.device, options.seed);
  checkOptions.staticOnly = options.staticOnly;
  checkOptions.maxSizes = options.maxSizes;
  checkOptions.maxWork = options.maxWork;
  checkOptions.progress = [&](const std::string &what) { session.showProgress(what); };
  try {
    PipelineResult transformed = transform(session, module, job, options.selection);
    checkOptions.inputs = givenArguments(transformed.reference, options.sizes, options.inputs);
    CheckReport report = check(transformed.reference, transformed, job.name, checkOptions);
    session.showProgress("");
    session.out() << printReport(report, session.context().sources());
    return report.passed();
  } catch (const UserError &error) {
    session.report(error.diagnostics());
    session.out() << reportHead(job.kernel->name, job.name) << ": FAILED (refused)\n";
    return false;
  }
}

ExitStatus checkCommand(Session &session, const CheckCommand &options) {
  Module module = loadModule(session, options.selection);
  bool passed = true;
  bool isFirst = true;
  for (const Job &job : selectAll(session, module, options.selection)) {
    if (!isFirst)
      session.out() << "\n";
    isFirst = false;
    passed &= checkJob(session, module, job, options);
    session.out().flush();
  }
  return passed ? ExitStatus::Good : ExitStatus::UserProgram;
}

} // namespace loopy
