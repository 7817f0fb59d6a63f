// Proofs of the obligations of passes. All throw UserError with a concrete pair of instances when the proof fails.
#pragma once

#include "loopy/analysis/dependence.h"

namespace loopy {

struct Violation {
  std::string array;
  std::string source, sink;      // statement ids; `source` runs first in the old tree
  std::string element;           // "u[3]"
  bool sourceWrites = false, sinkWrites = false;
  poly::Point point;             // values of params, source inames, primed sink inames
  bool undecided = false;        // isl ran out of its operation budget
  std::string atLoop;            // the loop of the new tree where the pair first parts, "" at a child position
  bool atParallelLoop = false;
};

// Of a pair of accesses, the first of which is the source, or the second; without a point, and with the array as element.
Violation violationOf(const Conflict &conflict, bool firstIsSource);
// "u[3]": the element that an access touches at a point, "u[...]" where its subscripts are not affine.
std::string elementText(const AccessTable &table, const AccessInfo &access, const poly::Point &point);
// Gives the violation the small numbers of one of these pairs of instances (second primed). Returns them as they are in
// the set.
poly::Point setPoint(Violation &violation, const Conflict &conflict, bool firstIsSource, const isl::set &pairs);

// What a reordering does beside changing the tree and its tags.
struct Reordering {
  std::string loop;             // instance S[x] of `after` is instance S[x + ahead] of `before`, x the value of `loop`,
  std::set<std::string> early;  // for these statements
  int64_t ahead = 0;
  std::set<std::string> turned; // loops that run upwards or downwards, as values of outer loops decide
};

// The reorder obligation: every dependence of `before`'s tree holds in `after`'s tree and tags.
// The two kernels have the same statements and inames; only tree and tags differ, and what `reordering` says. Returns
// the first violation, in instances of `before`.
std::optional<Violation> findReorderViolation(const Kernel &before, const Kernel &after,
                                              const Reordering &reordering = {});

// "`update[t=0, i=3]` writes `u[3]`, which `update[t=1, i=2]` reads": one sentence, speaking of the user's statement
// instances where the origin is known, with parameter values.
std::string describe(const Kernel &kernel, const Violation &violation);

// Of two instances that share a cell, where the one that uses it last would have to run first: "`S[k=2]` reads it, and
// `T[k=3]`, which does not run later, writes another element in the same cell".
std::string describeSharing(const Kernel &kernel, const Violation &violation);

// Throws a UserError at `where` if findReorderViolation finds one: "`what` is not legal: DESCRIPTION. `advice`".
void proveReorder(const Kernel &before, const Kernel &after, SourceRange where, const std::string &what,
                  const std::string &advice = "", const Reordering &reordering = {});

} // namespace loopy
