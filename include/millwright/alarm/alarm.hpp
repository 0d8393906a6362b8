#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "millwright/archive.hpp"
#include "millwright/block.hpp"
#include "millwright/error.hpp"
#include "millwright/params.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// How urgent an episode is, from how far its severity lies beyond the threshold.
enum class alarm_priority : std::uint8_t { low, medium, high };
[[nodiscard]] std::string_view to_string(alarm_priority p) noexcept;

/// What a person sees as one alert. Times are window end times.
struct episode {
  std::uint64_t number = 0;          ///< 1, 2, 3 ... within one stream
  time_ns started_at = 0;            ///< first window of the run that led to the alarm
  time_ns raised_at = 0;             ///< when the on-delay was satisfied
  time_ns cleared_at = 0;            ///< 0 while active
  double peak_severity = 0.0;        ///< largest severity so far (-log10 of the tail probability)
  time_ns peak_at = 0;
  alarm_priority priority = alarm_priority::low;
  std::int32_t regime = -1;
  bool extrapolated = false;         ///< the threshold lies beyond what the calibration data can prove

  struct contributor {
    std::uint32_t feature = 0;       ///< column index in the pipeline's feature list
    double share = 0.0;              ///< share of the score, 0 .. 1
    double deviation = 0.0;          ///< normalised value (robust z) of the feature at the peak
  };
  static constexpr std::size_t max_contributors = 5;
  std::array<contributor, max_contributors> contributors = {};  ///< at the latest peak, largest first; share 0 = unused
};

/// The alarm state machine over severities (ISA-18.2 vocabulary): smoothing, level with deadband, on-delay k of n, off-delay,
/// refractory time. One severity per window in, at most one event per window out.
class alarm {
 public:
  static constexpr std::string_view id = "alarm";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Turns severities into episodes with deadband, k-of-n on-delay, off-delay and refractory time.";

  std::int64_t smoothing_windows = 1;   ///< EWMA of severity with alpha = 2 / (m + 1); 1 = none
  std::int64_t on_count = 3;            ///< k: windows at or above the threshold ...
  std::int64_t on_window = 5;           ///< n: ... among the last n scored windows
  std::int64_t off_windows = 5;         ///< consecutive scored windows below threshold - deadband that clear the episode
  double deadband = 1.0;                ///< in decades of tail probability
  double refractory_s = 300.0;          ///< no new episode for this long after one cleared

  double threshold = 0.0;               ///< learned: severity at which a window counts
  std::int64_t extrapolated = 0;        ///< learned: 1 when the budget could not be proved on the calibration data

  static auto params();
  static auto model();

  enum class event : std::uint8_t { none, raised, peaked, cleared };

  result<void> prepare(workspace& memory);
  void reset() noexcept;
  /// Feeds one window; `scored` false leaves the machine as it is (nothing is known about this window).
  event update(time_ns end_time, double severity, bool scored, std::int32_t regime) noexcept;
  /// The running or last episode; valid after `raised`.
  [[nodiscard]] const episode& current() const noexcept;
  /// The engine fills contributors after raised and peaked.
  [[nodiscard]] episode& current() noexcept;
  [[nodiscard]] bool active() const noexcept;

  template <class Archive>
  void persist(Archive& archive);
  [[nodiscard]] bool state_is_valid() const noexcept;
};

}  // namespace millwright
