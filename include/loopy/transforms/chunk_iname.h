// Deals the iterations of a loop out to a fixed number of chunks.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ChunkIname {
  std::string iname{};
  int64_t chunks = 1;      // at least 1
  std::string outerName{}; // default: INAME_outer, which counts the chunks
  std::string innerName{}; // default: INAME_inner, which counts the members of a chunk from 0 on
  std::string outerTag{}, innerTag{};
  std::string within{}; // which statements; a shared loop is distributed first
  SourceRange where{};
};

// With N iterations from the lower bound b on, i = b + chunk_place(chunks*i_inner + i_outer, chunks, N), the j-th
// member of chunk c (ir/chunk_place.h): chunks of ceil(N / chunks) iterations, and then of floor(N / chunks), which may
// be none. The new domain is 0 <= i_outer < chunks, 0 <= i_inner, chunks*i_inner + i_outer < N, which is one to one
// with the old one by that formula, and in the same order, so there is nothing to prove. i itself is no affine function
// of the new inames: the range of `i` must be the same for all statements, one lower and one upper bound over
// parameters and loops around, and nothing else may restrict it. UserError otherwise.
Kernel chunkIname(const Kernel &kernel, const ChunkIname &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ChunkIname &options, Notes *notes) {
  return chunkIname(kernel, options, notes);
}

} // namespace loopy
