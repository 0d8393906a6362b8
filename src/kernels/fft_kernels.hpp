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

inline constexpr std::size_t most_fft_passes = 32;

template <class Real>
struct fft_passes {
  std::size_t count;
  fft_pass<Real> pass[most_fft_passes];
};

/// Lanes of an fft_real_plan: a cache line's, or half as many for short lengths.
template <class Real>
inline constexpr std::size_t fft_most_lanes = 64 / sizeof(Real);

/// A real transform of length rows * columns, both even, laid out as x[column + columns * row] (Gentleman and Sande 1966; Bailey
/// 1990). Down the columns run complex transforms of length `rows` of the pairs x[c] + i x[c + columns/2]; each is parted into the
/// transforms of its two columns, of which half the rows say all, and turned. Along these rows run complex transforms of length
/// `columns`, whose outputs are the bins: k1 + rows * k2, or the mirror image of one. Rows 0 and rows/2, which are real, share a
/// lane: their bins are those of the real transform of the input folded to 2 * columns values.
/// All transforms run in `lanes` lanes: blocks of that many columns, then of that many rows; the last block overlaps the one before.
template <class Real>
struct fft_real_plan {
  std::size_t rows, columns, lanes;
  fft_passes<Real> row_passes, column_passes;  ///< strides in rows; the last of column_passes has an even radix
  const Real* twiddles;                        ///< half of exp(-2 pi i k c / n): see separate_tile
  const Real* unpack;                          ///< of unpack_real for m = columns
  Real *a, *b;                                 ///< a block each
  Real* turned;                                ///< all blocks of rows
  Real* folded;                                ///< 2 columns + 2 values
  Real* lane_zero;                             ///< 2 columns values

  [[nodiscard]] std::size_t row_blocks() const noexcept { return (rows / 2 + lanes - 1) / lanes; }
  [[nodiscard]] std::size_t column_blocks() const noexcept { return (columns / 2 + lanes - 1) / lanes; }
  /// First of the items of a block, when there are `count`.
  [[nodiscard]] std::size_t start(std::size_t block, std::size_t count) const noexcept {
    const std::size_t first = block * lanes;
    return first + lanes <= count ? first : count - lanes;
  }
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
  /// taper: nullptr, or as many values as `in`, by which those are multiplied on the way in.
  void (*real_forward)(const fft_real_plan<Real>& plan, const Real* in, const Real* taper, Real* out) noexcept;
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
