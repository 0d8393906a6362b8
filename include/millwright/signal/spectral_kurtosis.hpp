#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/signal/segment_fft.hpp"
#include "millwright/signal/welch.hpp"

namespace millwright {

struct spectral_kurtosis_options {
  double fs = 1.0;  ///< Hz
  taper window = {};
  std::size_t nperseg = 256;
  std::optional<std::size_t> noverlap = {};  ///< samples; empty: nperseg / 2
};

/// Spectral kurtosis of each bin over the frames of a short-time transform, without bias for independent frames of Gaussian noise:
///
///     SK = M / (M - 1) [(M + 1) sum|X|^4 / (sum|X|^2)^2 - 2]
///
/// 0 for stationary Gaussian noise, -1 for a steady tone, large where short impacts excite a resonance: where to demodulate. At DC and
/// rate / 2, where X is real, noise gives 1. Overlap up to half leaves the mean as it is. NaN for fewer than two frames, for a bin
/// without power, and when a value is not finite. Errors: those of welch.
/// Not the feature `spectral_kurtosis`, which is the fourth moment of the power of one spectrum about its centroid.
/// Source: Antoni, MSSP 20 (2006); Vrabie, Granjon & Serviere 2003 for the bias.
template <class Real>
[[nodiscard]] result<spectrum<Real>> spectral_kurtosis(std::span<const Real> x, const spectral_kurtosis_options& options = {});

namespace detail {

/// Sums of |X|^2 and |X|^4 over frames of `channels` channels.
template <class Real>
class kurtosis_sums {
 public:
  result<void> prepare(const segment_settings& settings, std::size_t channels, workspace& memory, const real_fft<Real>* borrowed = nullptr);
  void reset() noexcept;
  void add(std::size_t channel, const Real* x) noexcept;
  void count_frame() noexcept { ++count_; }
  [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  [[nodiscard]] std::size_t width() const noexcept { return channels_ * transform_.bins(); }
  /// Writes width() values and starts anew.
  void finish(Real* out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(count_, squares_, fourths_);
  }

 private:
  std::size_t channels_ = 0;
  std::uint64_t count_ = 0;
  segment_fft<Real> transform_;
  std::span<double> squares_, fourths_;
  std::span<std::complex<Real>> bins_;
};

}  // namespace detail

/// Streaming spectral kurtosis of each channel over `segments` frames; then the next begins. In: samples, any channels. Out: one item
/// every `segments` frames, nperseg / 2 + 1 bins of channel 0, then of channel 1, ...; what is left at the end makes a last item.
/// Equal in bits to spectral_kurtosis().
template <class Real>
class spectral_kurtosis_stage {
 public:
  static constexpr std::string_view id = "spectral_kurtosis";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Spectral kurtosis of each bin over a number of frames: where impacts excite a resonance.";

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::string window = "hann";
  std::int64_t segments = 16;

  static auto params() {
    using self = spectral_kurtosis_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that frames share; -1: half of nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        integer("segments", &self::segments, 16, 2, 1 << 20, unit::none, "frames in one estimate")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
    sums_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept {
    return buffer_.state_is_valid() && sums_.count() < static_cast<std::size_t>(segments);
  }

 private:
  segment_buffer<Real> buffer_;
  detail::kurtosis_sums<Real> sums_;
};

}  // namespace millwright
