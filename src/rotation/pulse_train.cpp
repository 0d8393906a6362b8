#include "millwright/rotation/pulse_train.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/rotation/phase_curve.hpp"
#include "statistics/robust_scale.hpp"

namespace millwright {
namespace {

constexpr std::size_t buckets = 8;           // of the automatic level's window
constexpr double auto_hysteresis = 0.4;      // share of the swing
constexpr std::size_t fewest_periods = 4;    // below these nothing is known about a normal period
constexpr double deviations = 3.0;           // robust standard deviations
constexpr double mad_to_deviation = 1.4826;  // for normally distributed values
constexpr double smallest_tolerance = 0.25;  // share of the expected period

error bad_setting(const char* what, const char* mend) { return {errc::invalid_argument, "tacho", what, mend}; }

}  // namespace

result<void> check_gear_ratio(double gear_ratio, std::string_view stage) {
  if (gear_ratio >= lowest_gear_ratio && gear_ratio <= highest_gear_ratio) return {};
  return error(errc::invalid_argument, stage, "the gear ratio lies outside 1e-4 .. 1e4",
               "give turns of the analysed shaft per turn of the shaft with the tacho");
}

result<void> pulse_train::prepare(const pulse_settings& settings, workspace& memory) {
  if (!(settings.rate_hz > 0.0) || !std::isfinite(settings.rate_hz)) {
    return bad_setting("the sampling rate is not a positive number", "give it in hertz");
  }
  if (!(settings.pulses_per_revolution > 0.0) || !std::isfinite(settings.pulses_per_revolution)) {
    return bad_setting("pulses per revolution must be positive", "give the number of marks on the shaft");
  }
  if (!(settings.min_rpm > 0.0) || !(settings.max_rpm > settings.min_rpm) || !std::isfinite(settings.max_rpm)) {
    return bad_setting("the speed range is empty", "give 0 < min_rpm < max_rpm");
  }
  if (!std::isfinite(settings.threshold) || !(settings.hysteresis >= 0.0) || !std::isfinite(settings.hysteresis)) {
    return bad_setting("threshold or hysteresis is not a number, or the hysteresis is negative", "give finite values in the signal's unit");
  }
  if (settings.repair_periods > 64) return bad_setting("repair looks at more than 64 periods", "give 0 (off) to 64");
  settings_ = settings;
  const double samples_a_minute = settings.rate_hz * 60.0 / settings.pulses_per_revolution;
  longest_period_ = samples_a_minute / settings.min_rpm;
  shortest_period_ = std::max(samples_a_minute / settings.max_rpm, 1.0);
  if (!(longest_period_ < 1e9)) return bad_setting("the slowest speed takes more than 10^9 samples a pulse", "raise min_rpm");
  if (longest_period_ < 2.0) return bad_setting("even the slowest speed brings a pulse in less than 2 samples", "sample the tacho faster");
  if (settings.is_auto) {
    const double window = settings.auto_window_s * settings.rate_hz;
    if (!(window >= 2.0 * longest_period_) || !(window < 1e12)) {
      const std::string seconds = std::to_string(2.0 * longest_period_ / settings.rate_hz);
      return error(errc::invalid_argument, "tacho", "at the slowest speed the automatic threshold's window holds less than two pulses",
                   "make auto_window_s at least " + seconds + ", raise min_rpm, or give a fixed threshold");
    }
    bucket_size_ = static_cast<std::uint64_t>(std::ceil(window / static_cast<double>(buckets)));
  }
  const std::size_t reach = settings.repair_periods;
  lows_ = memory.carve<double>(buckets);
  highs_ = memory.carve<double>(buckets);
  history_ = memory.carve<double>(reach);
  sorted_ = memory.carve<double>(2 * reach + 1);
  waiting_.prepare(reach + 2, memory);
  events_.prepare(most_events(), memory);
  return {};
}

void pulse_train::reset() noexcept {
  now_ = 0;
  has_last_ = is_armed_ = has_crossing_ = false;
  last_value_ = 0.0;
  last_sample_ = 0;
  const double half = 0.5 * settings_.hysteresis;
  level_ = settings_.falling ? -settings_.threshold : settings_.threshold;
  low_ = level_ - half;
  high_ = level_ + half;
  crossing_ = last_raw_ = accepted_ = {};
  bucket_low_ = bucket_high_ = 0.0;
  bucket_fill_ = bucket_next_ = buckets_filled_ = 0;
  std::fill(lows_.begin(), lows_.end(), 0.0);
  std::fill(highs_.begin(), highs_.end(), 0.0);
  has_pulse_ = is_turning_ = false;
  periods_ = 0;
  removed_ = 0;
  std::fill(history_.begin(), history_.end(), 0.0);
  waiting_.reset();
  events_.reset();
}

bool pulse_train::state_is_valid() const noexcept {
  const auto is_moment = [&](const instant& at) {
    return at.fraction >= 0.0 && at.fraction <= 1.0 && at.sample >= -1 && at.sample <= now_;
  };
  if (!is_moment(crossing_) || !is_moment(last_raw_) || !is_moment(accepted_) || last_sample_ < 0 || last_sample_ > now_) return false;
  if (!waiting_.state_is_valid() || !events_.state_is_valid()) return false;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!is_moment(waiting_[i])) return false;
  }
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (!is_moment(events_[i].at)) return false;
  }
  for (const double period : history_) {
    if (!(period >= 0.0) || std::isinf(period)) return false;
  }
  return now_ >= 0 && now_ < (std::int64_t{1} << 62) && bucket_next_ < buckets && buckets_filled_ <= buckets;
}

double pulse_train::delay() const noexcept { return static_cast<double>(settings_.repair_periods + 3) * longest_period_ + 2.0; }

std::size_t pulse_train::most_events() const noexcept { return (settings_.repair_periods + 3) * (most_missed + 1) + 1; }

void pulse_train::learn_level(double x) noexcept {
  bucket_low_ = bucket_fill_ == 0 ? x : std::min(bucket_low_, x);
  bucket_high_ = bucket_fill_ == 0 ? x : std::max(bucket_high_, x);
  if (++bucket_fill_ < bucket_size_) return;
  bucket_fill_ = 0;
  lows_[bucket_next_] = bucket_low_;
  highs_[bucket_next_] = bucket_high_;
  bucket_next_ = (bucket_next_ + 1) % buckets;
  buckets_filled_ = std::min<std::uint64_t>(buckets_filled_ + 1, buckets);
  const double bottom = *std::min_element(lows_.begin(), lows_.end());
  const double top = *std::max_element(highs_.begin(), highs_.end());
  const double half = 0.5 * auto_hysteresis * (top - bottom);
  level_ = bottom + 0.5 * (top - bottom);
  low_ = level_ - half;
  high_ = level_ + half;
}

void pulse_train::push(double x) noexcept {
  const std::int64_t sample = now_++;
  if (is_turning_ && samples_between(last_raw_, {sample, 0.0}) > longest_period_) stop();
  if (!std::isfinite(x)) return;
  if (settings_.falling) x = -x;
  if (settings_.is_auto) learn_level(x);
  if (!settings_.is_auto || buckets_filled_ == buckets) {
    if (x <= low_ && x < level_) {
      is_armed_ = true;
      has_crossing_ = false;
    } else if (is_armed_) {
      if (has_last_ && last_value_ < level_ && x >= level_) {
        // Differences of huge values overflow; the crossing lies between the samples all the same.
        const double line = (level_ - last_value_) / (x - last_value_);
        const double share = line >= 0.0 && line <= 1.0 ? line : 0.5;
        crossing_ = later({last_sample_, 0.0}, share * static_cast<double>(sample - last_sample_));
        has_crossing_ = true;
      }
      if (x >= high_) {
        is_armed_ = false;
        push_pulse(has_crossing_ ? crossing_ : instant{sample, 0.0});
      }
    }
  }
  last_value_ = x;
  last_sample_ = sample;
  has_last_ = true;
}

void pulse_train::push_pulse(const instant& at) noexcept {
  if (is_turning_) {
    const double period = samples_between(last_raw_, at);
    if (period < shortest_period_) {
      ++removed_;
      return;
    }
    if (period > longest_period_) stop();
  }
  is_turning_ = true;
  last_raw_ = at;
  waiting_.push(at);
  while (waiting_.size() > settings_.repair_periods) decide();
}

void pulse_train::stop() noexcept {
  finish();
  pulse_event event;
  event.at = accepted_;
  event.is_standstill = true;
  events_.push(event);
  has_pulse_ = is_turning_ = false;
  periods_ = 0;
}

void pulse_train::finish() noexcept {
  while (!waiting_.empty()) decide();
}

bool pulse_train::next(pulse_event& event) noexcept {
  if (events_.empty()) return false;
  event = events_[0];
  events_.pop();
  return true;
}

void pulse_train::decide() noexcept {
  if (has_pulse_ && settings_.repair_periods > 0) {
    const double period = samples_between(accepted_, waiting_[0]);
    double tolerance = 0.0;
    const double expected = expected_period(tolerance);
    if (expected > 0.0) {
      if (period < expected - tolerance && drop_superfluous(period, expected, tolerance)) return;
      if (period > expected + tolerance) insert_missing(period, expected);
    }
  }
  const instant at = waiting_[0];
  waiting_.pop();
  accept(at, false);
}

void pulse_train::accept(const instant& at, bool is_inserted) noexcept {
  pulse_event event;
  event.at = at;
  event.is_inserted = is_inserted;
  event.removed = removed_;
  events_.push(event);
  removed_ = 0;
  if (has_pulse_ && !history_.empty()) {
    history_[periods_ % history_.size()] = samples_between(accepted_, at);
    ++periods_;
  }
  accepted_ = at;
  has_pulse_ = true;
}

double pulse_train::expected_period(double& tolerance) noexcept {
  std::size_t count = 0;
  const std::size_t known = std::min<std::uint64_t>(periods_, history_.size());
  for (std::size_t i = 0; i < known; ++i) sorted_[count++] = history_[i];
  sorted_[count++] = samples_between(accepted_, waiting_[0]);
  for (std::size_t i = 1; i < waiting_.size() && count < sorted_.size(); ++i)
    sorted_[count++] = samples_between(waiting_[i - 1], waiting_[i]);
  if (count < fewest_periods) return 0.0;
  const auto values = sorted_.first(count);
  const double median = detail::median_of(values);
  for (double& v : values) v = std::abs(v - median);
  tolerance = std::max(deviations * mad_to_deviation * detail::median_of(values), smallest_tolerance * median);
  return median;
}

bool pulse_train::drop_superfluous(double period, double expected, double tolerance) noexcept {
  for (std::size_t i = 1; i < waiting_.size(); ++i) {
    period += samples_between(waiting_[i - 1], waiting_[i]);
    if (period > expected + tolerance) break;
    if (period < expected - tolerance) continue;
    waiting_.pop(i);
    removed_ += static_cast<std::uint32_t>(i);
    return true;
  }
  return false;
}

void pulse_train::insert_missing(double period, double expected) noexcept {
  const double most = std::min(static_cast<double>(most_missed + 1), std::floor(period / shortest_period_));
  const double parts = std::floor(period / expected + 0.5);
  if (parts < 2.0 || parts > most) return;
  // Time over pulse number, through the two neighbouring periods where they are normal.
  const auto neighbour = [&](double p) { return std::abs(p - expected) <= smallest_tolerance * expected ? p : expected; };
  const double mean = period / parts;
  const double before = periods_ > 0 ? neighbour(history_[(periods_ - 1) % history_.size()]) : expected;
  const double after = waiting_.size() > 1 ? neighbour(samples_between(waiting_[0], waiting_[1])) : expected;
  phase_segment time;
  time.width = parts;
  time.rise = period;
  time.slope = monotone_slope(1.0, before, parts, mean);
  time.end_slope = monotone_slope(parts, mean, 1.0, after);
  bool is_even = false;  // an uneven cut may fall below the shortest period
  double last = 0.0;
  for (double i = 1.0; i <= parts; i += 1.0) {
    const double at = time.rise_at(i / parts);
    if (at - last < shortest_period_) is_even = true;
    last = at;
  }
  const instant origin = accepted_;
  for (double i = 1.0; i < parts; i += 1.0) accept(later(origin, is_even ? mean * i : time.rise_at(i / parts)), true);
}

}  // namespace millwright
