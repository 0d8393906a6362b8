#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/wavelet/wavelet.hpp"

// The discrete wavelet transform (Mallat, IEEE Trans. PAMI 11, 1989), in the conventions and with the results of PyWavelets:
//
//   approximation[k] = sum_j dec_lo[j] x[2k + 1 - j],  detail[k] = sum_j dec_hi[j] x[2k + 1 - j]
//
// with x past its ends as the mode says, and dec[j] x[2k + length/2 - j] in mode periodization. The next level takes the approximation.
// Real is float or double. O(n length). A sample that is not finite spoils the coefficients whose filters reach it and no other.

namespace millwright {

namespace detail {
template <class Real>
struct wavelet_table;
}

/// One level of the transform, ready to run: taps of one wavelet and a mode. No memory beyond itself; one object serves any number of
/// threads. Arrays may not overlap.
template <class Real>
class wavelet_bank {
 public:
  wavelet_bank() noexcept = default;
  wavelet_bank(const wavelet& w, wavelet_mode mode) noexcept;

  /// x: n >= 1 samples; coefficient_count(n) values each to approximation and detail.
  void analyse(const Real* x, std::size_t n, Real* approximation, Real* detail) const noexcept;
  /// Undoes analyse: the first `samples` <= sample_count(count) samples to out. sample_count exceeds an odd n by one.
  /// count >= length / 2, in mode periodization >= 1.
  void synthesise(const Real* approximation, const Real* detail, std::size_t count, Real* out, std::size_t samples) const noexcept;

  /// Without ends: coefficient k reads x[2k] .. x[2k + length - 1], k < count.
  void filter(const Real* x, std::size_t count, Real* approximation, Real* detail) const noexcept;
  /// Sum of x[i]^2 in double precision.
  [[nodiscard]] double energy(const Real* x, std::size_t n) const noexcept;

  [[nodiscard]] std::size_t coefficient_count(std::size_t n) const noexcept { return dwt_coefficient_count(n, length_, mode_); }
  [[nodiscard]] std::size_t sample_count(std::size_t count) const noexcept {
    return mode_ == wavelet_mode::periodization ? 2 * count : 2 * count + 2 - length_;
  }
  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  [[nodiscard]] wavelet_mode mode() const noexcept { return mode_; }

 private:
  const detail::wavelet_table<Real>* kernels_ = nullptr;
  std::size_t length_ = 0;
  wavelet_mode mode_ = wavelet_mode::symmetric;
  Real analysis_[2 * wavelet::longest] = {};
  Real synthesis_[2 * wavelet::longest] = {};
};

/// Where the bands of a decomposition lie in one array, in PyWavelets' order: approximation, then details from the coarsest to the finest.
class wavelet_layout {
 public:
  wavelet_layout() noexcept = default;
  /// n >= 1 samples, level < 64.
  wavelet_layout(std::size_t n, std::size_t length, wavelet_mode mode, std::size_t level) noexcept;

  [[nodiscard]] std::size_t level() const noexcept { return level_; }
  [[nodiscard]] std::size_t samples() const noexcept { return samples_; }
  /// level() + 1; 1 for level 0, where the signal itself is the approximation.
  [[nodiscard]] std::size_t bands() const noexcept { return level_ + 1; }
  /// Band 0 is the approximation, band b >= 1 the detail of level level() + 1 - b.
  [[nodiscard]] std::size_t size(std::size_t band) const noexcept { return size_[band]; }
  [[nodiscard]] std::size_t start(std::size_t band) const noexcept { return start_[band]; }
  [[nodiscard]] std::size_t total() const noexcept { return start_[level_] + size_[level_]; }
  /// Values of working memory that decompose and recompose need.
  [[nodiscard]] std::size_t scratch() const noexcept;

 private:
  std::size_t level_ = 0;
  std::size_t samples_ = 0;
  std::size_t size_[65] = {};
  std::size_t start_[65] = {};
};

/// All levels: layout.samples() values of x to layout.total() coefficients.
template <class Real>
void decompose(const wavelet_bank<Real>& bank, const wavelet_layout& layout, const Real* x, Real* coefficients, Real* scratch) noexcept;
/// Undoes decompose: layout.samples() values to x.
template <class Real>
void recompose(const wavelet_bank<Real>& bank, const wavelet_layout& layout, const Real* coefficients, Real* x, Real* scratch) noexcept;

// Plain functions over arrays. Errors: an empty signal, a level beyond dwt_max_level, bands that do not fit together.

template <class Real>
struct dwt_bands {
  std::vector<Real> approximation;
  std::vector<Real> detail;
};

/// One level.
template <class Real>
[[nodiscard]] result<dwt_bands<Real>> dwt(std::span<const Real> x, const wavelet& w, wavelet_mode mode = wavelet_mode::symmetric);
/// Undoes dwt. An empty band counts as zeros.
template <class Real>
[[nodiscard]] result<std::vector<Real>> idwt(std::span<const Real> approximation, std::span<const Real> detail, const wavelet& w,
                                             wavelet_mode mode = wavelet_mode::symmetric);

template <class Real>
struct wavelet_decomposition {
  wavelet_layout layout;
  std::vector<Real> coefficients;

  [[nodiscard]] std::span<const Real> band(std::size_t b) const noexcept {
    return std::span<const Real>(coefficients).subspan(layout.start(b), layout.size(b));
  }
};

/// `level` levels.
template <class Real>
[[nodiscard]] result<wavelet_decomposition<Real>> wavedec(std::span<const Real> x, const wavelet& w, std::size_t level,
                                                          wavelet_mode mode = wavelet_mode::symmetric);
/// Undoes wavedec with the same wavelet and mode.
template <class Real>
[[nodiscard]] result<std::vector<Real>> waverec(const wavelet_decomposition<Real>& bands, const wavelet& w,
                                                wavelet_mode mode = wavelet_mode::symmetric);

}  // namespace millwright
