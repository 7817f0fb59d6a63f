// Lets temporaries share local memory.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct AliasTemporaries {
  std::vector<std::string> arrays{}; // two or more temporaries of one type
  SourceRange where{};
};

// The mapping lets temporaries in local memory share it where that costs no barrier that it would not need anyway. Here
// it is asked for, whatever barriers it takes. Legal iff no two are in use at the same time (analysis/lifetimes.h), for
// the tags that there are, and in the end: what a later step makes illegal, the mapping refuses. Temporaries that turn
// out not to be in local memory keep to themselves, as all do in C.
Kernel aliasTemporaries(const Kernel &kernel, const AliasTemporaries &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const AliasTemporaries &options, Notes *notes) {
  return aliasTemporaries(kernel, options, notes);
}

} // namespace loopy
