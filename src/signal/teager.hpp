#pragma once

namespace millwright::detail {

/// Teager-Kaiser energy x[n]^2 - x[n-1] x[n+1], from neighbouring differences. An offset takes no digits beyond those of the samples,
/// while the squares of the plain form would cancel: x^2 - (x - a)(x + b) = x (a - b) + a b.
[[nodiscard]] inline double teager(double before, double here, double after) noexcept {
  const double a = here - before;
  const double b = after - here;
  return here * (a - b) + a * b;
}

}  // namespace millwright::detail
