#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/alarm/episode.hpp"
#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// The alarm state machine over severities (ISA-18.2 vocabulary): smoothing, level with deadband, on-delay k of n, off-delay,
/// refractory time. One severity per window in, at most one event per window out. O(1) a window; 8 bytes x on_window of memory.
///
/// - A window is a hit when the smoothed severity reaches the threshold. An episode is raised when k of the last n scored windows
///   are hits and the refractory time after the last episode is over; it then starts at the first of these hits.
/// - It is cleared after `off_windows` scored windows in a row below threshold - deadband; hits before that are then forgotten.
/// - Windows without a score, and NaN, change nothing: neither delay counts them.
/// - Peak and priority follow the severity itself, not the smoothed one. Priority: medium from 1, high from 2 decades beyond
///   the threshold; it never falls within an episode.
class alarm {
 public:
  static constexpr std::string_view id = "alarm";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::alarm_rule;
  static constexpr std::string_view doc = "Turns severities into episodes with deadband, k-of-n on-delay, off-delay and refractory time.";

  std::int64_t smoothing_windows = 1;  ///< EWMA of severity with alpha = 2 / (m + 1); 1 = none
  std::int64_t on_count = 3;           ///< k: windows at or above the threshold ...
  std::int64_t on_window = 5;          ///< n: ... among the last n scored windows
  std::int64_t off_windows = 5;        ///< consecutive scored windows below threshold - deadband that clear the episode
  double deadband = 1.0;               ///< in decades of tail probability
  double refractory_s = 300.0;         ///< no new episode for this long after one cleared

  double threshold = 0.0;         ///< learned: severity at which a window counts
  std::int64_t extrapolated = 0;  ///< learned: 1 when the budget could not be proved on the calibration data

  static constexpr double medium_decades = 1.0;
  static constexpr double high_decades = 2.0;

  static constexpr auto params() {
    return std::tuple{
        integer("smoothing_windows", &alarm::smoothing_windows, 1, 1, 100000, unit::window,
                "windows m of the exponential mean of severity, weight 2 / (m + 1); 1: none"),
        integer("on_count", &alarm::on_count, 3, 1, 64, unit::window, "windows at or above the threshold that raise an episode"),
        integer("on_window", &alarm::on_window, 5, 1, 64, unit::window, "latest scored windows among which on_count is counted"),
        integer("off_windows", &alarm::off_windows, 5, 1, 1000000, unit::window,
                "scored windows in a row below threshold - deadband that clear the episode"),
        number("deadband", &alarm::deadband, 1.0, 0, 100, unit::decade,
               "how far severity must fall below the threshold before the episode can clear"),
        number("refractory_s", &alarm::refractory_s, 300.0, 0, 31536000, unit::second, "no new episode for this long after one cleared"),
    };
  }
  static constexpr auto model() {
    return std::tuple{
        learned{"threshold", &alarm::threshold, "severity at which a window counts"},
        learned{"extrapolated", &alarm::extrapolated, "1: the budget could not be proved on the calibration data"},
    };
  }

  enum class event : std::uint8_t { none, raised, peaked, cleared };

  /// Errors: a parameter out of range, on_count above on_window, no threshold (not fitted).
  result<void> prepare(workspace& memory);
  /// What prepare carves; for a copy of a prepared alarm.
  void take(workspace& memory) noexcept;
  void reset() noexcept;
  /// Feeds one window; `scored` false leaves the machine as it is (nothing is known about this window).
  event update(time_ns end_time, double severity, bool scored, std::int32_t regime) noexcept;
  /// The running or last episode; valid after `raised`.
  [[nodiscard]] const episode& current() const noexcept { return episode_; }
  /// The engine fills contributors after raised and peaked.
  [[nodiscard]] episode& current() noexcept { return episode_; }
  [[nodiscard]] bool active() const noexcept { return active_; }

  // State comes in three parts that depend on different things, so that a checkpoint keeps what still fits another bundle.

  /// The running or last episode without its contributors: depends on nothing.
  template <class Archive>
  void persist_episode(Archive& archive, std::uint16_t written_by = episode::record_version) {
    archive(active_);
    persist_record(episode_, archive, written_by);
  }
  /// Depends on the list of features.
  template <class Archive>
  void persist_contributors(Archive& archive) {
    for (contributor& c : episode_.contributors) archive(c.feature, c.share, c.deviation);
  }
  /// Depends on the parameters.
  template <class Archive>
  void persist_delays(Archive& archive) {
    archive(started_, smoothed_, hits_, next_, quiet_windows_, hit_times_);
  }
  /// As checkpoints of version 1 hold all of it.
  void read_version_1(state_reader& archive) {
    archive(active_);
    persist_delays(archive);
    persist_record(episode_, archive, 1);
    persist_contributors(archive);
  }
  /// Whether restored state is one that update can leave behind. Indices of contributors are the owner's to check.
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  [[nodiscard]] bool in_refractory_time(time_ns now) const noexcept;
  [[nodiscard]] alarm_priority priority_of(double severity) const noexcept;
  event raise(time_ns end_time, double severity, std::int32_t regime) noexcept;
  event follow(time_ns end_time, double severity) noexcept;

  bool active_ = false;
  bool started_ = false;  // a severity has been seen
  double smoothed_ = 0.0;
  std::uint64_t hits_ = 0;          // bit i: the scored window i windows ago was a hit; on_window bits
  std::uint32_t next_ = 0;          // where hit_times_ takes the next window
  std::int64_t quiet_windows_ = 0;  // in a row below threshold - deadband, while active
  std::span<time_ns> hit_times_;    // ring: end times of the last on_window scored windows
  episode episode_;
};

static_assert(described<alarm>);

}  // namespace millwright
