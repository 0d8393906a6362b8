#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/rotation/fifo.hpp"

namespace millwright {

/// A moment on the sample clock: `fraction` samples after sample number `sample`. Two parts, so that differences stay exact however
/// long the stream runs.
struct instant {
  std::int64_t sample = 0;
  double fraction = 0.0;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(sample, fraction);
  }
};
/// b - a in samples.
[[nodiscard]] inline double samples_between(const instant& a, const instant& b) noexcept {
  return static_cast<double>(b.sample - a.sample) + (b.fraction - a.fraction);
}

/// `offset` samples after `from`.
[[nodiscard]] inline instant later(const instant& from, double offset) noexcept {
  const double moment = from.fraction + offset;
  const double whole = std::floor(moment);
  return {from.sample + static_cast<std::int64_t>(whole), moment - whole};
}

/// Turns of an analysed shaft for one turn of the shaft with the tacho: what is believed.
inline constexpr double lowest_gear_ratio = 1e-4;
inline constexpr double highest_gear_ratio = 1e4;
/// Errors (invalid_argument): a ratio outside these limits, or not a number.
[[nodiscard]] result<void> check_gear_ratio(double gear_ratio, std::string_view stage);

/// How pulses are found in a tacho signal and what speeds are believed.
struct pulse_settings {
  double rate_hz = 0.0;
  double pulses_per_revolution = 1.0;
  bool falling = false;            ///< the edge that counts
  bool is_auto = true;             ///< level from the extremes of the last auto_window_s seconds; else threshold and hysteresis
  double threshold = 0.0;          ///< level whose crossing is the pulse's time
  double hysteresis = 0.0;         ///< the signal must come from half of this beyond the level and reach half of it on the other side
  double auto_window_s = 2.0;      ///< also the time before the first pulse is looked for
  double min_rpm = 60.0;           ///< of the shaft with the tacho: a longer gap is a standstill
  double max_rpm = 30'000.0;       ///< an edge that comes sooner after a pulse is ignored
  std::size_t repair_periods = 5;  ///< periods on either side that say what a normal period is; 0: pulses are taken as they are
};

/// What a pulse train tells: a pulse, or that the shaft stands (no pulse for longer than min_rpm allows).
struct pulse_event {
  instant at;  ///< of the pulse; of the last pulse before a standstill
  bool is_standstill = false;
  bool is_inserted = false;   ///< the pulse was missing and is put where it should have been
  std::uint32_t removed = 0;  ///< superfluous pulses taken out since the event before

  template <class Archive>
  void persist(Archive& archive) noexcept {
    at.persist(archive);
    archive(is_standstill, is_inserted, removed);
  }
};

/// Pulses of a tacho signal, sample by sample, with repair of missed and superfluous ones.
///
/// A pulse is where the straight line between two samples crosses the threshold; a Schmitt trigger keeps noise from crossing twice.
/// Repair: the period before a pulse is compared with the median of the `repair_periods` accepted ones before it, itself and as many
/// after it. It is wrong when it differs by more than 3 robust standard deviations (1.4826 MAD of those periods) and more than a
/// quarter of the median. Too long: the missing pulses (at most 8) are put in by monotone cubic interpolation of time over pulse
/// number. Too short, and joined with the next ones normal: the pulses between are taken out. So a pulse is known repair_periods + 1
/// pulses after it came. O(1) a sample, O(repair_periods log repair_periods) a pulse.
/// A sample that is not finite is passed over.
class pulse_train {
 public:
  /// Errors: settings out of range; an auto window that may hold no pulse.
  result<void> prepare(const pulse_settings& settings, workspace& memory);
  void reset() noexcept;
  /// The next sample; afterwards take events by `next` until it gives none.
  void push(double x) noexcept;
  /// A pulse found elsewhere (a counter card), later than those before it.
  void push_pulse(const instant& at) noexcept;
  /// No more samples: decides on the pulses that still wait.
  void finish() noexcept;
  bool next(pulse_event& event) noexcept;

  [[nodiscard]] double longest_period() const noexcept { return longest_period_; }    ///< samples
  [[nodiscard]] double shortest_period() const noexcept { return shortest_period_; }  ///< samples
  /// Longest time, in samples, from a pulse to the sample that brings its event.
  [[nodiscard]] double delay() const noexcept;
  /// Most events that one push or finish can bring.
  [[nodiscard]] std::size_t most_events() const noexcept;
  /// Samples pushed so far.
  [[nodiscard]] std::int64_t now() const noexcept { return now_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(now_, last_value_, last_sample_, has_last_, is_armed_, has_crossing_, low_, high_, level_, bucket_low_, bucket_high_,
            bucket_fill_, bucket_next_, buckets_filled_, has_pulse_, is_turning_, periods_, removed_, lows_, highs_);
    crossing_.persist(archive);
    last_raw_.persist(archive);
    accepted_.persist(archive);
    waiting_.persist(archive);
    events_.persist(archive);
    archive(history_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  static constexpr std::size_t most_missed = 8;

 private:
  void learn_level(double x) noexcept;
  void stop() noexcept;
  void decide() noexcept;
  void accept(const instant& at, bool is_inserted) noexcept;
  double expected_period(double& tolerance) noexcept;
  bool drop_superfluous(double period, double expected, double tolerance) noexcept;
  void insert_missing(double period, double expected) noexcept;

  pulse_settings settings_;
  double longest_period_ = 0.0;
  double shortest_period_ = 0.0;
  std::uint64_t bucket_size_ = 1;

  std::int64_t now_ = 0;
  // Trigger. For falling edges the signal is turned upside down first.
  double last_value_ = 0.0;
  std::int64_t last_sample_ = 0;
  bool has_last_ = false;
  bool is_armed_ = false;  // has been below low_ since the last pulse
  double low_ = 0.0, high_ = 0.0, level_ = 0.0;
  bool has_crossing_ = false;
  instant crossing_;  // of level_, since the signal was below low_
  // Automatic level.
  double bucket_low_ = 0.0, bucket_high_ = 0.0;
  std::uint64_t bucket_fill_ = 0, bucket_next_ = 0, buckets_filled_ = 0;
  std::span<double> lows_, highs_;
  // Repair.
  bool has_pulse_ = false;   // accepted_ is set
  bool is_turning_ = false;  // last_raw_ is set
  instant last_raw_;
  instant accepted_;
  std::uint64_t periods_ = 0;  // accepted ones, since the last standstill
  std::uint32_t removed_ = 0;
  std::span<double> history_;  // the last repair_periods accepted periods, a ring
  std::span<double> sorted_;
  detail::fifo<instant> waiting_;
  detail::fifo<pulse_event> events_;
};

}  // namespace millwright
