// Gives an argument another name.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct RenameArgument {
  std::string argument{}; // a parameter or an array
  std::string name{};     // not in use
  SourceRange where{};
  static constexpr bool definesKernel = true;
};

// The arguments are what a kernel is called with, so this is another kernel: what it is compared with has the new name
// too.
Kernel renameArgument(const Kernel &kernel, const RenameArgument &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const RenameArgument &options, Notes *notes) {
  return renameArgument(kernel, options, notes);
}

} // namespace loopy
