// Makes what a reduction reduces a rule.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ReductionToSubst {
  std::string target{};              // an accumulator, or a statement that updates one
  std::vector<std::string> inames{}; // further parameters of the rule, beside the inames that are reduced over
  std::string rule{};                // the rule's name; "" = ACCUMULATOR_term
  SourceRange where{};
};

// The update `acc = acc op e(i, k)` becomes `acc = acc op term(k)` with a new rule `term(k) := e(i, k)` over the inames
// that are reduced over and occur in `e`, so that precompute and others can speak of `e`. Updates written by hand count
// too: their loops that no subscript of the place mentions are those that they reduce over. Nothing is computed in
// another place, so that there is nothing to prove.
Kernel reductionToSubst(const Kernel &kernel, const ReductionToSubst &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ReductionToSubst &options, Notes *notes) {
  return reductionToSubst(kernel, options, notes);
}

} // namespace loopy
