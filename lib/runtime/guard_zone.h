// Bytes before and behind an array that no kernel may write: who writes them wrote outside of the array.
#pragma once

#include "loopy/runtime/runtime.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace loopy {

// A multiple of what any device asks of the address of a buffer.
constexpr size_t guardBytes = 4096;
constexpr std::byte guardByte{0xa5};

inline bool isIntact(const std::byte *begin, const std::byte *end) {
  return std::all_of(begin, end, [](std::byte b) { return b == guardByte; });
}

[[noreturn]] inline void throwWroteOutside(const std::string &array) {
  throw WroteOutside(SourceRange{}, "The kernel wrote outside the array `" + array + "`.");
}

} // namespace loopy
