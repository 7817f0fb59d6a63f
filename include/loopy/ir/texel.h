// What images hold.
#pragma once

#include "loopy/ir/type.h"

#include <optional>

namespace loopy {

// One element of an image.
struct Texel {
  enum class Channel { Float32, Int32, UInt32 };
  Channel channel = Channel::Float32;
  unsigned channels = 1; // 1, 2 or 4
  bool isDouble = false; // a float64 is two channels, its low word first
};

// The texel that holds a value of this type; nothing if there is none.
std::optional<Texel> texelOf(Type type);

} // namespace loopy
