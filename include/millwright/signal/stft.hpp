#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/signal/segment_fft.hpp"

// Short-time Fourier transform, its inverse, and the spectrogram; names, arguments and defaults of scipy.signal. Real signals.
// Frames lie in rows (frames x bins); SciPy's (bins, frames) is the transposed view that the Python functions give.
// A value that is not finite spoils the frames that contain it.

namespace millwright {

/// How the signal goes on before its first and behind its last sample, nperseg / 2 samples each; none: it does not.
enum class stft_boundary : std::uint8_t { none, zeros, even, odd, constant };

struct stft_options {
  double fs = 1.0;  ///< Hz
  taper window = {};
  std::vector<double> window_values = {};  ///< when not empty, this taper instead, and its length is nperseg
  std::size_t nperseg = 256;
  std::optional<std::size_t> noverlap = {};  ///< samples; empty: nperseg / 2
  std::size_t nfft = 0;                      ///< 0: nperseg
  detrend_kind detrend = detrend_kind::none;
  stft_boundary boundary = stft_boundary::zeros;
  bool padded = true;                                     ///< zeros at the end, so that no sample is left out
  spectrum_scaling scaling = spectrum_scaling::spectrum;  ///< spectrum: a tone's bin is its amplitude / 2; density: |Z|^2 is power per Hz
};

/// Frames x bins, row-major.
template <class T>
struct short_time_spectrum {
  std::vector<double> frequency_hz;
  std::vector<double> time_s;  ///< centre of each frame
  std::vector<T> values;
};

/// Sizes of a short-time transform, known before the work; for callers that bring the memory for the result.
struct stft_shape {
  segment_settings settings;
  std::size_t hop = 0;
  std::size_t before = 0;    ///< samples put in front of the signal
  std::size_t extended = 0;  ///< length with boundary and padding
  std::size_t frames = 0;
  std::size_t bins = 0;
  double first_time_s = 0.0;
};
/// Errors: fs not positive, noverlap >= nperseg, nfft < nperseg, an invalid taper; boundary even or odd longer than the signal.
/// A signal shorter than nperseg makes nperseg its length; an empty one has no frames.
[[nodiscard]] result<stft_shape> shape_of_stft(std::size_t samples, const stft_options& options);

/// One-sided short-time transform; equal to scipy.signal.stft.
template <class Real>
[[nodiscard]] result<short_time_spectrum<std::complex<Real>>> stft(std::span<const Real> x, const stft_options& options = {});
/// The same into `out`, shape.frames x shape.bins.
template <class Real>
[[nodiscard]] result<void> stft_into(std::span<const Real> x, const stft_options& options, const stft_shape& shape,
                                     std::span<std::complex<Real>> out);

struct spectrogram_options {
  double fs = 1.0;
  taper window = {taper_kind::tukey, 0.25};
  std::vector<double> window_values = {};
  std::size_t nperseg = 256;
  std::optional<std::size_t> noverlap = {};  ///< empty: nperseg / 8
  std::size_t nfft = 0;
  detrend_kind detrend = detrend_kind::constant;
  spectrum_scaling scaling = spectrum_scaling::density;
};
/// Power of each frame, one-sided; equal to scipy.signal.spectrogram with mode="psd". Errors: those of stft.
template <class Real>
[[nodiscard]] result<short_time_spectrum<Real>> spectrogram(std::span<const Real> x, const spectrogram_options& options = {});

/// Undoes stft by overlap-add, each sample divided by the sum of the squared tapers over it (Griffin & Lim, IEEE Trans. ASSP 32, 1984).
/// `frames` is frames x bins; fs, window, nperseg, noverlap, nfft, scaling as given to stft; detrend and padded are ignored;
/// boundary: anything but none cuts nperseg / 2 samples off both ends. Samples that no taper covers come out undivided, as in SciPy:
/// is_invertible tells. Equal to scipy.signal.istft.
template <class Real>
[[nodiscard]] result<std::vector<Real>> istft(std::span<const std::complex<Real>> frames, const stft_options& options = {});

/// Whether frames of this taper and overlap leave no sample uncovered (SciPy's check_NOLA).
[[nodiscard]] bool is_invertible(std::span<const double> window, std::size_t noverlap) noexcept;

/// Streaming short-time transform of each channel. In: samples, any channels. Out: one item per frame, every hop samples, with
/// nfft / 2 + 1 pairs re, im of channel 0, then of channel 1, ... No boundary and no padding: equal in bits to stft() with
/// boundary none and padded off. A frame lags its centre by half its length.
template <class Real>
class stft_stage {
 public:
  static constexpr std::string_view id = "stft";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Short-time Fourier transform; one frame of re, im pairs per hop.";

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::int64_t nfft = 0;
  std::string window = "hann";
  std::string detrend = "none";
  std::string scaling = "spectrum";

  static auto params() {
    using self = stft_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that frames share; -1: half of nperseg"),
        integer("nfft", &self::nfft, 0, 0, 1 << 26, unit::sample, "length of the transform; 0: nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        choice("detrend", &self::detrend, "none", detail::detrend_choices, "what is taken off each frame"),
        choice("scaling", &self::scaling, "spectrum", detail::scaling_choices, "|Z|^2 is power per Hz, or power of a line")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return buffer_.state_is_valid(); }

 private:
  double rate_hz_ = 0.0;
  segment_fft<Real> transform_;
  segment_buffer<Real> buffer_;
};

/// Streaming spectrogram of each channel: as stft, with the power of each bin, one-sided. Equal in bits to spectrogram().
template <class Real>
class spectrogram_stage {
 public:
  static constexpr std::string_view id = "spectrogram";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Power of each bin of consecutive frames; one frame of bins per hop.";

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::int64_t nfft = 0;
  std::string window = "hann";
  std::string detrend = "constant";
  std::string scaling = "density";

  static auto params() {
    using self = spectrogram_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that frames share; -1: half of nperseg"),
        integer("nfft", &self::nfft, 0, 0, 1 << 26, unit::sample, "length of the transform; 0: nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        choice("detrend", &self::detrend, "constant", detail::detrend_choices, "what is taken off each frame"),
        choice("scaling", &self::scaling, "density", detail::scaling_choices, "power per Hz, or power of a line")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return buffer_.state_is_valid(); }

 private:
  double rate_hz_ = 0.0;
  segment_fft<Real> transform_;
  segment_buffer<Real> buffer_;
  std::span<std::complex<Real>> bins_;
};

}  // namespace millwright
