// Gives a name to an expression that occurs in statements.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ExtractSubst {
  std::string rule{};                 // the new rule's name, not in use
  std::string pattern{};              // an expression over `params`, or the name of an array: all reads of it
  std::vector<std::string> params{};  // names in the pattern that stand for any expression
  std::string within{};               // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// Replaces every value that matches the pattern by a use of the new rule `rule(params) := pattern`. A parameter that
// occurs twice must match equal expressions. The names of inames that are no parameters match only themselves.
Kernel extractSubst(const Kernel &kernel, const ExtractSubst &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ExtractSubst &options, Notes *notes) {
  return extractSubst(kernel, options, notes);
}

} // namespace loopy
