#include "millwright/vibration/envelope_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/fast_length.hpp"
#include "vibration/bin_whitener.hpp"

namespace millwright {

namespace {

constexpr std::size_t lanes = 16;

/// Mean in double over 16 lanes, added as the kernels add theirs.
template <class Real>
double mean_of(const Real* x, std::size_t n) noexcept {
  double lane[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) lane[k] += static_cast<double>(x[i + k]);
  }
  for (std::size_t k = 0; i + k < n; ++k) lane[k] += static_cast<double>(x[i + k]);
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] += lane[k + half];
  }
  return lane[0] / static_cast<double>(n);
}

}  // namespace

template <class Real>
result<void> envelope_transform<Real>::prepare(std::size_t length, double rate_hz, const envelope_settings& settings, workspace& memory) {
  const auto refuse = [](const std::string& what, std::string_view mend) { return error(errc::invalid_argument, "envelope", what, mend); };
  if (length == 0) return refuse("the frame is empty", "give at least as many samples as the band needs");
  if (!(rate_hz > 0.0 && std::isfinite(rate_hz))) return refuse("the sampling rate must be a positive number", "give it in Hz");
  const double nyquist_hz = 0.5 * rate_hz;
  const double f_hi = settings.f_hi_hz == 0.0 ? nyquist_hz : settings.f_hi_hz;
  if (!(settings.f_lo_hz >= 0.0 && settings.f_lo_hz < f_hi && f_hi <= nyquist_hz)) {
    return refuse("the band " + std::to_string(settings.f_lo_hz) + " .. " + std::to_string(f_hi) + " Hz does not lie in 0 .. rate / 2, " +
                      std::to_string(nyquist_hz) + " Hz",
                  "give 0 <= f_lo < f_hi <= rate / 2");
  }
  length_ = length;
  bin_hz_ = rate_hz / static_cast<double>(length);
  // An edge that is meant to fall on a bin must not miss it by rounding.
  constexpr double slack = 1e-9;
  first_bin_ = static_cast<std::size_t>(std::ceil(settings.f_lo_hz / bin_hz_ * (1.0 - slack)));
  const auto last_bin = std::min(static_cast<std::size_t>(std::floor(f_hi / bin_hz_ * (1.0 + slack))), length / 2);
  if (last_bin < first_bin_ + 1) {
    return refuse("the band " + std::to_string(settings.f_lo_hz) + " .. " + std::to_string(f_hi) + " Hz holds fewer than 2 bins of " +
                      std::to_string(bin_hz_) + " Hz",
                  "widen the band or lengthen the frame");
  }
  band_bins_ = last_bin - first_bin_ + 1;
  squared_ = settings.squared;
  prewhiten_ = settings.prewhiten;
  samples_ = squared_ ? std::min(2 * detail::fast_length(band_bins_ + 1), length) : length;

  MILLWRIGHT_CHECK(inverse_.prepare(samples_, memory));
  MILLWRIGHT_CHECK(forward_.prepare(samples_, memory));
  band_ = memory.carve_scratch<std::complex<Real>>(samples_);
  analytic_ = memory.carve_scratch<std::complex<Real>>(samples_);
  taper_ = memory.carve_table<Real>(samples_);
  return {};
}

template <class Real>
void envelope_transform<Real>::reset() noexcept {
  inverse_.reset();
  forward_.reset();
  if (!taper_.fill) return;
  taper_.fill = false;
  for (std::size_t i = 0; i < samples_; ++i) {
    const double s = math::sin_pi(static_cast<double>(i) / static_cast<double>(samples_));
    taper_[i] = static_cast<Real>(s * s);
  }
}

template <class Real>
void envelope_transform<Real>::envelope(const std::complex<Real>* frame_bins, Real* out) noexcept {
  // The magnitude does not depend on where the band lies, so it starts at bin 0. The inverse divides by samples_, the frame's
  // own transform wants length_.
  const Real scale = static_cast<Real>(2.0 * static_cast<double>(samples_) / static_cast<double>(length_));
  const std::complex<Real>* from = frame_bins + first_bin_;
  if (prewhiten_) {
    const detail::bin_whitener<Real> whitener(std::span(frame_bins, length_ / 2 + 1));
    for (std::size_t i = 0; i < band_bins_; ++i) {
      const Real weight = scale * static_cast<Real>(whitener.weight(from[i]));
      const std::complex<double> scaled = whitener.scaled(from[i]);
      band_[i] = {weight * static_cast<Real>(scaled.real()), weight * static_cast<Real>(scaled.imag())};
    }
  } else {
    for (std::size_t i = 0; i < band_bins_; ++i) band_[i] = {scale * from[i].real(), scale * from[i].imag()};
  }
  const auto halve = [](std::complex<Real>& bin) { bin = {Real(0.5) * bin.real(), Real(0.5) * bin.imag()}; };
  if (first_bin_ == 0) halve(band_[0]);
  if (2 * (first_bin_ + band_bins_ - 1) == length_) halve(band_[band_bins_ - 1]);
  std::fill(band_.begin() + static_cast<std::ptrdiff_t>(band_bins_), band_.end(), std::complex<Real>());
  inverse_.inverse(band_.data(), analytic_.data());

  const Real* z = reinterpret_cast<const Real*>(analytic_.data());  // std::complex is laid out as Real[2] by the standard
  for (std::size_t i = 0; i < samples_; ++i) out[i] = z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1];
  if (!squared_) {
    for (std::size_t i = 0; i < samples_; ++i) out[i] = std::sqrt(out[i]);
  }
}

template <class Real>
void envelope_transform<Real>::forward_power(const std::complex<Real>* frame_bins, Real* power) noexcept {
  Real* tapered = reinterpret_cast<Real*>(band_.data());
  envelope(frame_bins, tapered);
  const double mean = mean_of(tapered, samples_);
  if (!std::isfinite(mean)) {
    std::fill_n(power, bins(), static_cast<Real>(math::nan));
    return;
  }
  const Real offset = static_cast<Real>(mean);
  const Real scale = static_cast<Real>(2.0 / static_cast<double>(samples_));  // 1 / sum of the periodic Hann taper
  for (std::size_t i = 0; i < samples_; ++i) tapered[i] = scale * ((tapered[i] - offset) * taper_[i]);
  forward_.forward(tapered, analytic_.data());
  const Real* spectrum = reinterpret_cast<const Real*>(analytic_.data());
  for (std::size_t k = 0; k < bins(); ++k) power[k] = spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
}

template <class Real>
void envelope_transform<Real>::forward(const std::complex<Real>* frame_bins, Real* magnitude) noexcept {
  forward_power(frame_bins, magnitude);
  for (std::size_t k = 0; k < bins(); ++k) magnitude[k] = std::sqrt(magnitude[k]);
}

template <class Real>
result<envelope_spectrum_result<Real>> envelope_spectra(std::span<const Real> frames, std::size_t length, double rate_hz,
                                                        const envelope_settings& settings) {
  if (length > 0 && frames.size() % length != 0) {
    return error(errc::invalid_data, "envelope", "the number of samples is no multiple of the frame's length", "give whole frames");
  }
  struct transforms {
    envelope_transform<Real> envelope;
    real_fft<Real> fft;
    void reset() noexcept {
      envelope.reset();
      fft.reset();
    }
  };
  const auto prepare = [&](transforms& t, workspace& memory) -> result<void> {
    MILLWRIGHT_CHECK(t.envelope.prepare(length, rate_hz, settings, memory));
    return t.fft.prepare(length, memory);
  };
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(transforms(), prepare));
  envelope_transform<Real>& envelope = ready.object.envelope;
  const std::size_t rows = frames.size() / length;
  envelope_spectrum_result<Real> spectra;
  spectra.bin_hz = envelope.bin_hz();
  spectra.bins = envelope.bins();
  spectra.magnitude.resize(rows * spectra.bins);
  std::vector<Real> centred(length);
  std::vector<std::complex<Real>> bins(length / 2 + 1);
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* frame = frames.data() + r * length;
    const Real mean = static_cast<Real>(mean_of(frame, length));
    for (std::size_t i = 0; i < length; ++i) centred[i] = frame[i] - mean;
    ready.object.fft.forward(centred.data(), bins.data());
    bins[0] = {bins[0].real() * Real(0), Real(0)};  // what is left of the mean is rounding, which pre-whitening would raise; NaN stays
    envelope.forward(bins.data(), spectra.magnitude.data() + r * spectra.bins);
  }
  return spectra;
}

template <class Real>
result<envelope_spectrum_result<Real>> envelope_spectrum(std::span<const Real> samples, double rate_hz, const envelope_settings& settings) {
  return envelope_spectra(samples, samples.size(), rate_hz, settings);
}

template class envelope_transform<float>;
template class envelope_transform<double>;
template result<envelope_spectrum_result<float>> envelope_spectra<float>(std::span<const float>, std::size_t, double,
                                                                         const envelope_settings&);
template result<envelope_spectrum_result<double>> envelope_spectra<double>(std::span<const double>, std::size_t, double,
                                                                           const envelope_settings&);
template result<envelope_spectrum_result<float>> envelope_spectrum<float>(std::span<const float>, double, const envelope_settings&);
template result<envelope_spectrum_result<double>> envelope_spectrum<double>(std::span<const double>, double, const envelope_settings&);

}  // namespace millwright
