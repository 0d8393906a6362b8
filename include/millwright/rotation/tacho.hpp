#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/signal_stage.hpp"
#include "millwright/rotation/phase_curve.hpp"
#include "millwright/rotation/pulse_train.hpp"

namespace millwright {

/// The parameters that say how pulses are found; shared by the stages that read a tacho.
struct tacho_parameters {
  std::int64_t pulses_per_revolution = 1;
  double gear_ratio = 1.0;  ///< turns of the shaft of interest for one turn of the shaft with the tacho
  std::string edge = "rising";
  std::string threshold_mode = "auto";
  double threshold = 0.0;
  double hysteresis = 0.0;
  double auto_window_s = 2.0;
  double min_rpm = 60.0;
  double max_rpm = 30'000.0;
  std::int64_t repair_periods = 5;

  /// Descriptors for a stage that derives from this.
  template <class Stage>
  static auto descriptors() {
    const auto own = [](auto tacho_parameters::*member) {
      return static_cast<std::remove_reference_t<decltype(std::declval<tacho_parameters>().*member)> Stage::*>(member);
    };
    return std::tuple{
        integer("pulses_per_revolution", own(&tacho_parameters::pulses_per_revolution), 1, 1, 100'000, unit::none,
                "marks on the shaft that the tacho sees in one turn"),
        number("gear_ratio", own(&tacho_parameters::gear_ratio), 1.0, lowest_gear_ratio, highest_gear_ratio, unit::none,
               "turns of the shaft of interest for one turn of the shaft with the tacho"),
        choice("edge", own(&tacho_parameters::edge), "rising", "rising|falling", "edge of a pulse that counts"),
        choice("threshold_mode", own(&tacho_parameters::threshold_mode), "auto", "auto|fixed",
               "auto: half way between the extremes of the last auto_window_s; fixed: threshold and hysteresis"),
        number("threshold", own(&tacho_parameters::threshold), 0.0, -1e30, 1e30, unit::channel_unit,
               "level whose crossing is the time of a pulse, if fixed"),
        number("hysteresis", own(&tacho_parameters::hysteresis), 0.0, 0.0, 1e30, unit::channel_unit,
               "the signal must swing by this about the threshold, if fixed; keeps noise from counting twice"),
        number("auto_window_s", own(&tacho_parameters::auto_window_s), 2.0, 1e-3, 1e5, unit::second,
               "window of the automatic threshold; no pulse is looked for before it has passed once"),
        number("min_rpm", own(&tacho_parameters::min_rpm), 60.0, 1e-4, 1e7, unit::none,
               "slowest speed of the tacho's shaft; a longer gap between pulses is a standstill. Decides the memory taken"),
        number("max_rpm", own(&tacho_parameters::max_rpm), 30'000.0, 1e-3, 1e8, unit::none,
               "fastest speed of the tacho's shaft; an edge that follows a pulse sooner is ignored"),
        integer("repair_periods", own(&tacho_parameters::repair_periods), 5, 0, 64, unit::none,
                "periods on either side that say what a normal period is when pulses are missing or superfluous; 0 repairs nothing"),
    };
  }
  [[nodiscard]] pulse_settings settings(double rate_hz) const;
};

/// Speed from a tacho's pulses. One column of signal in; out, at speed_rate_hz from the first sample on, two columns: speed of the shaft
/// of interest in revolutions per minute, and pulses repaired (put in or taken out) since the item before. The speed is the derivative of a
/// monotone cubic through the pulses' phase (phase_curve), so it is known repair_periods + 2 pulses later; it is NaN before the first
/// pulse ever, 0 at standstill, and holds its last value to the end of the stream.
/// With a fixed threshold it agrees with tacho_speed of tacho_pulses to about 1e-12: those pulses are seconds, rounded, and not samples.
/// Memory: the longest wait at min_rpm. A sample that is not finite is passed over.
/// Source: Fyfe & Munck, MSSP 11 (1997).
template <class Real>
class tacho : public tacho_parameters {
 public:
  static constexpr std::string_view id = "tacho";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::analysis;
  static constexpr std::string_view doc =
      "Speed in rpm from a tacho's pulses, sampled evenly, with repair of missing and superfluous pulses; second column: pulses repaired.";
  static constexpr std::size_t input_columns = 1;

  double speed_rate_hz = 50.0;

  static auto params() {
    return std::tuple_cat(descriptors<tacho>(), std::tuple{number("speed_rate_hz", &tacho::speed_rate_hz, 50.0, 1e-3, 1e7, unit::hertz,
                                                                  "rate at which the speed is given, at most that of the input")});
  }
  static auto model() { return std::tuple{}; }

  result<signal_port> prepare(const signal_port& in, workspace& memory);
  void reset() noexcept;
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept;
  std::size_t flush(std::span<Real> out) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    train_.persist(archive);
    curve_.persist(archive);
    segments_.persist(archive);
    archive(item_, repairs_, speed_, is_turning_);
    last_end_.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept {
    return train_.state_is_valid() && curve_.state_is_valid() && segments_.state_is_valid() && item_ >= 0 && item_ < 1'000'000'000'000'000;
  }

 private:
  void take_events() noexcept;
  [[nodiscard]] bool next(double& rpm) noexcept;
  std::size_t write(std::span<Real> out, std::size_t written) noexcept;

  pulse_train train_;
  phase_curve curve_;
  detail::fifo<phase_segment> segments_;
  double samples_an_item_ = 1.0;
  double to_rpm_ = 1.0;
  double delay_ = 0.0;
  std::int64_t item_ = 0;
  std::uint32_t repairs_ = 0;
  double speed_ = 0.0;       // at the end of the last segment; NaN before the first
  bool is_turning_ = false;  // no standstill since
  instant last_end_;
};

/// Settings of the batch functions below. Without a threshold, level and hysteresis come from the whole signal: half way between its
/// 1st and 99th percentile, unless these lie on one side of the middle of the extremes (short pulses); and 40 % of the swing.
struct tacho_options {
  double pulses_per_revolution = 1.0;
  bool falling = false;
  std::optional<double> threshold = {};
  std::optional<double> hysteresis = {};
  double min_rpm = 60.0;
  double max_rpm = 30'000.0;
  std::size_t repair_periods = 5;
};

/// Pulses of one recording.
struct tacho_pulse_list {
  std::vector<double> times_s;         ///< from the first sample on, increasing
  std::vector<std::uint8_t> inserted;  ///< 1: was missing
  std::size_t inserted_count = 0;
  std::size_t removed_count = 0;
  std::size_t standstills = 0;  ///< gaps longer than min_rpm allows, with pulses on both sides
  double threshold = 0.0;
  double hysteresis = 0.0;
};

/// Settings for one whole signal, threshold and hysteresis filled in. Errors: options out of range; a signal without any swing.
template <class Real>
[[nodiscard]] result<pulse_settings> resolve_tacho(std::span<const Real> x, double rate_hz, const tacho_options& options);

/// Pulses of a tacho signal by pulse_train. Errors: options out of range; a signal without any swing; no pulse.
template <class Real>
[[nodiscard]] result<tacho_pulse_list> tacho_pulses(std::span<const Real> x, double rate_hz, const tacho_options& options = {});

/// Repairs pulses whose times were measured elsewhere (a counter card); thresholds are not used. Errors: times not finite or not
/// increasing; no pulse.
[[nodiscard]] result<tacho_pulse_list> repair_pulses(std::span<const double> times_s, const tacho_options& options = {});

/// Speed in revolutions per minute at the times `at_s`: the derivative of the monotone cubic through the phase at the pulses, times
/// gear_ratio. Before the first and after the last pulse the speed there holds. Errors: fewer than two pulses; times not finite or not
/// increasing; pulses_per_revolution not positive; gear_ratio out of range.
[[nodiscard]] result<std::vector<double>> tacho_speed(std::span<const double> pulse_times_s, std::span<const double> at_s,
                                                      double pulses_per_revolution = 1.0, double gear_ratio = 1.0);

}  // namespace millwright
