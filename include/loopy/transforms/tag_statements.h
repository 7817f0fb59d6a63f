// Gives statements tags, by which later steps select them.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct TagStatements {
  std::string within{};              // which statements, as in transforms/match.h; "" = all
  std::vector<std::string> tags{};   // that they get
  std::vector<std::string> remove{}; // globs of tags that they lose, before they get the new ones
  SourceRange where{};
};

// The statements that match lose the tags that match a glob of `remove` and get `tags`; `within=tag:NAME` of later
// steps sees them. Tags mean nothing else, so there is nothing to prove.
//
// UserError if neither tags nor remove is given, a tag is no word, nothing matches `within`, a glob of `remove` matches
// no tag of these statements, or all of them are tagged so already.
Kernel tagStatements(const Kernel &kernel, const TagStatements &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const TagStatements &options, Notes *notes) {
  return tagStatements(kernel, options, notes);
}

} // namespace loopy
