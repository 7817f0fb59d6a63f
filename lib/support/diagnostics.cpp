#include "loopy/support/diagnostics.h"

#include <llvm/ADT/StringRef.h>

#include <algorithm>

namespace loopy {
namespace {

std::string joinedMessages(const std::vector<Diagnostic> &diagnostics) {
  std::string text;
  for (const Diagnostic &d : diagnostics)
    text += (text.empty() ? "" : "\n") + d.message;
  return text;
}

} // namespace

UserError::UserError(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(joinedMessages(diagnostics)), diagnostics_(std::move(diagnostics)) {
  require(!diagnostics_.empty(), "a UserError carries at least one diagnostic");
}

UserError::UserError(SourceRange range, std::string message)
    : UserError(std::vector<Diagnostic>{Diagnostic{Severity::Error, range, std::move(message), {}}}) {}

InternalError::InternalError(const std::string &message, const char *file, int line)
    : std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + message) {}

std::string nearestName(std::string_view name, const std::vector<std::string> &candidates) {
  // A third of the letters may differ, and one letter always: `n` is near `m`, `rowlen` is near `row_len`.
  unsigned limit = std::max<unsigned>(1, static_cast<unsigned>(name.size()) / 3);
  std::string best;
  unsigned bestDistance = limit + 1;
  for (const std::string &candidate : candidates) {
    unsigned distance = llvm::StringRef(name.data(), name.size()).edit_distance(candidate, true, limit);
    // Of two names of one letter each nothing is alike.
    if (distance < bestDistance && distance < std::max(name.size(), candidate.size())) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

std::string listOfNames(const std::vector<std::string> &names) {
  constexpr size_t most = 40; // more are no help to a reader
  if (names.empty())
    return "none";
  std::string text = names[0];
  for (size_t i = 1; i < std::min(names.size(), most); ++i)
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  if (names.size() > most)
    text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::string unknownName(std::string_view kind, std::string_view name, const std::vector<std::string> &existing) {
  std::string text = "There is no " + std::string(kind) + " '" + std::string(name) + "'.";
  if (std::string near = nearestName(name, existing); !near.empty())
    text += " Did you mean '" + near + "'?";
  if (!existing.empty())
    text += " There are: " + listOfNames(existing) + ".";
  return text;
}

} // namespace loopy
