#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/fft.hpp"

// Continuous wavelet transform with the analytic Morlet wavelet, by the FFT, as Torrence and Compo (Bull. Am. Meteorol. Soc. 79, 1998)
// define it:
//
//   W(s, t) = 1/n sum_k X[k] conj(psi(s omega_k)) exp(i omega_k t),   psi(v) = sqrt(2 pi s) pi^(-1/4) exp(-(v - w0)^2 / 2) for v > 0
//
// Scales s and times t count samples. |W|^2 has the unit of the signal squared; white noise of variance 1 gives 1 on average at every
// scale.

namespace millwright {

/// Frequency that a scale (in samples) shows: (w0 + sqrt(2 + w0^2)) / (4 pi s) times the rate.
[[nodiscard]] double morlet_frequency(double scale, double rate_hz, double w0 = 6.0) noexcept;
/// Its inverse: the scale that shows a frequency.
[[nodiscard]] double morlet_scale(double frequency_hz, double rate_hz, double w0 = 6.0) noexcept;
/// Cone of influence: samples from either end within which a scale still feels the end, sqrt(2) s (the wavelet's power there has
/// fallen by e^-2).
[[nodiscard]] double morlet_reach(double scale) noexcept;
/// Scales in geometric steps, `voices` to an octave, from 2 samples up to where half of n samples lie clear of both cones.
[[nodiscard]] result<std::vector<double>> morlet_scales(std::size_t n, std::size_t voices = 10);

/// The transform of frames of one length, prepared. Real is float or double.
/// O(scales n log n); the signal is padded with zeros to at least twice its length, so that its ends do not meet.
/// A sample that is not finite spoils all coefficients of its frame.
template <class Real>
class morlet_cwt {
 public:
  /// `scales` in samples, copied. Errors: length 0; no scale; a scale that is not positive and finite; w0 outside 5 .. 100 (below, the
  /// wavelet is none: its mean is not zero).
  result<void> prepare(std::size_t length, std::span<const double> scales, workspace& memory, double w0 = 6.0);
  /// Fills the tables; call once after a real prepare.
  void reset() noexcept;
  /// x: length samples; out: scales x length coefficients, row after row.
  void compute(const Real* x, std::complex<Real>* out) noexcept;

  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  [[nodiscard]] std::span<const double> scales() const noexcept { return scales_; }

 private:
  struct window {
    std::size_t first, count, at;  // bins first .. first + count - 1 have weights from weights_[at] on
  };
  [[nodiscard]] window window_of(double scale) const noexcept;

  std::size_t length_ = 0;
  std::size_t padded_ = 0;
  double w0_ = 6.0;
  real_fft<Real> forward_;
  complex_fft<Real> backward_;
  std::vector<double> scales_;
  std::span<window> windows_;
  std::span<Real> weights_;
  std::span<Real> samples_;
  std::span<std::complex<Real>> spectrum_;
  std::span<std::complex<Real>> filtered_;
  std::span<std::complex<Real>> row_;
};

/// Plain form: scales x n coefficients. Errors: those of prepare.
template <class Real>
[[nodiscard]] result<std::vector<std::complex<Real>>> cwt(std::span<const Real> x, std::span<const double> scales, double w0 = 6.0);

}  // namespace millwright
