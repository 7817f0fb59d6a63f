// Takes the user's word that two statements are independent.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Trust {
  std::string first{}, second{}; // statement ids
  std::string array{};
  SourceRange where{};
};

// Records the fact that no dependence through `array` joins the two statements. `loopyc check` lists it.
Kernel trust(const Kernel &kernel, const Trust &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Trust &options, Notes *notes) {
  return trust(kernel, options, notes);
}

} // namespace loopy
