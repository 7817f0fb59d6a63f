// The proof that values may be computed ahead of their uses.
#pragma once

#include "loopy/analysis/prove.h"

namespace loopy {

struct CopyCheck {
  // The new kernel with the fill in its place, in which the uses still stand as they were, their rule expanded.
  const Kernel *kernel = nullptr;
  std::string fill;                       // the fill's statement
  // The loops around the fill's place of which a use and its fill are in the same iteration: down to `at`; or without
  // `at`, where the fill of a use may run in an earlier iteration of it.
  std::vector<std::string> around;
  std::map<std::string, std::set<const ExprNode *>> reads;  // by statement: the loads that its uses make
};

struct CopyViolation {
  Violation violation;       // the pair
  bool isBetween = false;    // a write between fill and use; else a fill and a write that nothing orders
};

// The copy obligation: for each replaced read u and its fill instance f(u), which runs before u in the same iteration
// of the loops `around`,
//   every instance that may write an element which u reads stands on the same side of f(u) as of u, and
//   every dependence of any fill instance holds in the new tree: none first parts at a parallel loop.
// Returns the first violation.
std::optional<CopyViolation> findCopyViolation(const CopyCheck &check);

} // namespace loopy
