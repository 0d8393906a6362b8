#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/polyphase_fir.hpp"
#include "millwright/numeric/fft.hpp"
#include "millwright/signal/segment_fft.hpp"

namespace millwright {

/// Streaming zoom spectrum of a band: each sample is turned by the band's centre, filtered, and every D-th one kept, so that a short
/// transform has the resolution of one D times as long, at a fraction of memory and time.
/// In: samples, any channels. Out: one item a frame, pairs re, im of the lines centre + i df, i = -count .. count, of channel 0, then of
/// channel 1, ...; the magnitude of a pair is the amplitude of a tone. With B = f_hi - f_lo: D = max(1, floor(rate / (2 B))),
/// df = rate / (D nperseg), count = floor(B / (2 df)).
/// The filter (Kaiser, 80 dB, flat within 0.001 over the band) has about 10 D taps; its delay is in delay_s. Phases of the mixer are
/// whole numbers of 2^-64 turns. Arithmetic in float64. A sample that is not finite spoils the frames that the filter spreads it to.
/// Source: Hoyer & Stork, "The zoom FFT using complex modulation", ICASSP 1977.
template <class Real>
class zoom_fft_stage {
 public:
  static constexpr std::string_view id = "zoom_fft";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Fine spectrum of a narrow band by mixing, filtering and decimating; re, im pairs of its lines.";

  double f_lo = 100.0;
  double f_hi = 200.0;
  std::int64_t nperseg = 256;
  std::int64_t noverlap = -1;
  std::string window = "hann";

  static auto params() {
    using self = zoom_fft_stage;
    return std::tuple{
        number("f_lo", &self::f_lo, 100.0, 0.0, 1e9, unit::hertz, "lower end of the band"),
        number("f_hi", &self::f_hi, 200.0, 0.0, 1e9, unit::hertz, "upper end of the band, at most half the rate"),
        integer("nperseg", &self::nperseg, 256, 1, 1 << 22, unit::sample, "decimated samples in a frame"),
        integer("noverlap", &self::noverlap, -1, -1, 1 << 22, unit::sample, "of them shared by neighbours; -1: half"),
        param<self, std::string>{"window", &self::window, "hann", 0, 0, unit::none, "taper, for example hann or kaiser(beta=8.6)"}};
  }
  static auto model() { return std::tuple{}; }

  /// Errors: f_lo not below f_hi, f_hi above half the rate, a band below 1e-5 of the rate.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;
  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(phase_);
    filter_.persist(archive);
    buffer_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return filter_.state_is_valid() && buffer_.state_is_valid(); }

 private:
  std::size_t columns_ = 0;
  std::size_t lines_ = 0;  // on each side of the centre
  double scale_ = 1.0;
  double turns_per_sample_ = 0.0;
  std::uint64_t phase_ = 0;  // of the mixer, in 2^-64 turns
  std::uint64_t step_ = 0;
  taper taper_;
  polyphase_fir<double> filter_;  // of re and im of each channel
  segment_buffer<double> buffer_;
  complex_fft<double> fft_;
  std::span<double> window_, mixed_, kept_;
  std::span<std::complex<double>> frame_, bins_;
};

}  // namespace millwright
