// Splits several loops and runs tile after tile.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Tile {
  std::vector<std::string> inames{};                   // perfectly nested
  std::vector<int64_t> sizes{};                        // one for each, or one for all
  std::vector<std::string> outer{}, inner{};           // tags, none or one for each
  std::vector<std::string> outerNames{}, innerNames{}; // empty = INAME_outer, INAME_inner
  std::string within{};                                // statements by description, "" = all
  SourceRange where{};
};

// Each loop is split as by split_iname; then all loops over tiles stand outside, in the order of `inames`, and all
// loops inside tiles inside them, which is proved as for reorder.
Kernel tile(const Kernel &kernel, const Tile &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Tile &options, Notes *notes) {
  return tile(kernel, options, notes);
}

} // namespace loopy
