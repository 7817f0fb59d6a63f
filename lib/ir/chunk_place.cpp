#include "loopy/ir/chunk_place.h"

#include "loopy/ir/constants.h"

namespace loopy {

Expr makeChunkPlace(Context &context, const ChunkPlace &place, SourceRange range) {
  return context.call(chunkPlaceFunction, {place.number, context.constant(place.chunks), place.total}, indexType,
                      range);
}

std::optional<ChunkPlace> asChunkPlace(Expr e) {
  const CallExpr *call = e.as<CallExpr>();
  if (!call || call->function != chunkPlaceFunction || call->args.size() != 3)
    return std::nullopt;
  const std::optional<int64_t> chunks = integerConstant(call->args[1]);
  if (!chunks || *chunks < 1 || !call->args[0].type().isInteger() || !call->args[2].type().isInteger())
    return std::nullopt;
  return ChunkPlace{call->args[0], *chunks, call->args[2]};
}

std::optional<Expr> findChunkPlace(Expr e) {
  std::optional<Expr> found;
  forEach(e, [&](Expr part) {
    if (!found && asChunkPlace(part))
      found = part;
  });
  return found;
}

} // namespace loopy
