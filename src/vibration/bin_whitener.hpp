#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <span>

#include "numeric/exact_scale.hpp"

namespace millwright::detail {

/// Divides bins by their magnitude: the phase stays. Negligible bins, rounding noise of the largest one, become 0; NaN stays NaN.
template <class Real>
class bin_whitener {
 public:
  explicit bin_whitener(std::span<const std::complex<Real>> bins) noexcept {
    double largest = 0.0;
    for (const auto& bin : bins) {
      largest = std::max({largest, std::abs(static_cast<double>(bin.real())), std::abs(static_cast<double>(bin.imag()))});
    }
    scale_ = exact_scale(largest);
    double power = 0.0;
    for (const auto& bin : bins) power = std::max(power, power_of(bin));
    const double noise = 16.0 * static_cast<double>(std::numeric_limits<Real>::epsilon());
    negligible_ = noise * noise * power;
  }
  /// 1 / |scaled bin|, so that weight times scaled bin is whitened.
  [[nodiscard]] double weight(const std::complex<Real>& bin) const noexcept {
    const double power = power_of(bin);
    return power <= negligible_ ? 0.0 : 1.0 / std::sqrt(power);
  }
  /// The bin times a power of two, the same for all bins: exact.
  [[nodiscard]] std::complex<double> scaled(const std::complex<Real>& bin) const noexcept {
    return {scale_ * static_cast<double>(bin.real()), scale_ * static_cast<double>(bin.imag())};
  }

 private:
  [[nodiscard]] double power_of(const std::complex<Real>& bin) const noexcept {
    const std::complex<double> s = scaled(bin);
    return s.real() * s.real() + s.imag() * s.imag();
  }

  double scale_ = 1.0;
  double negligible_ = 0.0;
};

}  // namespace millwright::detail
