// Asks for a barrier, or for a cut between device kernels, at a place of the tree.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct AddBarrier {
  std::string before{}, after{}; // a statement; one of the two
  std::string scope{"local"};    // local: a barrier of the work-group; global: a cut between device kernels
  std::string at{}; // a loop around the statement, inside which the barrier stands, beside the loop that holds
                    // the statement; "" = beside the statement itself
  std::string id{}; // of the barrier; "" = barrier
  SourceRange where{};
};

// Puts a barrier statement, as `... lbarrier` or `... gbarrier` writes it, before or after a statement, or before or
// after the child of loop `at` that holds it. It only forces this gap (local) or this cut (global) to be chosen when
// the kernel is mapped to a target, and orders nothing else, so there is nothing to prove. The sequential program has
// none.
//
// The barrier runs for the iterations of the loops around it for which the statement runs at all; which of them do is
// no matter, since a gap is passed by all work-items of a group.
//
// UserError if not just one of `before` and `after` is given, for unknown names and scopes, or if the place is inside a
// vector loop, whose lanes run at the same time.
Kernel addBarrier(const Kernel &kernel, const AddBarrier &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const AddBarrier &options, Notes *notes) {
  return addBarrier(kernel, options, notes);
}

} // namespace loopy
