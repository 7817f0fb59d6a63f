#include "loopy/ir/chunk_place.h"

#include "loopy/ir/affine.h"

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

std::optional<isl::set> valuesInChunks(Context &context, Expr e, const std::string &name) {
  const std::optional<Expr> call = findChunkPlace(e);
  if (!call)
    return std::nullopt;
  const Expr any = context.iname("$place");
  const auto index = toAffine(context, rewrite(context, e, [&](Expr part) { return equal(part, *call) ? any : part; }));
  const auto total = toAffine(context, asChunkPlace(*call)->total);
  if (!index || !total)
    return std::nullopt;
  const isl::pw_aff place = poly::paramAff(context.isl(), "$place"), zero = poly::constantAff(context.isl(), 0);
  const isl::set values = poly::paramAff(context.isl(), name).eq_set(*index);
  return poly::projectOut(values.intersect(place.ge_set(zero)).intersect(place.lt_set(*total)), {"$place"});
}

} // namespace loopy
