#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/vibration/band_filter.hpp"

namespace millwright {

/// Overall level of a high-frequency band, once an interval: rms, or peak to peak. The band lies where the machine itself is quiet and the
/// sensor still hears, often 5 kHz upwards, so that the level follows impacts, friction and lack of lubricant. In the unit of the
/// signal. Each column alike. f_lo 0: from rate / 4; f_hi 0: all above f_lo. An interval that the stream does not complete gives nothing.
/// The delay given is that of the filter and of half an interval. A sample that is not finite spoils the intervals that the filter's length
/// reaches: NaN, as is a level whose square is beyond a float64. Source: Shea & Taylor, Noise & Vibration Worldwide 23 (1992).
template <class Real>
class high_frequency_energy {
 public:
  static constexpr std::string_view id = "high_frequency_energy";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc =
      "Rms or peak-to-peak value of a high-frequency band in each interval: impacts, friction, lubrication.";

  double f_lo_hz = 0.0;
  double f_hi_hz = 0.0;
  double interval_s = 0.1;
  std::string measure = "rms";
  double transition_hz = 0.0;

  static auto params() {
    return std::tuple{
        number("f_lo_hz", &high_frequency_energy::f_lo_hz, 0.0, 0.0, 1e9, unit::hertz, "lower edge of the band; 0: rate / 4"),
        number("f_hi_hz", &high_frequency_energy::f_hi_hz, 0.0, 0.0, 1e9, unit::hertz, "upper edge of the band; 0: rate / 2"),
        number("interval_s", &high_frequency_energy::interval_s, 0.1, 1e-6, 1e6, unit::second, "time that one value stands for"),
        choice("measure", &high_frequency_energy::measure, "rms", "rms|peak_to_peak", "what is taken of each interval"),
        number("transition_hz", &high_frequency_energy::transition_hz, 0.0, 0.0, 1e9, unit::hertz,
               "width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo")};
  }
  static auto model() { return std::tuple{}; }

  /// Errors (invalid_argument): not f_lo < f_hi <= rate / 2; an interval below one sample; a filter of more than 16385 taps.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    band_.persist(archive);
    archive(held_samples_, squares_, lowest_, highest_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return band_.state_is_valid() && held_samples_ < interval_; }

 private:
  void begin_interval() noexcept;

  std::size_t columns_ = 1;
  std::size_t interval_ = 1;  // samples
  std::uint64_t held_samples_ = 0;
  bool is_rms_ = true;
  detail::band_filter<Real> band_;
  std::span<Real> filtered_;
  std::span<double> squares_;  // of the interval so far, of each column
  std::span<Real> lowest_, highest_;
};

}  // namespace millwright
