// The complex transform under the native backend's public classes, over split (re, im) planes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fft_kernels.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright::detail {

inline constexpr std::size_t largest_fft = std::size_t{1} << 26;

/// exp(-2 pi i k / n), 0 <= k < n; symmetric roots are equal in bits.
struct unit_root {
  double re, im;
};
[[nodiscard]] unit_root unit_root_of(std::uint64_t k, std::uint64_t n) noexcept;

/// Spans of T in memory carved as one array start on cache lines.
template <class T>
constexpr std::size_t padded(std::size_t count) noexcept {
  constexpr std::size_t line = workspace::alignment / sizeof(T);
  return (count + line - 1) / line * line;
}

/// The passes of a complex transform, as radices; count = 0 when the length has other factors than 2, 3 and 5.
struct fft_factors {
  std::size_t radix[most_fft_passes];
  std::size_t count = 0;
};

/// Real numbers in the twiddles of all passes over n values.
[[nodiscard]] std::size_t twiddle_count(const fft_factors& factors, std::size_t n) noexcept;

/// Lengths that follow from the size; computed alike by prepare, which counts memory, and reset, which fills it.
struct fft_layout {
  std::size_t size = 0;
  std::size_t convolution_size = 0;  ///< length of the inner transforms when Bluestein is needed, else 0
  fft_factors passes;
  std::size_t pass_tables = 0;  ///< the tables follow each other in this order
  std::size_t chirp_tables = 0;
  std::size_t spectrum_tables = 0;
  std::size_t scratch = 0;

  template <class Real>
  [[nodiscard]] static fft_layout of(std::size_t size) noexcept;

  [[nodiscard]] std::size_t transform_size() const noexcept { return convolution_size > 0 ? convolution_size : size; }
  [[nodiscard]] std::size_t tables() const noexcept { return pass_tables + chirp_tables + spectrum_tables; }
};

template <class Real>
struct fft_planes {
  Real* re;
  Real* im;
};

template <class Real>
class fft_plan {
 public:
  /// tables and scratch: as many values as the layout says, on cache lines. Not `fill`: the tables are there already.
  void build(const fft_layout& layout, const fft_table<Real>& kernels, Real* tables, Real* scratch, bool fill) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const fft_table<Real>& kernels() const noexcept { return *kernels_; }

  /// Where transform() expects its input; overwritten by it. To transform back, exchange re and im of input and output.
  [[nodiscard]] fft_planes<Real> input() const noexcept { return a_; }
  /// Returns where the output lies, valid until the next transform.
  [[nodiscard]] fft_planes<Real> transform() const noexcept;
  /// The same of interleaved (re, im) pairs.
  [[nodiscard]] fft_planes<Real> transform(const Real* interleaved) const noexcept;

 private:
  [[nodiscard]] fft_planes<Real> run(std::size_t first, fft_planes<Real> from, fft_planes<Real> to) const noexcept;
  void fill_chirp(fft_planes<Real> chirp, fft_planes<Real> spectrum) const noexcept;
  void turn(fft_planes<Real> z) const noexcept;
  [[nodiscard]] fft_planes<Real> convolve() const noexcept;

  const fft_table<Real>* kernels_;
  std::size_t size_, convolution_size_, pass_count_;
  fft_pass<Real> passes_[most_fft_passes];
  fft_planes<const Real> chirp_;     ///< exp(-pi i j^2 / size)
  fft_planes<const Real> spectrum_;  ///< transform of the conjugate chirp, over convolution_size, with the inverse's factor
  fft_planes<Real> a_, b_;
};

extern template class fft_plan<float>;
extern template class fft_plan<double>;

}  // namespace millwright::detail
