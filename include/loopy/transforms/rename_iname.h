// Gives an iname another name.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct RenameIname {
  std::string iname{};
  std::string name{};   // must not be in use; loops are merged by fuse_loops only
  std::string within{}; // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// Loops that the selected statements share with others are distributed first, which is proved.
Kernel renameIname(const Kernel &kernel, const RenameIname &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const RenameIname &options, Notes *notes) {
  return renameIname(kernel, options, notes);
}

} // namespace loopy
