// The numbers 0 .. total - 1, dealt out to `chunks` chunks in turn: number chunks*j + c is the j-th one of chunk c.
// Where the chunks then stand one behind the other, this is its place:
//     c*(total // chunks) + minimum(c, total % chunks) + j
// Chunk c has ceil((total - c) / chunks) members, so the first total % chunks of them are longer by one. A place is no
// affine function of the number, but as a function from [0, total) to itself it is one to one, which is all that most
// questions about subscripts ask. In the IR a CallExpr of three arguments; lowering writes it out.
#pragma once

#include "loopy/ir/context.h"

#include <optional>

namespace loopy {

inline constexpr const char *chunkPlaceFunction = "chunk_place";

struct ChunkPlace {
  Expr number;
  int64_t chunks = 1;
  Expr total;
};

Expr makeChunkPlace(Context &context, const ChunkPlace &place, SourceRange range);
// Nothing for other expressions, also for ill-formed calls.
std::optional<ChunkPlace> asChunkPlace(Expr e);
// The first one in an expression.
std::optional<Expr> findChunkPlace(Expr e);
// { : name = e } if the place in `e` is any from 0 to the total; nothing where there is none, or the rest is not affine.
std::optional<isl::set> valuesInChunks(Context &context, Expr e, const std::string &name);

} // namespace loopy
