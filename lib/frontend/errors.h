// Collects the errors of one file, so that a user sees all of them at once.
#pragma once

#include "loopy/support/diagnostics.h"

namespace loopy {

// Leaves the construct that is being read or built; its error has been added already. Never leaves the frontend.
struct Abandoned {};

class Errors {
public:
  void add(SourceRange range, std::string message, std::vector<Diagnostic> notes = {});
  // Adds and throws Abandoned.
  [[noreturn]] void fail(SourceRange range, std::string message, std::vector<Diagnostic> notes = {});
  bool empty() const { return diagnostics_.empty(); }
  size_t count() const { return diagnostics_.size(); }
  std::vector<SourceRange> places() const;
  // Throws one UserError with all of them in source order, if there are any.
  void throwIfAny();

private:
  std::vector<Diagnostic> diagnostics_;
};

Diagnostic noteAt(SourceRange range, std::string message);

} // namespace loopy
