#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

struct envelope_settings {
  double f_lo_hz = 0.0;
  double f_hi_hz = 0.0;    ///< 0: rate / 2. Bins on the edges belong to the band
  bool squared = true;     ///< |z|^2, in the square of the channel's unit; false: |z|
  bool prewhiten = false;  ///< cepstral pre-whitening first, see prewhitening.hpp
};

/// Spectrum of the envelope of a frequency band, of frames of one length: analytic signal z of the band (bins outside zeroed,
/// negative ones too, positive ones doubled, DC and Nyquist once), |z|^2 or |z|, less its mean, periodic Hann taper, FFT.
///
/// The squared envelope of a band of B bins has no component beyond bin B - 1, so that it is computed at 2 B + 1 instants or some
/// more (a length that suits the FFT) instead of `length`, without any error: the same values as at the full rate up to the last bin
/// given. |z| is not band-limited and is computed at the full rate. The given bins start from the frame's own spectrum, so several
/// bands share one forward transform.
///
/// Magnitude is |FFT| / (sum of the taper): a component a cos(...) of the envelope reads a / 2, the mean reads 0.
/// Cost beside the shared transform: an inverse complex and a forward real FFT of samples() each.
/// Source: Randall & Antoni, MSSP 25 (2011); Antoni, MSSP 21 (2007).
template <class Real>
class envelope_transform {
 public:
  /// Carves all memory for frames of `length` samples at rate_hz. Errors (invalid_argument): not 0 <= f_lo < f_hi <= rate / 2; a band
  /// with fewer than 2 bins (the frame is too short for it); those of the FFT.
  result<void> prepare(std::size_t length, double rate_hz, const envelope_settings& settings, workspace& memory);
  /// Fills the tables; call once after a real (not measuring) prepare.
  void reset() noexcept;

  /// frame_bins: length / 2 + 1 bins of real_fft of the frame as it is (no taper; its mean may remain when f_lo > 0).
  /// magnitude: bins() values; all NaN when the frame holds a sample that is not finite.
  void forward(const std::complex<Real>* frame_bins, Real* magnitude) noexcept;
  /// Squares of the magnitudes: what line_spectrum takes with is_power, without a root for every bin.
  void forward_power(const std::complex<Real>* frame_bins, Real* power) noexcept;
  /// The envelope itself, mean included: samples() values at samples_rate_hz().
  void envelope(const std::complex<Real>* frame_bins, Real* out) noexcept;

  [[nodiscard]] std::size_t bins() const noexcept { return samples_ / 2 + 1; }
  [[nodiscard]] double bin_hz() const noexcept { return bin_hz_; }
  [[nodiscard]] std::size_t samples() const noexcept { return samples_; }
  [[nodiscard]] double samples_rate_hz() const noexcept { return bin_hz_ * static_cast<double>(samples_); }

 private:
  std::size_t length_ = 0;
  std::size_t first_bin_ = 0;  // of the band
  std::size_t band_bins_ = 0;
  std::size_t samples_ = 0;
  double bin_hz_ = 0.0;
  bool squared_ = true;
  bool prewhiten_ = false;
  complex_fft<Real> inverse_;
  real_fft<Real> forward_;
  std::span<std::complex<Real>> band_;      // samples_; later the tapered envelope; scratch
  std::span<std::complex<Real>> analytic_;  // samples_; later the bins of its spectrum; scratch
  table<Real> taper_;
};

/// Sum of squares of magnitudes over the main lobe, times this, is the mean square of a component: one-sided, Hann.
inline constexpr double envelope_energy_scale = 4.0 / 3.0;

template <class Real>
struct envelope_spectrum_result {
  std::vector<Real> magnitude;  ///< bin k lies at k * bin_hz; row after row
  std::size_t bins = 0;         ///< of one row
  double bin_hz = 0.0;
};

/// Of one record, whose mean is taken off first. Errors: those of envelope_transform; an empty record.
template <class Real>
[[nodiscard]] result<envelope_spectrum_result<Real>> envelope_spectrum(std::span<const Real> samples, double rate_hz,
                                                                       const envelope_settings& settings = {});

/// Of many frames of one length, one after the other in `frames`; each as envelope_spectrum of it.
template <class Real>
[[nodiscard]] result<envelope_spectrum_result<Real>> envelope_spectra(std::span<const Real> frames, std::size_t length, double rate_hz,
                                                                      const envelope_settings& settings = {});

}  // namespace millwright
