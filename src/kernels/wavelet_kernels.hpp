// The hot loops of the wavelet transforms; one table per instruction level. Every output is a sum of products in a fixed order of
// the taps, computed on its own, so the bits depend neither on the level nor on where an array is cut.
#pragma once

#include <cstddef>

namespace millwright::detail {

/// Taps come in pairs (low filter, high filter): 2 * count values. No array may overlap an output.
template <class Real>
struct wavelet_table {
  /// Both filters and every second output: low[k] = sum_j low_tap[j] x[2k + count - 1 - j], high alike, k < outputs, j = 0, 1, ...
  /// count is even and at most 40. Reads x[0 .. 2 outputs + count - 2).
  void (*analyse)(const Real* x, std::size_t outputs, const Real* taps, std::size_t count, Real* low, Real* high) noexcept;
  /// out[2m + p] = sum_i (low_tap[2i + p] low[m + count/2 - 1 - i] + high_tap[2i + p] high[...]), p = 0, 1, m < pairs, i = 0, 1, ...
  /// Reads pairs + count/2 - 1 values of low and high.
  void (*synthesise)(const Real* low, const Real* high, std::size_t pairs, const Real* taps, std::size_t count, Real* out) noexcept;
  /// Every output, taps at any distance: low[t] = sum_j low_tap[j] (x + offset[j])[t], high alike.
  void (*filter)(const Real* x, const std::ptrdiff_t* offset, std::size_t outputs, const Real* taps, std::size_t count, Real* low,
                 Real* high) noexcept;
  /// out[t] = sum_j (low_tap[j] (low + offset[j])[t] + high_tap[j] (high + offset[j])[t])
  void (*merge)(const Real* low, const Real* high, const std::ptrdiff_t* offset, std::size_t outputs, const Real* taps, std::size_t count,
                Real* out) noexcept;
  /// sum x[i]^2 in double precision, in the 16 lanes of kernels.hpp.
  double (*energy)(const Real* x, std::size_t n) noexcept;
};

struct wavelet_kernels {
  wavelet_table<float> f32;
  wavelet_table<double> f64;

  template <class Real>
  [[nodiscard]] const wavelet_table<Real>& table() const noexcept {
    if constexpr (sizeof(Real) == sizeof(float)) {
      return f32;
    } else {
      return f64;
    }
  }
};

}  // namespace millwright::detail
