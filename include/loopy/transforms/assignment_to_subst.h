// Makes an assignment to a temporary a rule.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct AssignmentToSubst {
  std::string target{};  // a temporary that one statement assigns, or the id of that statement
  std::string rule{};    // the new rule's name; "" = <temporary>_subst
  std::string within{};  // whose reads are replaced, as in transforms/match.h; "" = all
  SourceRange where{};
};

// Replaces reads of the temporary by uses of a rule with the assignment's right-hand side. If no read remains, the
// assignment and the temporary are removed.
//
// Legal iff each replaced read u has exactly one defining instance d(u), and no instance that may write what the rule
// reads runs between d(u) and u.
Kernel assignmentToSubst(const Kernel &kernel, const AssignmentToSubst &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const AssignmentToSubst &options, Notes *notes) {
  return assignmentToSubst(kernel, options, notes);
}

} // namespace loopy
