#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <span>

namespace millwright::detail {

template <class Real>
[[nodiscard]] double power_of(const std::complex<Real>& bin) noexcept {
  const double re = static_cast<double>(bin.real());
  const double im = static_cast<double>(bin.imag());
  return re * re + im * im;
}

/// Squared magnitude up to which a bin is rounding noise of the largest one.
template <class Real>
[[nodiscard]] double negligible_power(std::span<const std::complex<Real>> bins) noexcept {
  double largest = 0.0;
  for (const auto& bin : bins) largest = std::max(largest, power_of(bin));
  const double noise = 16.0 * static_cast<double>(std::numeric_limits<Real>::epsilon());
  return noise * noise * largest;
}

/// 1 / |bin|, or 0 for a negligible one; NaN stays NaN.
template <class Real>
[[nodiscard]] double whitening_weight(const std::complex<Real>& bin, double negligible) noexcept {
  const double power = power_of(bin);
  return power <= negligible ? 0.0 : 1.0 / std::sqrt(power);
}

}  // namespace millwright::detail
