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

// Log-mel spectra and mel-frequency cepstral coefficients of frames, as librosa documents them (n_fft = nperseg, center=False, power 2,
// decibels with ref=1, amin=1e-10, top_db=None).
// Source: Davis & Mermelstein, IEEE Trans. ASSP 28 (1980); Slaney, Auditory Toolbox, 1998; HTK Book.

namespace millwright {

/// slaney: linear up to 1 kHz, then logarithmic; htk: 2595 log10(1 + f / 700).
enum class mel_scale : std::uint8_t { slaney, htk };
[[nodiscard]] double hz_to_mel(double hz, mel_scale scale) noexcept;
[[nodiscard]] double mel_to_hz(double mel, mel_scale scale) noexcept;

struct mel_options {
  double fs = 16'000.0;  ///< Hz
  taper window = {};
  std::size_t nperseg = 512;
  std::optional<std::size_t> noverlap = {};  ///< samples; empty: nperseg / 2
  std::size_t n_mels = 40;
  double f_lo = 0.0;
  double f_hi = 0.0;  ///< 0: fs / 2
  mel_scale scale = mel_scale::slaney;
  bool is_area_normalized = true;  ///< each triangle has the area 1 over Hz (librosa's norm="slaney"); else the height 1
  std::size_t n_mfcc = 13;         ///< coefficients of mfcc, at most n_mels
};

/// Power spectra of frames of nperseg samples to n_mels levels in dB or n_mfcc coefficients: the part of mel_frame behind the transform.
/// A triangle narrower than a bin may hold no bin at all: its level is that of an empty band, -100 dB.
class mel_bank {
 public:
  /// Errors: n_mels or n_mfcc 0, n_mfcc > n_mels, a band outside 0 .. fs / 2.
  result<void> prepare(const mel_options& options, bool with_dct, workspace& memory);
  void reset() noexcept;
  /// power: |X|^2 of nperseg / 2 + 1 bins, of which the first and, for even nperseg, the last play no part; out: size() values.
  template <class Real>
  void apply(const double* power, Real* out) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return with_dct_ ? options_.n_mfcc : options_.n_mels; }

 private:
  mel_options options_;
  bool with_dct_ = false;
  table<double> weights_;              // of all triangles, one after another
  table<std::uint32_t> first_, size_;  // bins of each triangle
  std::span<double> levels_;           // scratch
  table<double> dct_;                  // n_mfcc x n_mels
};

/// Frames of nperseg samples to n_mels levels in dB or n_mfcc coefficients: the prepared form.
template <class Real>
class mel_frame {
 public:
  /// Errors: those of mel_bank and of segment_fft.
  result<void> prepare(const mel_options& options, bool with_dct, workspace& memory);
  void reset() noexcept;
  /// x: nperseg samples; out: size() values.
  void compute(const Real* x, Real* out) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return bank_.size(); }

 private:
  segment_fft<Real> transform_;
  mel_bank bank_;
  std::span<std::complex<Real>> bins_;
  std::span<double> power_;
};

/// Frames x columns, row-major.
template <class Real>
struct mel_frames {
  std::size_t columns = 0;
  std::vector<Real> values;
};
/// 10 log10 of the mel spectrum of each frame, n_mels columns; no frames when x is shorter than nperseg. Errors: those of mel_frame;
/// noverlap >= nperseg.
template <class Real>
[[nodiscard]] result<mel_frames<Real>> log_mel(std::span<const Real> x, const mel_options& options = {});
/// Orthonormal DCT-II of log_mel, the first n_mfcc coefficients.
template <class Real>
[[nodiscard]] result<mel_frames<Real>> mfcc(std::span<const Real> x, const mel_options& options = {});
/// log_mel and mfcc of each of several rows of equal length, prepared once: rows x frames x columns.
template <class Real>
[[nodiscard]] result<mel_frames<Real>> log_mel_rows(std::span<const Real> x, std::size_t rows, const mel_options& options = {});
template <class Real>
[[nodiscard]] result<mel_frames<Real>> mfcc_rows(std::span<const Real> x, std::size_t rows, const mel_options& options = {});
/// The triangles themselves, n_mels x (nperseg / 2 + 1).
[[nodiscard]] result<std::vector<double>> mel_filters(const mel_options& options);

/// Streaming log_mel of each channel. In: samples, any channels. Out: one item a frame, n_mels values of channel 0, then of channel 1, ...
template <class Real>
class log_mel_stage {
 public:
  static constexpr std::string_view id = "log_mel";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Level in decibels of mel-spaced bands of consecutive frames.";

  std::int64_t nperseg = 512;
  std::int64_t noverlap = -1;
  std::string window = "hann";
  std::int64_t n_mels = 40;
  double f_lo = 0.0;
  double f_hi = 0.0;
  std::string scale = "slaney";
  bool area_normalized = true;

  static auto params() {
    using self = log_mel_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 512, 1, 1 << 24, unit::sample, "samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that frames share; -1: half of nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        integer("n_mels", &self::n_mels, 40, 1, 4096, unit::none, "number of bands"),
        number("f_lo", &self::f_lo, 0.0, 0.0, 1e9, unit::hertz, "lower edge of the lowest band"),
        number("f_hi", &self::f_hi, 0.0, 0.0, 1e9, unit::hertz, "upper edge of the highest band; 0: half the rate"),
        choice("scale", &self::scale, "slaney", "slaney|htk", "definition of the mel"),
        flag("area_normalized", &self::area_normalized, true, "bands of equal area instead of equal height")};
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
  segment_buffer<Real> buffer_;
  mel_frame<Real> frame_;
};

/// Streaming mfcc of each channel. In: samples, any channels. Out: one item a frame, n_mfcc values of channel 0, then of channel 1, ...
template <class Real>
class mfcc_stage {
 public:
  static constexpr std::string_view id = "mfcc";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Mel-frequency cepstral coefficients of consecutive frames.";

  std::int64_t nperseg = 512;
  std::int64_t noverlap = -1;
  std::string window = "hann";
  std::int64_t n_mels = 40;
  std::int64_t n_mfcc = 13;
  double f_lo = 0.0;
  double f_hi = 0.0;
  std::string scale = "slaney";
  bool area_normalized = true;

  static auto params() {
    using self = mfcc_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 512, 1, 1 << 24, unit::sample, "samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that frames share; -1: half of nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        integer("n_mels", &self::n_mels, 40, 1, 4096, unit::none, "number of bands"),
        integer("n_mfcc", &self::n_mfcc, 13, 1, 4096, unit::none, "number of coefficients, at most n_mels"),
        number("f_lo", &self::f_lo, 0.0, 0.0, 1e9, unit::hertz, "lower edge of the lowest band"),
        number("f_hi", &self::f_hi, 0.0, 0.0, 1e9, unit::hertz, "upper edge of the highest band; 0: half the rate"),
        choice("scale", &self::scale, "slaney", "slaney|htk", "definition of the mel"),
        flag("area_normalized", &self::area_normalized, true, "bands of equal area instead of equal height")};
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
  segment_buffer<Real> buffer_;
  mel_frame<Real> frame_;
};

}  // namespace millwright
