// What precompute and prefetch have in common, which is nearly everything.
#pragma once

#include "loopy/transforms/precompute.h"

namespace loopy {

// How messages and names speak of the rule.
struct FillWording {
  std::string what;                    // "`f`", "`a`"
  std::string action;                  // "Computing `f` ahead"
  std::vector<std::string> axisNames{}; // of the arguments: "axis 0"; empty = the rule's own
  std::vector<std::string> labels{};   // of the arguments that are numbered, for loops and axes; empty = numbers
  unsigned unnumbered = 0;             // leading arguments that numbers of axes do not count: an array's implicit axes
};

// precompute.
Kernel fillUses(const Kernel &kernel, const Precompute &options, const FillWording &wording, Notes *notes);

} // namespace loopy
