// One invocation of the command line: its context, where its text goes, and what its exit status is.
#pragma once

#include "loopy/ir/context.h"

#include <functional>
#include <stdexcept>

namespace llvm {
class raw_ostream;
}

namespace loopy {

enum class ExitStatus {
  Good = 0,
  UserProgram = 1, // the user's program, data or machine does not allow what was asked
  Usage = 2,       // the command line is wrong
  Internal = 3     // a bug of ours
};

// The command line is wrong: the message says how, and goes out with a pointer to --help.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Where a command's text goes. Results go to `out`; messages and progress to `err`.
struct Console {
  llvm::raw_ostream *out = nullptr;
  llvm::raw_ostream *err = nullptr;
  bool colors = false;          // of messages
  bool progress = false;        // `err` is a terminal that a line can be rewritten on
  bool jsonDiagnostics = false; // messages as JSON arrays, for tools
  std::string commandLine;      // as typed, for the report of a bug
};

class Session {
public:
  explicit Session(Console console) : console_(std::move(console)) {}
  Context &context() { return context_; }
  const Console &console() const { return console_; }
  llvm::raw_ostream &out() { return *console_.out; }
  llvm::raw_ostream &err() { return *console_.err; }

  void report(const std::vector<Diagnostic> &diagnostics);
  // Writes what was printed so far; false and a report if that is not possible, as on a full disk.
  bool flushOutput();
  // Shows what is being done in place of the last such line, if there is a terminal; "" clears the line.
  void showProgress(const std::string &text);

private:
  Context context_;
  Console console_;
  bool progressShown_ = false;
};

// Runs a command and turns what it throws into messages and an exit status.
ExitStatus runGuarded(Session &session, const std::function<ExitStatus()> &command);

} // namespace loopy
