#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/numeric/own_or_lent_fft.hpp"

// Cepstrum: spectrum of the logarithm of a spectrum. A family of equally spaced lines (harmonics, sidebands) becomes one peak (a
// rahmonic series) at the quefrency of their spacing.
// Source: Bogert, Healy & Tukey 1963; Randall, MSSP 97 (2017).

namespace millwright {

/// real: inverse transform of log|X|. power: |inverse transform of log|X|^2|^2.
enum class cepstrum_kind : std::uint8_t { real, power };

/// Cepstrum of a frame: the prepared form. |X| below 1e-12 of its largest value counts as that, so that empty bins give no infinity; a
/// frame of zeros has the cepstrum 0. A value that is not finite makes the whole frame NaN.
template <class Real>
class cepstrum {
 public:
  /// Frames of n samples. `borrowed`, a transform of that length that is ready for use, saves the tables of an own one; it must outlive
  /// this object. Errors: those of real_fft.
  result<void> prepare(std::size_t n, cepstrum_kind kind, workspace& memory, const real_fft<Real>* borrowed = nullptr);
  void reset() noexcept;
  /// x, out: n values; out[q] at quefrency q / fs, symmetric about n / 2.
  void compute(const Real* x, Real* out) noexcept;
  /// The same of the frame whose transform is `bins`, n / 2 + 1 of them.
  void compute_from(const std::complex<Real>* bins, Real* out) noexcept;

 private:
  cepstrum_kind kind_ = cepstrum_kind::real;
  detail::own_or_lent_fft<real_fft<Real>> fft_;
  std::span<std::complex<Real>> bins_;
};

/// Cepstrum of the whole signal, without taper. Errors: an empty signal.
template <class Real>
[[nodiscard]] result<std::vector<Real>> real_cepstrum(std::span<const Real> x);
template <class Real>
[[nodiscard]] result<std::vector<Real>> power_cepstrum(std::span<const Real> x);

/// Keeps (or, with keep = false, removes) the quefrencies q with low <= q <= high samples and their mirror images n - q; the rest is 0.
/// Keeping the short ones leaves the smooth shape of the spectrum, the long ones its fine structure.
template <class Real>
void lifter(std::span<Real> values, std::size_t low, std::size_t high, bool keep = true) noexcept;

/// Magnitude spectrum exp(transform(c)) of a real cepstrum, n / 2 + 1 bins; undoes real_cepstrum, and shows what a lifter left.
template <class Real>
[[nodiscard]] result<std::vector<Real>> spectrum_of_cepstrum(std::span<const Real> c);

/// A rahmonic: the largest cepstrum near a multiple of a period.
struct rahmonic {
  double quefrency_s = 0.0;
  double gamnitude = 0.0;  ///< value of the cepstrum there
};
/// Largest value of a cepstrum within tolerance_s of k / rate, k = 1 .. count: the gamnitudes at the period of a repetition of `rate`
/// per second (shaft speed, fault frequency). At least the nearest sample; NaN beyond half the cepstrum.
/// Errors: fs or repetition_hz not positive, tolerance negative or half a period; a count above most_lines.
template <class Real>
[[nodiscard]] result<std::vector<rahmonic>> gamnitudes(std::span<const Real> c, double fs, double repetition_hz, std::size_t count,
                                                       double tolerance_s = 0.0);

}  // namespace millwright
