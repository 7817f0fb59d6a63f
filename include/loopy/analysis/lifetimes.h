// Are two temporaries in use at the same time?
#pragma once

#include "loopy/analysis/prove.h"

namespace loopy {

// Why two temporaries may not use the same memory, if they may not. They may iff, in the body of the innermost
// sequential loop around all their accesses, all accesses to the one stand before all accesses to the other, and no
// value of either flows from one iteration of the loops around to another:
//   for all writes w(x) and reads r(y) of one element of one of them, w(x) before r(y):  x = y on the loops around
// paths : of the statements, in the tree with the hardware loops spliced out
struct LifetimeOverlap {
  std::string first, second;     // two statements that stand in the way, without a value that flows: one uses the
                                 // one temporary between uses of the other
  std::optional<Violation> flow; // the value that flows
  std::string loop;              // across iterations of this loop
};
std::optional<LifetimeOverlap> findLifetimeOverlap(const AccessTable &table, const std::map<std::string, Path> &paths,
                                                   const std::string &one, const std::string &other);

// "`S[k=0]` writes `t[3]`, which `T[k=1]` reads later, in another iteration of `k`".
std::string describe(const Kernel &kernel, const LifetimeOverlap &overlap);

} // namespace loopy
