#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "millwright/signal/segment_fft.hpp"

// Averaged spectra of stationary signals: periodogram, Welch's power spectral density, cross spectrum, coherence.
// Names, arguments and defaults are those of scipy.signal; results agree to a relative 1e-10 (float64), 1e-4 (float32).
// Real signals only. A signal shorter than nperseg makes nperseg its length. A value that is not finite makes the result NaN.
// Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967).

namespace millwright {

/// How the periodograms of the segments become one: their mean, or their median divided by its bias for white noise (Allen et al.,
/// Phys. Rev. D 85, 122006, 2012), which a few segments with impacts do not move.
enum class spectrum_average : std::uint8_t { mean, median };

struct welch_options {
  double fs = 1.0;  ///< Hz
  taper window = {};
  std::vector<double> window_values = {};  ///< when not empty, this taper instead, and its length is nperseg
  std::size_t nperseg = 256;
  std::optional<std::size_t> noverlap = {};  ///< samples; empty: nperseg / 2
  std::size_t nfft = 0;                      ///< 0: nperseg
  detrend_kind detrend = detrend_kind::constant;
  bool return_onesided = true;
  spectrum_scaling scaling = spectrum_scaling::density;
  spectrum_average average = spectrum_average::mean;
};

struct periodogram_options {
  double fs = 1.0;
  taper window = {taper_kind::boxcar, 0.0};
  std::vector<double> window_values = {};
  std::size_t nfft = 0;  ///< 0: the length of the signal; less cuts the signal, more pads it with zeros
  detrend_kind detrend = detrend_kind::constant;
  bool return_onesided = true;
  spectrum_scaling scaling = spectrum_scaling::density;
};

/// Bins of a spectrum and what they hold. Both empty for an empty signal.
template <class T>
struct spectrum {
  std::vector<double> frequency_hz;
  std::vector<T> values;
};

/// Errors of all four: fs not positive, noverlap >= nperseg, nfft < nperseg, an invalid taper, a length above 2^26.
template <class Real>
[[nodiscard]] result<spectrum<Real>> periodogram(std::span<const Real> x, const periodogram_options& options = {});
template <class Real>
[[nodiscard]] result<spectrum<Real>> welch(std::span<const Real> x, const welch_options& options = {});
/// Cross power conj(X) Y; the shorter signal is padded with zeros.
template <class Real>
[[nodiscard]] result<spectrum<std::complex<Real>>> csd(std::span<const Real> x, std::span<const Real> y, const welch_options& options = {});
/// |Pxy|^2 / (Pxx Pyy), 0 .. 1: the share of y's power that follows x linearly. NaN where one of them has no power; 1 everywhere when
/// there is only one segment. `average`, `scaling` and `return_onesided` are ignored.
template <class Real>
[[nodiscard]] result<spectrum<Real>> coherence(std::span<const Real> x, std::span<const Real> y, const welch_options& options = {});

/// Divisor that makes the median of n periodograms of white noise unbiased.
[[nodiscard]] double median_bias(std::size_t n) noexcept;

/// Mean or median over segments of rows of numbers, in float64: the prepared form behind these functions and stages.
class segment_average {
 public:
  /// At most `capacity` rows of `width` numbers until finish.
  void prepare(std::size_t width, std::size_t capacity, spectrum_average average, workspace& memory);
  void reset() noexcept;
  /// The next row, to be written in full; then add().
  [[nodiscard]] std::span<double> row() noexcept;
  void add() noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  /// The average of the rows added, which starts anew; at least one.
  [[nodiscard]] std::span<const double> finish() noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(count_, rows_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return count_ < capacity_; }

 private:
  spectrum_average average_ = spectrum_average::mean;
  std::size_t width_ = 0, capacity_ = 0;
  std::uint64_t count_ = 0;
  std::span<double> rows_;    // mean: sum, then the row; median: capacity rows
  std::span<double> sorted_;  // median
  std::span<double> result_;
};

namespace detail {

/// Segments of `channels` channels and the average of their |X|^2, nfft / 2 + 1 bins a channel.
template <class Real>
class power_average {
 public:
  result<void> prepare(const segment_settings& settings, std::size_t channels, std::size_t segments, spectrum_average average,
                       workspace& memory, const real_fft<Real>* borrowed = nullptr);
  void reset() noexcept;
  /// The segment of one channel; add() after the last channel.
  void transform(std::size_t channel, const Real* x) noexcept;
  void add() noexcept { average_.add(); }
  [[nodiscard]] std::size_t count() const noexcept { return average_.count(); }
  /// Writes the average in the unit of `scaling`, one-sided, and starts anew. At least one segment was added.
  void finish(spectrum_scaling scaling, double rate_hz, bool is_onesided, Real* out) noexcept;
  [[nodiscard]] std::size_t width() const noexcept { return channels_ * transform_.bins(); }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    average_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return average_.state_is_valid(); }

 private:
  std::size_t channels_ = 0;
  segment_fft<Real> transform_;
  segment_average average_;
  std::span<std::complex<Real>> bins_;
};

/// As power_average for a pair of channels: re and im of conj(X) Y and, when asked for, |X|^2 and |Y|^2.
template <class Real>
class cross_average {
 public:
  result<void> prepare(const segment_settings& settings, std::size_t segments, spectrum_average average, bool with_powers,
                       workspace& memory, const real_fft<Real>* borrowed = nullptr);
  void reset() noexcept;
  void add(const Real* x, const Real* y) noexcept;
  [[nodiscard]] std::size_t count() const noexcept { return average_.count(); }
  [[nodiscard]] std::size_t bins() const noexcept { return transform_.bins(); }
  /// Writes re, im pairs; starts anew.
  void finish_cross(spectrum_scaling scaling, double rate_hz, bool is_onesided, Real* out) noexcept;
  /// Writes |Pxy|^2 / (Pxx Pyy); starts anew. Needs the powers.
  void finish_coherence(Real* out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    average_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return average_.state_is_valid(); }

 private:
  bool with_powers_ = false;
  segment_fft<Real> transform_;
  segment_average average_;
  std::span<std::complex<Real>> x_, y_;
};

}  // namespace detail

}  // namespace millwright
