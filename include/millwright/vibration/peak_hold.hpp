#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/vibration/band_filter.hpp"

namespace millwright {

/// Peak-hold decimation: the largest |x| of a high-frequency band in each interval of the lower rate, 2.56 f_max or up to twice that,
/// since it divides the rate in. Where averaging would lose a short impact, this keeps its full height, so bearings at low speed show at a
/// rate that fits their low fault frequencies. Each column alike. f_hi 0: all above f_lo (high-pass). An interval that the stream does not
/// complete gives nothing. The delay given is that of the filter and of one interval.
/// A sample that is not finite spoils the intervals that the filter's length reaches: NaN, as is an overflow.
/// Source: Robinson, Canada & Piety, Sound and Vibration 30 (1996).
template <class Real>
class peak_hold {
 public:
  static constexpr std::string_view id = "peak_hold";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc =
      "Largest magnitude of a high-frequency band in each interval of a lower rate: keeps the height of short impacts.";

  double f_lo_hz = 500.0;
  double f_hi_hz = 0.0;
  double f_max_hz = 500.0;
  double transition_hz = 0.0;

  static auto params() {
    return std::tuple{number("f_lo_hz", &peak_hold::f_lo_hz, 500.0, 1e-3, 1e9, unit::hertz, "lower edge of the band"),
                      number("f_hi_hz", &peak_hold::f_hi_hz, 0.0, 0.0, 1e9, unit::hertz, "upper edge of the band; 0: rate / 2"),
                      number("f_max_hz", &peak_hold::f_max_hz, 500.0, 1e-6, 1e9, unit::hertz, "highest frequency wanted of the result"),
                      number("transition_hz", &peak_hold::transition_hz, 0.0, 0.0, 1e9, unit::hertz,
                             "width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo")};
  }
  static auto model() { return std::tuple{}; }

  /// Errors (invalid_argument): not f_lo < f_hi <= rate / 2; f_max above rate / 2.56; a filter of more than 16385 taps.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    band_.persist(archive);
    archive(held_samples_, held_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return band_.state_is_valid() && held_samples_ < interval_; }

 private:
  std::size_t columns_ = 1;
  std::size_t interval_ = 1;  // samples
  std::uint64_t held_samples_ = 0;
  detail::band_filter<Real> band_;
  std::span<Real> filtered_;
  std::span<Real> held_;  // largest so far, of each column
};

}  // namespace millwright
