#include "millwright/ingest/stream_clock.hpp"

#include <algorithm>

namespace millwright {

namespace {
// Stamps stay below this in size, so that the difference of any two fits time_ns.
constexpr time_ns stamp_limit = time_ns{1} << 62;
constexpr time_ns bad_reference = INT64_MIN;
constexpr std::uint64_t slot_limit = std::uint64_t{1} << 62;

constexpr bool is_stamp(time_ns t) noexcept { return t > -stamp_limit && t < stamp_limit; }

time_ns to_ns(double nanoseconds) noexcept {
  constexpr double most = 4.6e18;  // just below 2^62
  return static_cast<time_ns>(std::clamp(nanoseconds, 0.0, most) + 0.5);
}
}  // namespace

std::uint32_t clock_policy::stuck_limit(channel_role role) const noexcept {
  switch (role) {
    case channel_role::vibration: return static_cast<std::uint32_t>(stuck_after_vibration);
    case channel_role::process: return static_cast<std::uint32_t>(stuck_after_process);
    case channel_role::slow: return static_cast<std::uint32_t>(stuck_after_slow);
    case channel_role::context: return static_cast<std::uint32_t>(stuck_after_context);
    case channel_role::state:
    case channel_role::ignore: break;
  }
  return 0;
}

void group_clock::configure(double rate_hz, const clock_policy& policy, double max_gap_s) noexcept {
  rate_hz_ = rate_hz;
  period_ns_ = 1e9 / rate_hz;
  tolerance_ns_ = policy.jitter_tolerance * period_ns_;
  deadband_ns_ = to_ns(tolerance_ns_ / 8.0);
  duplicate_ns_ = to_ns(period_ns_ / 64.0 - 0.5);
  late_ns_ = to_ns(std::max(policy.late_tolerance_s * 1e9, 2.0 * period_ns_));
  max_gap_ns_ = to_ns(std::max(max_gap_s * 1e9, 4.0 * period_ns_));
}

void group_clock::reset() noexcept {
  started_ = false;
  in_step_ = false;
  anchor_ = 0;
  next_ = 0;
  last_ = 0;
  reference_ = 0;
  reference_count_ = 0;
}

time_ns group_clock::offset(std::uint64_t slot) const noexcept { return to_ns(static_cast<double>(slot) * 1e9 / rate_hz_); }

time_ns slot_times::at(std::uint64_t ahead) const noexcept {
  const time_ns behind = to_ns(static_cast<double>(first + ahead) * 1e9 / rate_hz);  // both summands are below 2^62 in size
  return std::min(anchor + behind, stamp_limit - 1);
}

group_clock::verdict group_clock::judge(time_ns stamp, clock_counters& counters) noexcept {
  ++counters.samples;
  if (stamp == continues_previous) {
    if (!started_ && (reference_ != bad_reference)) return judge_stamp(0, counters);
    if (in_step_) return {action::place, 0, expected()};
    if (reference_ == bad_reference) {
      ++counters.bad_stamps;
      return {action::drop, 0, 0};
    }
    reference_count_ = std::min(reference_count_ + 1, slot_limit);
    const time_ns follows = std::min(reference_ + offset(reference_count_), stamp_limit - 1);
    return judge_stamp(follows, counters);
  }
  if (!is_stamp(stamp)) {
    ++counters.bad_stamps;
    in_step_ = false;
    reference_ = bad_reference;
    return {action::drop, 0, 0};
  }
  reference_ = stamp;
  reference_count_ = 0;
  return judge_stamp(stamp, counters);
}

group_clock::verdict group_clock::judge_stamp(time_ns stamp, clock_counters& counters) noexcept {
  const auto restart = [&] {
    ++counters.segments;
    return verdict{action::new_segment, 0, stamp};
  };
  const auto drop = [&] {
    in_step_ = false;
    return verdict{action::drop, 0, stamp};
  };
  if (!started_) return restart();

  const time_ns ahead = stamp - last_;
  if (ahead <= duplicate_ns_ && ahead >= -duplicate_ns_) {
    ++counters.duplicates;
    return drop();
  }
  if (ahead < 0) {
    if (-ahead <= late_ns_) {
      ++counters.late;
      return drop();
    }
    ++counters.clock_steps;
    return restart();
  }

  const time_ns off = stamp - expected();
  if (static_cast<double>(off) <= tolerance_ns_) return {action::place, 0, stamp};
  ++counters.gaps;
  if (off > max_gap_ns_) return restart();
  const double periods = (static_cast<double>(off) - tolerance_ns_) / period_ns_;  // rounded up: the sample comes back within tolerance
  auto missing = static_cast<std::uint64_t>(periods);
  if (static_cast<double>(missing) < periods) ++missing;
  counters.missing_samples += missing;
  return {action::place, missing, stamp};
}

void group_clock::start_segment(time_ns stamp) noexcept {
  started_ = true;
  anchor_ = stamp;
  next_ = 0;
}

void group_clock::accept(time_ns stamp) noexcept {
  const time_ns off = stamp - expected();
  time_ns move = 0;
  if (static_cast<double>(off) < -period_ns_) {
    move = off;
  } else if (off > deadband_ns_ || off < -deadband_ns_) {
    move = off / 8;
  }
  // Without overflow for any state: the anchor keeps within the range of stamps.
  if (move < 0) {
    anchor_ = anchor_ < -stamp_limit + 1 - move ? -stamp_limit + 1 : anchor_ + move;
  } else {
    anchor_ = anchor_ > stamp_limit - 1 - move ? stamp_limit - 1 : anchor_ + move;
  }
  last_ = stamp;
  ++next_;
  in_step_ = true;
}

void group_clock::accept_run(std::uint64_t slots) noexcept {
  next_ += slots;
  last_ = time_of(next_ - 1);
}

bool group_clock::state_is_valid() const noexcept {
  return is_stamp(anchor_) && is_stamp(last_) && next_ <= slot_limit && reference_count_ <= slot_limit &&
         (is_stamp(reference_) || reference_ == bad_reference) && (started_ || !in_step_);
}

}  // namespace millwright
