#include "loopy/runtime/half.h"

#include <bit>
#include <cmath>

namespace loopy {

uint16_t halfFromFloat(float value) {
  const uint16_t sign = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16 & 0x8000);
  const float magnitude = std::fabs(value);
  if (std::isnan(value))
    return sign | 0x7e00;
  if (magnitude >= 65520.0F) // what rounds to 65536
    return sign | 0x7c00;
  if (magnitude < 0x1p-14F) // a multiple of the smallest number; nearbyint rounds ties to even
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24F)));
  int exponent = 0;
  const float mantissa = std::frexp(magnitude, &exponent);                    // in [0.5, 1)
  const auto digits = static_cast<uint32_t>(std::nearbyint(mantissa * 2048)); // in [1024, 2048]
  // A mantissa that rounds up to 2048 carries into the exponent by itself.
  return static_cast<uint16_t>(sign + ((static_cast<uint32_t>(exponent) + 13) << 10) + digits);
}

float floatFromHalf(uint16_t bits) {
  const float sign = bits & 0x8000 ? -1.0F : 1.0F;
  const int exponent = bits >> 10 & 31;
  const int digits = bits & 1023;
  if (exponent == 31)
    return digits ? std::bit_cast<float>(0x7fc00000U) : sign * INFINITY;
  return exponent == 0 ? sign * std::ldexp(static_cast<float>(digits), -24)
                       : sign * std::ldexp(static_cast<float>(1024 + digits), exponent - 25);
}

} // namespace loopy
