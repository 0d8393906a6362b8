#pragma once

#include <algorithm>
#include <cmath>

namespace millwright::detail {

/// The power of two that brings `largest` to 0.5 .. 1, so that its square neither overflows nor vanishes; multiplying by it is exact.
/// 1 for 0 and for what is not finite.
[[nodiscard]] inline double exact_scale(double largest) noexcept {
  if (!(largest > 0.0) || !std::isfinite(largest)) return 1.0;
  int exponent = 0;
  std::frexp(largest, &exponent);  // exact, and so is ldexp: no rounding that could differ between platforms
  return std::ldexp(1.0, std::clamp(-exponent, -1022, 1023));
}

}  // namespace millwright::detail
