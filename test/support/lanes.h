// Vectors of programs, lane by lane: what the interpreters of programs share.
#pragma once

#include "loopy/lower/program.h"

#include <stdexcept>
#include <string>

namespace loopy::testing {

// The scalar expression that lane `k` of a vector has; a scalar's own. A vector variable's lane is a Load with a second
// subscript, as in programs.
inline Expr laneOf(Context &context, Expr e, int64_t k) {
  if (!e.type().isVector())
    return e;
  const Type type = e.type().scalar();
  if (const Load *load = e.as<Load>()) {
    if (isWide(e))
      return context.load(load->array, {context.add(load->index[0], context.constant(k))}, type);
    Expr cell = load->index.empty() ? context.constant(int64_t{0}) : load->index[0];
    return context.load(load->array, {cell, context.constant(k)}, type);
  }
  if (isLanes(e))
    return e.as<CallExpr>()->args.at(static_cast<size_t>(k));
  std::vector<Expr> parts;
  for (Expr child : children(e))
    parts.push_back(laneOf(context, child, k));
  if (e.is<Cast>())
    return context.cast(type, parts[0]);
  if (const CallExpr *call = e.as<CallExpr>())
    return context.call(call->function, parts, type);
  return withChildren(context, e, parts);
}

// What the program claims of the address of a vector in memory, given its first element's number: throws if an array
// whose first element is aligned to `base` bytes has it elsewhere.
inline void checkAlignment(Expr wide, int64_t first, int64_t base) {
  const Load &load = *wide.as<Load>();
  const int64_t size = wide.type().scalar().sizeInBytes(),
                claimed = std::get<int64_t>(load.index[1].as<Constant>()->value);
  if (claimed > std::max(base, size) || first * size % claimed != 0)
    throw std::runtime_error("a vector at " + load.array + "[" + std::to_string(first) +
                             "] is taken to be aligned to " + std::to_string(claimed) + " bytes");
}

} // namespace loopy::testing
