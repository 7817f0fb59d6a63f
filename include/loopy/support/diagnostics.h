// Located messages. Everything that the user's text can cause is a Diagnostic; everything else is an InternalError.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace loopy {

// A half-open byte range of a source file owned by a `Sources`. `file` 0 means "no place in a file".
struct SourceRange {
  uint32_t file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool isValid() const { return file != 0; }
  friend bool operator==(const SourceRange &, const SourceRange &) = default;
};

enum class Severity { Error, Warning, Note, Remark };

struct Diagnostic {
  Severity severity = Severity::Error;
  SourceRange range;
  std::string message;            // one or more plain whole sentences, no trailing newline
  std::vector<Diagnostic> notes;  // shown below, each with its own range
};

// The caller's or the user's mistake; carries at least one diagnostic. The command line exits with status 1.
class UserError : public std::runtime_error {
public:
  explicit UserError(std::vector<Diagnostic> diagnostics);
  UserError(SourceRange range, std::string message);
  const std::vector<Diagnostic> &diagnostics() const { return diagnostics_; }

private:
  std::vector<Diagnostic> diagnostics_;
};

// Our mistake; the command line exits with status 3 and asks for a report.
class InternalError : public std::runtime_error {
public:
  explicit InternalError(const std::string &message, const char *file = __builtin_FILE(), int line = __builtin_LINE());
};

// Throws an InternalError unless `condition` holds, in every build type.
inline void require(bool condition, const char *message, const char *file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!condition)
    throw InternalError(message, file, line);
}

// The name among `candidates` that is nearest to `name` by edit distance, or "" if none is near.
std::string nearestName(std::string_view name, const std::vector<std::string> &candidates);

// "a, b and c"; "none" for an empty list.
std::string listOfNames(const std::vector<std::string> &names);

// "Did you mean 'x'? " + "There are: a, b and c." for an unknown `name` of a `kind` ("iname", "array", ...).
std::string unknownName(std::string_view kind, std::string_view name, const std::vector<std::string> &existing);

} // namespace loopy
