#include "loopy/driver/session.h"

#include <llvm/Support/raw_ostream.h>

#include <new>

namespace loopy {

void Session::report(const std::vector<Diagnostic> &diagnostics) {
  showProgress("");
  out().flush();
  if (console_.jsonDiagnostics)
    err() << context_.sources().toJson(diagnostics) << '\n';
  else
    for (const Diagnostic &diagnostic : diagnostics)
      context_.sources().print(err(), diagnostic, console_.colors);
  err().flush();
}

void Session::showProgress(const std::string &text) {
  if (!console_.progress || (text.empty() && !progressShown_))
    return;
  err() << "\r\033[K" << text; // to the start of the line, and clear it
  err().flush();
  progressShown_ = !text.empty();
}

bool Session::flushOutput() {
  out().flush();
  llvm::raw_fd_ostream &file = llvm::outs();
  if (&out() != &file || !file.has_error())
    return true;
  const std::string reason = file.error().message();
  file.clear_error(); // The stream would end the program otherwise.
  report({{Severity::Error, {}, "The output cannot be written: " + reason + ".", {}}});
  return false;
}

namespace {

Diagnostic plainError(std::string message) { return {Severity::Error, {}, std::move(message), {}}; }

ExitStatus reportBug(Session &session, const std::string &what) {
  session.report(
      {plainError("This is a bug in loopyc, not in your program: " + what +
                  "\nPlease report it with the kernel file and this command:\n  " + session.console().commandLine)});
  return ExitStatus::Internal;
}

} // namespace

ExitStatus runGuarded(Session &session, const std::function<ExitStatus()> &command) {
  ExitStatus status = ExitStatus::Internal;
  try {
    status = command();
  } catch (const UsageError &error) {
    session.report(
        {plainError(std::string(error.what()) + "\nRun `loopyc --help` or `loopyc COMMAND --help` for help.")});
    status = ExitStatus::Usage;
  } catch (const UserError &error) {
    session.report(error.diagnostics());
    status = ExitStatus::UserProgram;
  } catch (const isl::exception_quota &) {
    session.report({plainError("A question about integer sets took more steps than loopyc allows itself, so it stays "
                               "undecided. Simpler domains, subscripts or tile sizes that are powers of two help.")});
    status = ExitStatus::UserProgram;
  } catch (const std::bad_alloc &) {
    session.report({plainError("There is not enough memory for this.")});
    status = ExitStatus::UserProgram;
  } catch (const std::exception &error) {
    status = reportBug(session, error.what());
  }
  session.showProgress("");
  if (!session.flushOutput() && status == ExitStatus::Good)
    status = ExitStatus::UserProgram;
  session.err().flush();
  return status;
}

} // namespace loopy
