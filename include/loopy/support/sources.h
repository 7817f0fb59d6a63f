// The texts that a run has read, for locating diagnostics.
#pragma once

#include "loopy/support/diagnostics.h"

#include <memory>
#include <string>
#include <string_view>

namespace llvm {
class SourceMgr;
class raw_ostream;
} // namespace llvm

namespace loopy {

struct LineColumn {
  unsigned line = 0;    // from 1
  unsigned column = 0;  // from 1, in bytes
};

// Owns source buffers; files are numbered from 1 in the order in which they were added.
class Sources {
public:
  Sources();
  ~Sources();
  Sources(const Sources &) = delete;
  Sources &operator=(const Sources &) = delete;

  // Adds a text under a name to show in messages; returns its file number.
  uint32_t add(std::string name, std::string text);
  std::string_view text(uint32_t file) const;
  std::string_view text(SourceRange range) const;
  std::string name(uint32_t file) const;
  LineColumn lineColumn(uint32_t file, uint32_t offset) const;

  // Prints "name:line:column: error: message", the source line and a caret, then the notes.
  void print(llvm::raw_ostream &out, const Diagnostic &diagnostic, bool colors) const;
  // One JSON array of {severity, file, line, column, endLine, endColumn, message, notes}.
  std::string toJson(const std::vector<Diagnostic> &diagnostics) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace loopy
