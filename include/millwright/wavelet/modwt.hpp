#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/wavelet/wavelet.hpp"
#include "millwright/wavelet/wavelet_energies.hpp"

// Wavelet transforms without decimation: every band has as many coefficients as the signal has samples, and a shifted signal gives
// shifted coefficients. The filters of level j skip 2^(j-1) - 1 samples between taps; the signal goes on as a circle.
//
// swt: the stationary transform (Nason and Silverman 1995; Coifman and Donoho 1995) with PyWavelets' alignment; n a multiple of 2^level.
// modwt: the maximal overlap transform (Percival and Walden, Wavelet Methods for Time Series Analysis, 2000, ch. 5); any n; orthogonal
// wavelets only; sum x^2 = sum over the bands of sum W^2, exactly:
//
//   W_j[t] = sum_l rec_hi[l] / sqrt(2) V_{j-1}[t - 2^(j-1) l mod n],  V_j alike with rec_lo,  V_0 = x
//
// Results lie in one array, band after band of n values: approximation V_level first, then details from the coarsest to the finest.

namespace millwright {

namespace detail {
template <class Real>
struct wavelet_table;
}

/// Which of the transforms without decimation.
enum class stationary_kind : std::uint8_t {
  swt,             ///< filters as they are: coefficients as large as those of dwt
  swt_normalised,  ///< filters / sqrt(2): an orthogonal wavelet keeps energy
  modwt,           ///< filters / sqrt(2), causal: a coefficient looks back only
};

/// One level, ready to run; no memory beyond itself. Arrays may not overlap.
template <class Real>
class stationary_bank {
 public:
  stationary_bank() noexcept = default;
  stationary_bank(const wavelet& w, stationary_kind kind) noexcept;

  /// n >= 1 samples of level j - 1 to n values each of level j; step = 2^(j-1).
  void analyse(const Real* x, std::size_t n, std::size_t step, Real* approximation, Real* detail) const noexcept;
  /// Undoes analyse.
  void synthesise(const Real* approximation, const Real* detail, std::size_t n, std::size_t step, Real* x) const noexcept;
  /// The causal filters on a longer array instead of a circle: x[t - step (length - 1)] .. x[t] are read; modwt only.
  void filter(const Real* x, std::size_t n, std::size_t step, Real* approximation, Real* detail) const noexcept;
  [[nodiscard]] double energy(const Real* x, std::size_t n) const noexcept;

  [[nodiscard]] std::size_t length() const noexcept { return length_; }

 private:
  const detail::wavelet_table<Real>* kernels_ = nullptr;
  std::size_t length_ = 0;
  std::size_t lead_ = 0;  // steps by which a coefficient looks ahead
  Real analysis_[2 * wavelet::longest] = {};
  Real synthesis_[2 * wavelet::longest] = {};
};

/// All levels: n values of x to (level + 1) n coefficients. scratch: 2n values.
template <class Real>
void stationary_decompose(const stationary_bank<Real>& bank, const Real* x, std::size_t n, std::size_t level, Real* coefficients,
                          Real* scratch) noexcept;
/// Undoes stationary_decompose.
template <class Real>
void stationary_recompose(const stationary_bank<Real>& bank, const Real* coefficients, std::size_t n, std::size_t level, Real* x,
                          Real* scratch) noexcept;

/// Coefficients at the start of level j (1 the finest) that the way the signal goes on has touched: (2^j - 1) (length - 1), at most n.
[[nodiscard]] std::size_t modwt_boundary_count(std::size_t n, std::size_t length, std::size_t level) noexcept;
/// floor(log2(n)): the deepest level that modwt takes.
[[nodiscard]] std::size_t modwt_max_level(std::size_t n) noexcept;

/// modwt of frames of one length, prepared, with the energies of the bands. O(length level).
template <class Real>
class modwt_transform {
 public:
  /// Errors: length 0; a biorthogonal wavelet; level beyond modwt_max_level.
  result<void> prepare(const wavelet& w, std::size_t level, std::size_t length, workspace& memory);
  void reset() noexcept;
  /// x: length samples.
  void compute(const Real* x) noexcept;
  /// The signal that belongs to the coefficients.
  void inverse(Real* x) noexcept;

  [[nodiscard]] std::size_t level() const noexcept { return level_; }
  /// 0 is the approximation, b >= 1 the detail of level level() + 1 - b: in order of frequency.
  [[nodiscard]] std::span<const Real> band(std::size_t b) const noexcept { return coefficients_.subspan(b * size_, size_); }
  /// Of all coefficients: adds up to the energy of the signal.
  [[nodiscard]] wavelet_energies energies() const noexcept { return {energies_, total_}; }
  /// Mean square of a band's coefficients that lie clear of the boundary, in the signal's unit squared (Percival and Walden, ch. 8);
  /// NaN when there is none.
  [[nodiscard]] double wavelet_variance(std::size_t b) const noexcept;

 private:
  stationary_bank<Real> bank_;
  std::size_t size_ = 0;
  std::size_t level_ = 0;
  std::span<Real> coefficients_;
  std::span<Real> scratch_;
  std::span<double> energies_;
  double total_ = 0.0;
};

/// How modwt goes on before the first sample.
enum class modwt_boundary : std::uint8_t {
  circular,  ///< with the end of the signal; energy is kept and imodwt exists
  zero,      ///< with zeros, as the stage modwt_stage, whose bits it has
};

/// Plain functions. Coefficients: (level + 1) rows of n, see above.
/// Errors: an empty signal; a level of 0 or too deep; for swt, n no multiple of 2^level; for modwt, a biorthogonal wavelet.
template <class Real>
[[nodiscard]] result<std::vector<Real>> swt(std::span<const Real> x, const wavelet& w, std::size_t level, bool norm = false);
template <class Real>
[[nodiscard]] result<std::vector<Real>> iswt(std::span<const Real> coefficients, const wavelet& w, std::size_t level, bool norm = false);
template <class Real>
[[nodiscard]] result<std::vector<Real>> modwt(std::span<const Real> x, const wavelet& w, std::size_t level,
                                              modwt_boundary boundary = modwt_boundary::circular);
template <class Real>
[[nodiscard]] result<std::vector<Real>> imodwt(std::span<const Real> coefficients, const wavelet& w, std::size_t level);

namespace detail {
[[nodiscard]] result<void> check_swt(std::size_t n, std::size_t level);
[[nodiscard]] result<void> check_modwt(std::size_t n, const wavelet& w, std::size_t level);
}  // namespace detail

}  // namespace millwright
