// Where a fill stands and what one filling serves: the loop `at`, the swept and the outer inames, and the tree in which
// the swept loops stand below `at`.
#pragma once

#include "loopy/ir/tree.h"

namespace loopy {

struct SweepRequest {
  std::string what;                   // what is filled, "`f`", for messages
  std::string at, in;                 // as in Precompute
  std::vector<std::string> sweep;
  std::vector<std::string> uses;      // ids of the statements with uses, all below `at` if it is given; at least one
  SourceRange where;
};

struct SweepPlan {
  AddressSpace in = AddressSpace::Private;
  bool isSpaceGiven = false;          // by the user, or by the work-items that share the fill
  std::string at;                     // "" = the top of the kernel
  std::set<std::string> swept;
  std::vector<std::string> outer;     // around the uses and not swept, outermost first as around the first use
  std::vector<std::string> around;    // the first of them: those down to `at`, on the fill's path; the rest stand inside
  Tree tree;                          // with the swept loops below `at`
};

// UserError where the request does not make sense, or where sinking a loop that is not a hardware loop would violate a
// dependence, with the pair.
SweepPlan planSweep(const Kernel &kernel, const SweepRequest &request);

// The tree with `nest` directly before the first child of loop `at` ("" = the top) that holds one of `uses`.
Tree insertFill(const Tree &tree, const std::string &at, const std::vector<std::string> &uses, const NodeRef &nest);

} // namespace loopy
