#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/signal_stage.hpp"
#include "millwright/vibration/band_filter.hpp"

namespace millwright {

/// Envelope of a frequency band as a stream: a complex FIR band-pass gives the analytic signal z of the band, then |z|^2 (or |z|),
/// then, when f_max is given, a low-pass to f_max. The rate out is the lowest at which what is wanted is free of aliasing:
/// 2 bandwidths for |z|^2, 4 for |z|, 2.56 f_max behind the low-pass, or up to twice that, since it divides the rate in.
/// A tone of amplitude a in the band gives a^2 (or a). The band's edges are -6 dB points. Each column alike.
/// The port given has the rate and, in delay_s, the delay of the filters. The first taps samples see zeros before the start.
/// A sample that is not finite spoils the output for the length of the filters.
/// Source: Randall & Antoni, MSSP 25 (2011).
template <class Real>
class envelope {
 public:
  static constexpr std::string_view id = "envelope";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::condition;
  static constexpr std::string_view doc =
      "Squared envelope of a frequency band, at a lower rate: the signal in which the impacts of a bearing fault repeat.";

  double f_lo_hz = 500.0;
  double f_hi_hz = 0.0;
  bool squared = true;
  double f_max_hz = 0.0;
  double transition_hz = 0.0;

  static auto params() {
    return std::tuple{number("f_lo_hz", &envelope::f_lo_hz, 500.0, 1e-3, 1e9, unit::hertz, "lower edge of the band"),
                      number("f_hi_hz", &envelope::f_hi_hz, 0.0, 0.0, 1e9, unit::hertz, "upper edge of the band; 0: rate / 2"),
                      flag("squared", &envelope::squared, true, "|z|^2; false: |z|"),
                      number("f_max_hz", &envelope::f_max_hz, 0.0, 0.0, 1e9, unit::hertz,
                             "highest frequency of the envelope that is wanted; 0: all that the band has"),
                      number("transition_hz", &envelope::transition_hz, 0.0, 0.0, 1e9, unit::hertz,
                             "width of the band's slopes; 0: a quarter of the bandwidth, at most f_lo")};
  }
  static auto model() { return std::tuple{}; }

  /// Errors (invalid_argument): not f_lo < f_hi <= rate / 2; a band so narrow that the filter would exceed 16385 taps.
  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    band_.persist(archive);
    if (has_low_pass_) low_pass_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return band_.state_is_valid() && (!has_low_pass_ || low_pass_.state_is_valid()); }

 private:
  std::size_t columns_ = 1;
  bool has_low_pass_ = false;
  detail::band_filter<Real> band_;
  detail::band_filter<Real> low_pass_;
  std::span<Real> re_, im_;
};

}  // namespace millwright
