// Proofs of the obligations of passes. All throw UserError with a concrete pair of instances when the proof fails.
#pragma once

#include "loopy/analysis/dependence.h"

namespace loopy {

struct Violation {
  DependenceKind kind = DependenceKind::Flow;
  std::string array;
  std::string source, sink;      // statement ids; `source` runs first in the old tree
  std::string element;           // "u[3]"
  bool sourceWrites = false, sinkWrites = false;
  poly::Point point;             // values of params, source inames, primed sink inames
  bool undecided = false;        // isl ran out of its operation budget
  std::string atLoop;            // the loop of the new tree where the pair first parts, "" at a child position
  bool atParallelLoop = false;
};

// The reorder obligation: every dependence of `before`'s tree holds in `after`'s tree and tags.
// The two kernels have the same statements and inames; only tree and tags differ. Returns the first violation.
std::optional<Violation> findReorderViolation(const Kernel &before, const Kernel &after);

// "`update[t=0, i=3]` writes `u[3]`, which `update[t=1, i=2]` reads": one sentence, speaking of the user's statement
// instances where the origin is known, with parameter values.
std::string describe(const Kernel &kernel, const Violation &violation);

// Throws a UserError at `where` if findReorderViolation finds one: "`what` is not legal: DESCRIPTION. `advice`".
void proveReorder(const Kernel &before, const Kernel &after, SourceRange where, const std::string &what,
                  const std::string &advice = "");

} // namespace loopy
