#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/signal/welch.hpp"

// Streaming forms of welch(), csd() and coherence().

namespace millwright {

/// Streaming Welch: the power spectral density of each channel, averaged over `segments` segments; then the next average starts.
/// In: samples, any channels. Out: one item per average, nfft / 2 + 1 bins of channel 0, then of channel 1, ...; what is left at the end
/// makes a last average over fewer segments. Equal in bits to welch() over the same samples.
template <class Real>
class welch_stage {
 public:
  static constexpr std::string_view id = "welch";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Welch's power spectral density, averaged over a number of segments; one frame of bins per average.";

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::int64_t nfft = 0;
  std::string window = "hann";
  std::string detrend = "constant";
  std::string scaling = "density";
  std::string average = "mean";
  std::int64_t segments = 8;

  static auto params() {
    using self = welch_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a segment"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that segments share; -1: half of nperseg"),
        integer("nfft", &self::nfft, 0, 0, 1 << 26, unit::sample, "length of the transform; 0: nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        choice("detrend", &self::detrend, "constant", detail::detrend_choices, "what is taken off each segment"),
        choice("scaling", &self::scaling, "density", detail::scaling_choices, "power per Hz, or power of a line"),
        choice("average", &self::average, "mean", "mean|median", "over the segments"),
        integer("segments", &self::segments, 8, 1, 1 << 20, unit::none, "segments in one average")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
    core_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return buffer_.state_is_valid() && core_.state_is_valid(); }

 private:
  std::size_t finish(Real* out) noexcept;
  double rate_hz_ = 0.0;
  segment_buffer<Real> buffer_;
  detail::power_average<Real> core_;
};

/// Streaming cross spectrum of two channels: conj(X) Y averaged over `segments` segments. In: samples of 2 channels. Out: one item per
/// average, nperseg / 2 + 1 pairs re, im. Equal in bits to csd().
template <class Real>
class cross_spectrum_stage {
 public:
  static constexpr std::string_view id = "cross_spectrum";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Averaged cross spectrum of two channels; one frame of re, im pairs per average.";
  static constexpr std::size_t input_columns = 2;

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::string window = "hann";
  std::string detrend = "constant";
  std::string scaling = "density";
  std::int64_t segments = 8;

  static auto params() {
    using self = cross_spectrum_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a segment"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that segments share; -1: half of nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        choice("detrend", &self::detrend, "constant", detail::detrend_choices, "what is taken off each segment"),
        choice("scaling", &self::scaling, "density", detail::scaling_choices, "power per Hz, or power of a line"),
        integer("segments", &self::segments, 8, 1, 1 << 20, unit::none, "segments in one average")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
    core_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return buffer_.state_is_valid() && core_.state_is_valid(); }

 private:
  std::size_t finish(Real* out) noexcept;
  double rate_hz_ = 0.0;
  segment_buffer<Real> buffer_;
  detail::cross_average<Real> core_;
};

/// Streaming coherence of two channels over `segments` segments, 0 .. 1. In: samples of 2 channels. Out: one item per average,
/// nperseg / 2 + 1 bins. Equal in bits to coherence(). With k segments without overlap, uncorrelated noise gives about 1 / k.
template <class Real>
class coherence_stage {
 public:
  static constexpr std::string_view id = "coherence";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Magnitude-squared coherence of two channels over a number of segments; one frame of bins per average.";
  static constexpr std::size_t input_columns = 2;

  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::string window = "hann";
  std::string detrend = "constant";
  std::int64_t segments = 8;

  static auto params() {
    using self = coherence_stage;
    return std::tuple{
        integer("nperseg", &self::nperseg, 256, 1, 1 << 24, unit::sample, "samples in a segment"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 24, unit::sample, "samples that segments share; -1: half of nperseg"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"},
        choice("detrend", &self::detrend, "constant", detail::detrend_choices, "what is taken off each segment"),
        integer("segments", &self::segments, 8, 1, 1 << 20, unit::none, "segments in one average")};
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    buffer_.persist(archive);
    core_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return buffer_.state_is_valid() && core_.state_is_valid(); }

 private:
  std::size_t finish(Real* out) noexcept;
  segment_buffer<Real> buffer_;
  detail::cross_average<Real> core_;
};

}  // namespace millwright
