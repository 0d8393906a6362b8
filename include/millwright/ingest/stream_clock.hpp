#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "millwright/core/params.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// What the stream clock does with time that is not perfect. All parameters have defaults that need no thought; docs/ingest.md
/// states every policy with its counter and quality bit.
struct clock_policy {
  static constexpr std::string_view id = "clock";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc =
      "Places samples on the regular grid of their rate; what happens to duplicates, late stamps, gaps and stuck sensors.";

  double max_gap_s = 0.0;                   ///< longer gaps start a new segment; 0: the longest window. At least 4 periods of the group
  double late_tolerance_s = 1.0;            ///< stamps this far behind are late samples, further behind a clock step. At least 2 periods
  double jitter_tolerance = 0.5;            ///< share of a period by which a stamp may come after its slot
  double max_lag_s = 0.0;                   ///< how long a frame waits for slower groups; 0: two longest windows, at least 1 s
  std::int64_t stuck_after_vibration = 64;  ///< identical values in a row that mark a sensor as stuck, by role; 0: never
  std::int64_t stuck_after_process = 0;
  std::int64_t stuck_after_slow = 0;
  std::int64_t stuck_after_context = 0;

  static auto params() {
    using p = clock_policy;
    constexpr double most = 1e9;
    constexpr std::int64_t run = 1'000'000'000;
    return std::tuple{
        number("max_gap_s", &p::max_gap_s, 0.0, 0.0, most, unit::second,
               "longest gap that is filled with masked samples; a longer one starts a new segment (0: the longest window)"),
        number("late_tolerance_s", &p::late_tolerance_s, 1.0, 0.0, most, unit::second,
               "a stamp behind the last one by at most this is a late sample and dropped; further behind, the clock was set back"),
        number("jitter_tolerance", &p::jitter_tolerance, 0.5, 0.05, 1.0, unit::share,
               "share of a sampling period by which a stamp may come after its slot before slots count as missing"),
        number("max_lag_s", &p::max_lag_s, 0.0, 0.0, 86400.0, unit::second,
               "how far the fastest group may run ahead before slower groups are masked (0: two longest windows, at least 1 s)"),
        integer("stuck_after_vibration", &p::stuck_after_vibration, 64, 0, run, unit::sample,
                "identical values in a row that mean a stuck sensor, channels of role vibration (0: no check)"),
        integer("stuck_after_process", &p::stuck_after_process, 0, 0, run, unit::sample, "the same for role process"),
        integer("stuck_after_slow", &p::stuck_after_slow, 0, 0, run, unit::sample, "the same for role slow"),
        integer("stuck_after_context", &p::stuck_after_context, 0, 0, run, unit::sample, "the same for role context"),
    };
  }

  /// Stuck limit in samples for a role; 0 = no check. Roles state and ignore are never checked.
  [[nodiscard]] std::uint32_t stuck_limit(channel_role role) const noexcept;
};

/// What happened so far, over all groups of one stream. Sample counters count instants (one per group), the last four of the
/// list and `late_groups` count as their comments say.
struct clock_counters {
  std::uint64_t samples = 0;          ///< instants that arrived, kept or not
  std::uint64_t duplicates = 0;       ///< dropped: same stamp as the sample before
  std::uint64_t late = 0;             ///< dropped: behind the sample before, within late_tolerance_s
  std::uint64_t bad_stamps = 0;       ///< dropped: stamp outside 1823 .. 2116
  std::uint64_t clock_steps = 0;      ///< clock set back by more than late_tolerance_s; each starts a segment
  std::uint64_t gaps = 0;             ///< holes in time, filled or not
  std::uint64_t missing_samples = 0;  ///< masked samples put into gaps up to max_gap_s
  std::uint64_t segments = 0;         ///< segments begun: the first, after long gaps, after clock steps
  std::uint64_t overruns = 0;         ///< samples of a slower group lost because it ran too far ahead of the fastest one
  std::uint64_t late_groups = 0;      ///< frames in which a slower group was masked, counted per group
  std::uint64_t not_finite = 0;       ///< single values: NaN or infinite
  std::uint64_t stuck = 0;            ///< single values: in a run that reached the stuck limit
  std::uint64_t clipped = 0;          ///< single values: at or beyond the channel's range

  using member = std::pair<std::string_view, std::uint64_t clock_counters::*>;
  /// Names and members, in the order of reports and of the checkpoint.
  static constexpr std::array<member, 13> list() noexcept {
    using c = clock_counters;
    return {{{"samples", &c::samples},
             {"duplicates", &c::duplicates},
             {"late", &c::late},
             {"bad_stamps", &c::bad_stamps},
             {"clock_steps", &c::clock_steps},
             {"gaps", &c::gaps},
             {"missing_samples", &c::missing_samples},
             {"segments", &c::segments},
             {"overruns", &c::overruns},
             {"late_groups", &c::late_groups},
             {"not_finite", &c::not_finite},
             {"stuck", &c::stuck},
             {"clipped", &c::clipped}}};
  }

  template <class Archive>
  void persist(Archive& archive) {
    for (const auto& [name, pointer] : list()) archive(this->*pointer);
  }
};

/// Times of the slots of a regular grid.
struct slot_times {
  time_ns anchor = 0;       ///< time of slot 0
  std::uint64_t first = 0;  ///< slot that `at` counts from
  double rate_hz = 1.0;

  [[nodiscard]] time_ns at(std::uint64_t ahead) const noexcept;
};

/// Puts the samples of one channel group on the regular grid of its nominal rate. Slot i of a segment lies at
/// anchor + round(i * 1e9 / rate_hz). O(1) per call, no memory.
///
/// A stamp within jitter_tolerance of the next slot, or before that slot, takes it; one further on leaves slots missing. The grid
/// follows slow drift: a sample that lies off its slot by more than tolerance/8 of a period moves the grid by an eighth of the
/// deviation, so a nominal rate that is wrong by up to 6 % neither loses nor invents slots, and stamps rounded to a sixteenth of
/// a period leave the grid alone. A sample more than a whole period early moves the grid onto its stamp.
class group_clock {
 public:
  enum class action : std::uint8_t { place, drop, new_segment };
  struct verdict {
    action what = action::place;
    std::uint64_t missing = 0;  ///< slots to mask before the sample
    time_ns stamp = 0;
  };

  /// rate_hz > 0; max_gap_s as the policy or its default.
  void configure(double rate_hz, const clock_policy& policy, double max_gap_s) noexcept;
  void reset() noexcept;

  /// Judges a sample with a stamp of its own, or (continues_previous) one that follows the sample before it.
  [[nodiscard]] verdict judge(time_ns stamp, clock_counters& counters) noexcept;
  /// Whether samples without stamps take the next slots without being judged one by one.
  [[nodiscard]] bool in_step() const noexcept { return in_step_; }

  /// After a verdict, in this order: new_segment: start_segment; else skip the missing slots; then accept the sample.
  void start_segment(time_ns stamp) noexcept;
  void skip(std::uint64_t slots) noexcept { next_ += slots; }
  void accept(time_ns stamp) noexcept;
  /// `slots` > 0 samples without stamps, while in_step().
  void accept_run(std::uint64_t slots) noexcept;

  [[nodiscard]] bool started() const noexcept { return started_; }
  /// Stamp of the last accepted sample.
  [[nodiscard]] time_ns last_stamp() const noexcept { return last_; }
  /// Time of the next slot, and of the one `ahead` slots further.
  [[nodiscard]] time_ns expected(std::uint64_t ahead = 0) const noexcept { return time_of(next_ + ahead); }
  /// The grid as it lies now, counted from the next slot.
  [[nodiscard]] slot_times grid() const noexcept { return {anchor_, next_, rate_hz_}; }
  /// No sample at or before `end` is to come.
  [[nodiscard]] bool delivered(time_ns end) const noexcept { return started_ && (last_ >= end || expected() > end); }
  [[nodiscard]] double period_ns() const noexcept { return period_ns_; }

  template <class Archive>
  void persist(Archive& archive) {
    archive(started_, in_step_, anchor_, next_, last_, reference_, reference_count_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  [[nodiscard]] time_ns offset(std::uint64_t slot) const noexcept;
  [[nodiscard]] time_ns time_of(std::uint64_t slot) const noexcept { return slot_times{anchor_, slot, rate_hz_}.at(0); }
  [[nodiscard]] verdict judge_stamp(time_ns stamp, clock_counters& counters) noexcept;

  double rate_hz_ = 1.0;
  double period_ns_ = 1e9;
  double tolerance_ns_ = 0.5e9;
  time_ns deadband_ns_ = 0;
  time_ns duplicate_ns_ = 0;
  time_ns late_ns_ = 0;
  time_ns max_gap_ns_ = 0;

  bool started_ = false;
  bool in_step_ = false;    ///< the last judged sample was accepted
  time_ns anchor_ = 0;      ///< time of slot 0
  std::uint64_t next_ = 0;  ///< next slot
  time_ns last_ = 0;
  time_ns reference_ = 0;              ///< stamp of the last dropped sample that had one; INT64_MIN: a bad stamp
  std::uint64_t reference_count_ = 0;  ///< samples without stamp since then
};

}  // namespace millwright
