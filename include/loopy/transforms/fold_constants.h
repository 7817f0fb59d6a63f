// Computes what is constant, and drops operations that do nothing.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct FoldConstants {
  std::string within{}; // which statements, as in transforms/match.h; "" = all, and all rules
  SourceRange where{};
};

// Replaces expressions in values, subscripts and conditions by simpler ones of exactly the same value: operations on
// constants, in the precision of their type; operations with a neutral element (x*1, x/1, x - 0.0); selections and
// conditions that are decided; conversions that change nothing; x/8.0, which is x*0.125; functions of constants whose
// value the type has exactly. Nothing that holds for real numbers alone: x + 0.0 turns -0.0 into 0.0, and x*0.0 is NaN
// for an infinite x. What an update or an atomic statement does to its place stays as it is. UserError if nothing
// changes.
Kernel foldConstants(const Kernel &kernel, const FoldConstants &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const FoldConstants &options, Notes *notes) {
  return foldConstants(kernel, options, notes);
}

} // namespace loopy
