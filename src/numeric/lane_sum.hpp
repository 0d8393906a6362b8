#pragma once

#include <cstddef>

namespace millwright::detail {

/// Sum of term(0) .. term(n - 1) in 16 lanes, added as the kernels add theirs.
template <class Term>
[[nodiscard]] double lane_sum(std::size_t n, Term term) noexcept {
  double lane[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::size_t k = 0; k < 16; ++k) lane[k] += term(i + k);
  }
  for (std::size_t k = 0; i + k < n; ++k) lane[k] += term(i + k);
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0];
}

}  // namespace millwright::detail
