#include "errors.h"

#include <algorithm>

namespace loopy {

// More than these are consequences of one mistake, such as a binary file.
constexpr size_t mostErrors = 100;

void Errors::add(SourceRange range, std::string message, std::vector<Diagnostic> notes) {
  Diagnostic diagnostic{Severity::Error, range, std::move(message), std::move(notes)};
  for (const Diagnostic &known : diagnostics_)
    if (known.range == diagnostic.range && known.message == diagnostic.message)
      return;
  if (diagnostics_.size() < mostErrors)
    diagnostics_.push_back(std::move(diagnostic));
}

void Errors::fail(SourceRange range, std::string message, std::vector<Diagnostic> notes) {
  add(range, std::move(message), std::move(notes));
  throw Abandoned{};
}

std::vector<SourceRange> Errors::places() const {
  std::vector<SourceRange> ranges;
  for (const Diagnostic &d : diagnostics_)
    ranges.push_back(d.range);
  return ranges;
}

void Errors::throwIfAny() {
  if (diagnostics_.empty())
    return;
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic &a, const Diagnostic &b) {
    return std::pair(a.range.file, a.range.begin) < std::pair(b.range.file, b.range.begin);
  });
  throw UserError(diagnostics_);
}

Diagnostic noteAt(SourceRange range, std::string message) {
  return Diagnostic{Severity::Note, range, std::move(message), {}};
}

} // namespace loopy
