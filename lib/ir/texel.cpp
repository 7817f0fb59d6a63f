#include "loopy/ir/texel.h"

namespace loopy {

std::optional<Texel> texelOf(Type type) {
  if (type == float64Type)
    return Texel{Texel::Channel::UInt32, 2, true};
  if (type.lanes != 1 && type.lanes != 2 && type.lanes != 4)
    return std::nullopt;
  switch (type.kind) {
  case ScalarKind::Float32:
    return Texel{Texel::Channel::Float32, type.lanes, false};
  case ScalarKind::Int32:
    return Texel{Texel::Channel::Int32, type.lanes, false};
  case ScalarKind::UInt32:
    return Texel{Texel::Channel::UInt32, type.lanes, false};
  default:
    return std::nullopt;
  }
}

} // namespace loopy
