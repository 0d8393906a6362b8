// The FFT's hot loops, private to the native backend; one table per instruction level.
#pragma once

#include <cstddef>

namespace millwright::detail {

/// One Stockham pass of a complex transform of length radix * blocks * stride; radix is 2, 3, 4, 5 or 8.
/// It reads x[q + stride * (p + blocks * k)] and writes y[q + stride * (radix * p + k)], p < blocks, q < stride, k < radix,
/// the k-th output of each butterfly turned by twiddle(p, k) = exp(-2 pi i p k / (radix * blocks)).
/// Twiddles: of the first pass (stride 1) planes re, im of k = 1, 2, ... with p running fastest, as its loops run along p;
/// of later passes, whose loops run along q, the pairs (re, im) of k = 1, 2, ... of p = 0, then of p = 1, and so on.
template <class Real>
struct fft_pass {
  std::size_t radix, blocks, stride;
  const Real* twiddles;
};

template <class Real>
struct fft_table {
  /// Any pass, from split (re, im) arrays to split arrays; must not overlap.
  void (*pass)(const fft_pass<Real>& pass, const Real* x_re, const Real* x_im, Real* y_re, Real* y_im) noexcept;
  /// The first pass, from interleaved complex numbers.
  void (*first_pass)(const fft_pass<Real>& pass, const Real* x, Real* y_re, Real* y_im) noexcept;
  /// From the transform z of m complex numbers x[2j] + i x[2j+1] to bins 0 .. m of the real transform, interleaved.
  /// twiddles: planes cos, sin of pi k / m, k = 0 .. m/2.
  void (*unpack_real)(const Real* z_re, const Real* z_im, const Real* twiddles, std::size_t m, Real* out) noexcept;
};

struct fft_kernels {
  fft_table<float> f32;
  fft_table<double> f64;

  template <class Real>
  [[nodiscard]] const fft_table<Real>& table() const noexcept {
    if constexpr (sizeof(Real) == sizeof(float)) {
      return f32;
    } else {
      return f64;
    }
  }
};

}  // namespace millwright::detail
