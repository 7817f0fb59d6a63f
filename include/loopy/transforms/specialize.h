// Makes two versions of a kernel, and chooses between them when it is run.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Specialize {
  std::string condition{};      // on integer parameters, in the language of domains: "n % 16 = 0"
  std::string name = "special"; // of the version for which it holds
  SourceRange where{};
};

// All statements are copied. The copies, with their loops, temporaries and rules under names that end in `_name`, run
// where the condition holds, and the others where it does not; so both can be transformed on their own, and the domains
// of the copies say what the condition says. Always legal: the versions never run both. What only one of them has is
// there once. UserError if the condition is not about integer parameters, or holds always or never.
Kernel specialize(const Kernel &kernel, const Specialize &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Specialize &options, Notes *notes) {
  return specialize(kernel, options, notes);
}

} // namespace loopy
