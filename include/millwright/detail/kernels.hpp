#pragma once

#include <cstddef>
#include <cstdint>

#include "millwright/numeric/cpu.hpp"

namespace millwright::detail {

// The table of hot loops, one per instruction level. Contract of every kernel: element-wise work has a fixed expression order;
// sums run in 16 lanes (lane = index mod 16, the tail continues in its lanes) that are added in a fixed tree at the end:
// 16 -> 8 -> 4 -> 2 -> 1, lane i with lane i + half. So all levels give the same bits. n may be 0. No alignment is required.
// Non-finite input is allowed and follows IEEE 754.

/// Power sums of a window in one pass; arithmetic is float64. Each root of sum_sqrt_abs is good to 46 bits, or 45
/// for float64 samples.
struct raw_sums {
  double sum, sum_abs, sum_sqrt_abs, sum_squares, minimum, maximum;  // minimum = +inf and maximum = -inf when n = 0
};
/// Sums of (x - mean)^2, ^3, ^4.
struct central_sums {
  double m2, m3, m4;
};
/// First and second differences: sum |d1|, sum d1, sum d1^2, sum d2, sum d2^2 and the number of sign changes of x - level.
/// sum d1 and sum d2 telescope: they are computed from the ends of the window, and are NaN if any sample is not finite.
struct difference_sums {
  double sum_abs_d1, sum_d1, sum_d1_squares, sum_d2, sum_d2_squares;
  std::int64_t crossings;  ///< i with (x[i] > level) != (x[i-1] > level)
};

/// What is computed from samples: float32 in streams, float64 in one-off calls.
template <class Sample>
struct sample_kernels {
  raw_sums (*raw)(const Sample* x, std::size_t n) noexcept;             ///< without sum_sqrt_abs, which is 0
  raw_sums (*raw_with_roots)(const Sample* x, std::size_t n) noexcept;  ///< takes more than twice as long
  central_sums (*central)(const Sample* x, std::size_t n, double mean) noexcept;
  difference_sums (*differences)(const Sample* x, std::size_t n, double level) noexcept;
  /// sum (i - (n - 1) / 2) (x[i] - mean)
  double (*trend)(const Sample* x, std::size_t n, double mean) noexcept;
  /// y[i] = (double(x[i]) - offset) * taper[i]: detrend and taper of one segment.
  void (*taper)(const Sample* x, const double* taper, double offset, std::size_t n, double* y) noexcept;
  /// y[i] = x[i] * factor[i]
  void (*multiply)(const Sample* x, const Sample* factor, std::size_t n, Sample* y) noexcept;
};

/// Points column by column: coordinate d of point i is values[d * stride + i].
struct point_columns {
  const double* values;
  std::size_t dimensions, stride, count;
};

struct kernel_table : sample_kernels<float> {
  sample_kernels<double> wide;

  /// psd[i] += re(z[i])^2 + im(z[i])^2; z is interleaved re, im.
  void (*add_power)(const double* z, std::size_t n, double* psd) noexcept;
  /// sum x[i]
  double (*sum)(const double* x, std::size_t n) noexcept;
  /// sum x[i] * y[i]
  double (*dot)(const double* x, const double* y, std::size_t n) noexcept;
  /// Spectral sums: with p[i] >= 0 at index i: sum p, sum i p, sum i^2 p, sum log(p + tiny), sum p log(p + tiny), tiny = 1e-300;
  /// log is the vector form of math::log and equal to it in bits.
  struct spectral_sums {
    double power, first_moment, second_moment, log_power, power_log_power;
  };
  /// logs[i] = log(p + tiny), too.
  spectral_sums (*spectral)(const double* p, std::size_t n, double* logs) noexcept;
  /// Sums of (i - centre)^2 p[i], ^3, ^4: those of i and i^2 would cancel for a narrow line.
  central_sums (*spectral_moments)(const double* p, std::size_t n, double centre) noexcept;
  /// y[i] = log(x[i] + offset), equal to math::log in bits unless the sum is zero or denormal.
  void (*log)(const double* x, double offset, std::size_t n, double* y) noexcept;
  /// out[r * out_stride + i] = sum over d, in order, of (rows[r * dimensions + d] - point i's coordinate d)^2.
  void (*squared_distances)(const double* rows, std::size_t row_count, const point_columns& points, double* out,
                            std::size_t out_stride) noexcept;
  /// y[i] = exp(-gamma (y[i] - nearest)), y[i] >= nearest: from squared distances to Gaussian similarities; <= 2 ulp, 0 below 1e-307.
  void (*gaussians)(double gamma, double nearest, std::size_t n, double* y) noexcept;

  /// One Stockham pass of the complex FFT in split or interleaved form is private to fft_native.cpp's own table.
  const struct fft_kernels* fft;
  /// Filter banks of the wavelet transforms: src/kernels/wavelet_kernels.hpp.
  const struct wavelet_kernels* wavelet;

  /// Hot loops of recursive and FIR filters; see filter_kernels.hpp.
  const struct filter_kernels* filter;
  /// Rows against the vectors of a kernel method: src/kernels/svm_kernels.hpp.
  const struct svm_kernels* svm;

  /// Scoring isolation forests by ranks, see src/kernels/forest_kernels.hpp; nullptr: the level has no packs.
  const struct forest_kernels* forest;

  kernel_level level;
};

/// Those for samples of one type.
template <class Sample>
[[nodiscard]] const sample_kernels<Sample>& kernels_for(const kernel_table& table) noexcept {
  if constexpr (sizeof(Sample) == sizeof(float)) {
    return table;
  } else {
    return table.wide;
  }
}

/// Kernels of the level in use; take the reference in prepare and keep it.
[[nodiscard]] const kernel_table& active_kernels() noexcept;
/// Kernels of one level, or nullptr when it is not available on this machine.
[[nodiscard]] const kernel_table* kernels_of(kernel_level level) noexcept;

}  // namespace millwright::detail
