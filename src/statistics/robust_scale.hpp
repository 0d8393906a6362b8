#pragma once

#include <span>

namespace millwright::detail {

/// Where values lie and how far they spread.
struct robust_spread {
  double location = 0.0;  ///< median
  double scale = 0.0;     ///< 1.4826 MAD; the standard deviation where MAD is 0; 0 where that is 0 too
};

/// Median; sorts `values`, which must be finite. 0 for none.
[[nodiscard]] double median_of(std::span<double> values) noexcept;

/// Median and scale; sorts and overwrites `values`, which must be finite. A scale of at most 1e-12 |median| counts as 0.
[[nodiscard]] robust_spread robust_spread_of(std::span<double> values) noexcept;

}  // namespace millwright::detail
