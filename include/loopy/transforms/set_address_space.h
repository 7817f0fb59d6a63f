// Says in which memory a temporary lies.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct SetAddressSpace {
  std::string array{};  // a temporary
  std::string memory{}; // private, local or global; auto = as the mapping derives it
  SourceRange where{};
};

// Without it the mapping derives the memory: private where each element is accessed by one work-item, local where by
// one work-group, else global. A wider one may be asked for; a narrower one is refused with the two statements, here
// for the tags that there are, and by the mapping for those that come later. C has one memory, and ignores it.
Kernel setAddressSpace(const Kernel &kernel, const SetAddressSpace &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SetAddressSpace &options, Notes *notes) {
  return setAddressSpace(kernel, options, notes);
}

} // namespace loopy
