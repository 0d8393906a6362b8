#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/filter/sos_cascade.hpp"

namespace millwright {

/// Lower band edge of broad-band velocity for a shaft speed: 10 Hz, 2 Hz below 600 rpm.
[[nodiscard]] constexpr double severity_low_hz(double speed_rpm) noexcept { return speed_rpm < 600.0 ? 2.0 : 10.0; }

/// Broad-band vibration velocity, rms in mm/s, one value of every column for each interval. The input is acceleration (integrated by
/// integrator_sections) or velocity. Butterworth edges of order 4: -3 dB at the edges, 24 dB an octave outside.
/// Intervals follow each other without overlap; a part at the end gives nothing. Samples of the first settle_s do not count, nor do
/// samples that are not finite; an interval of which less than half counts gives NaN. The state passes over what is not finite.
/// delay_s: half an interval, and a sample for the integration. A level beyond the range of Real is NaN.
/// Sources: ISO 2954 and ISO 20816-1 for band and quantity; see docs/velocity-severity.md.
template <class Real>
class velocity_severity {
 public:
  static constexpr std::string_view id = "velocity_severity";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc = "Broad-band vibration velocity of each column, rms in mm/s over each interval.";

  std::string input_unit = "m/s^2";  ///< of the samples
  double low_hz = 10.0;              ///< -3 dB
  double high_hz = 1'000.0;          ///< -3 dB
  double interval_s = 1.0;           ///< one value each
  double settle_s = 1.0;             ///< start of the stream that does not count

  static auto params() {
    return std::tuple{
        choice("input_unit", &velocity_severity::input_unit, "m/s^2", "m/s^2|g|mm/s", "unit of the input; mm/s is velocity already"),
        number("low_hz", &velocity_severity::low_hz, 10.0, 0.1, 1e9, unit::hertz, "lower band edge, -3 dB; 2 below 600 rpm"),
        number("high_hz", &velocity_severity::high_hz, 1'000.0, 0.1, 1e9, unit::hertz,
               "upper band edge, -3 dB; half the sampling rate: no lowpass"),
        number("interval_s", &velocity_severity::interval_s, 1.0, 1e-3, 86'400.0, unit::second, "time that one value covers"),
        number("settle_s", &velocity_severity::settle_s, 1.0, 0.0, 3'600.0, unit::second,
               "start of the stream that does not count, while the filters settle")};
  }
  static auto model() { return std::tuple<>{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(settling_, position_, has_started_, sum_, count_);
    cascade_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return position_ < interval_items_; }

 private:
  sos_cascade cascade_;
  std::vector<sos_state> steady_;
  double to_mm_per_s_ = 1.0;
  std::uint64_t interval_items_ = 1;
  std::uint64_t settle_items_ = 0;
  std::uint64_t settling_ = 0;  // items that still do not count
  std::uint64_t position_ = 0;  // in the interval
  std::span<std::uint8_t> has_started_;
  std::span<double> sum_;           // of squares, by column
  std::span<std::uint64_t> count_;  // of squares, by column
  std::span<double> block_;
};

}  // namespace millwright
