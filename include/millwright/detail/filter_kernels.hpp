#pragma once

#include <cstddef>

namespace millwright::detail {

/// Coefficients and state of four second-order sections in a row, by kind of number.
///
/// y[n] = ((b0 x[n] + b1 x[n-1]) + late[n]) - a1 y[n-1], late[n+1] = early[n], early[n+1] = b2 x[n] - a2 y[n]: transposed direct form
/// II with its first state s0 = b1 x - a1 y + early taken apart, so that the next output waits for one product and one difference only.
struct four_sections {
  double b0[4], b1[4], b2[4], a1[4], a2[4];
};
struct four_states {
  double x[4], y[4];         // last input and output
  double late[4], early[4];  // s1 of the sample before the last, and of the last
};

/// Filters, one table a level; the same bits at every level.
struct filter_kernels {
  /// Four sections in a row over n samples; in and out may be the same.
  void (*sos)(const four_sections& sections, four_states& states, const double* in, double* out, std::size_t n) noexcept;
  /// y[i] = sum over k = 0 .. taps - 1, ascending, of tap[k] x[i - k stride].
  void (*fir)(const double* x, std::size_t stride, const double* tap, std::size_t taps, double* y, std::size_t n) noexcept;
};

}  // namespace millwright::detail
