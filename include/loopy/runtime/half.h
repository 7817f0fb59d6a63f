// IEEE half precision as bits: the C++ compiler need not know the type.
#pragma once

#include <cstdint>

namespace loopy {

// The nearest half precision number, ties to even; infinity beyond the range.
uint16_t halfFromFloat(float value);
float floatFromHalf(uint16_t bits);

} // namespace loopy
