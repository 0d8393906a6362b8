#pragma once

#include <algorithm>
#include <cstddef>

namespace millwright::detail {

/// The smallest length from `n` on without other factors than 2, 3 and 5: what the FFT is fastest at. O(log^2 n).
[[nodiscard]] inline std::size_t fast_length(std::size_t n) noexcept {
  std::size_t best = 1;
  while (best < n) best *= 2;
  for (std::size_t fives = 1; fives < best; fives *= 5) {
    for (std::size_t odd = fives; odd < best; odd *= 3) {
      std::size_t length = odd;
      while (length < n) length *= 2;
      best = std::min(best, length);
    }
  }
  return best;
}

}  // namespace millwright::detail
