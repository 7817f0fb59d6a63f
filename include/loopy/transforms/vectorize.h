// Makes a loop run over vectors.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Vectorize {
  std::string iname{};
  int64_t width = 0;       // 2, 4, 8 or 16
  std::string outerTag{};  // of the loop over vectors, as for `tag`; "" = none
  std::string outerName{}; // "" = <iname>_outer
  std::string innerName{}; // "" = <iname>_inner
  std::string within{};    // which statements, as in transforms/match.h; "" = all
  SourceRange where{};
};

// split_iname(iname, width), isolate of the inner loop, and the tag `vec` for it in the full tiles. In partial tiles
// the inner loop, a plain one, is called <inner>_partial; where all tiles are full there are none. Legal where each of
// the three is.
Kernel vectorize(const Kernel &kernel, const Vectorize &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Vectorize &options, Notes *notes) {
  return vectorize(kernel, options, notes);
}

} // namespace loopy
