// Puts statements into further loops, in which they are repeated.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct AddInamesToStatement {
  std::vector<std::string> inames{}; // outermost first
  std::string within{};              // the statements, by description
  std::string like{};                // a statement that has the inames; "" = all that have them agree in their ranges
  SourceRange where{};
};

// Each statement stands in loops of these names: as the first one in those that stand directly behind it, else in new
// ones around it alone, with the ranges that they have elsewhere. Legal iff a repeated instance does what it did the
// first time (it reads nothing that it writes, and nothing else in these loops writes what it accesses), and every
// instance runs at least once, so that no range is empty. UserError otherwise, and for tagged loops where a dependence
// between repetitions has no order.
Kernel addInamesToStatement(const Kernel &kernel, const AddInamesToStatement &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const AddInamesToStatement &options, Notes *notes) {
  return addInamesToStatement(kernel, options, notes);
}

} // namespace loopy
