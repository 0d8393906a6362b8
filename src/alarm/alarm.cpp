#include "millwright/alarm/alarm.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace millwright {

namespace {
constexpr double largest_severity = 1e9;
}

std::string_view to_string(alarm_priority p) noexcept {
  switch (p) {
    case alarm_priority::low: return "low";
    case alarm_priority::medium: return "medium";
    case alarm_priority::high: return "high";
  }
  return "unknown";
}

result<void> alarm::prepare(workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (on_count > on_window) {
    return error(errc::invalid_argument, id, "on_count is " + std::to_string(on_count) + " but on_window only " + std::to_string(on_window),
                 "let on_window be at least on_count");
  }
  if (!(threshold > 0.0) || std::isinf(threshold))
    return error(errc::not_fitted, id, "the alarm has no threshold", "fit the pipeline, or set a positive threshold");
  take(memory);
  return {};
}

void alarm::take(workspace& memory) noexcept { hit_times_ = memory.carve<time_ns>(static_cast<std::size_t>(on_window)); }

void alarm::reset() noexcept {
  active_ = false;
  started_ = false;
  smoothed_ = 0.0;
  hits_ = 0;
  next_ = 0;
  quiet_windows_ = 0;
  std::fill(hit_times_.begin(), hit_times_.end(), time_ns{0});
  episode_ = {};
}

alarm::event alarm::update(time_ns end_time, double severity, bool scored, std::int32_t regime) noexcept {
  if (!scored || severity != severity) return event::none;
  severity = std::clamp(severity, -largest_severity, largest_severity);
  const double weight = 2.0 / (static_cast<double>(smoothing_windows) + 1.0);
  smoothed_ = !started_ || smoothing_windows <= 1 ? severity : smoothed_ + weight * (severity - smoothed_);
  started_ = true;

  const bool hit = smoothed_ >= threshold;
  const std::uint64_t window_mask = ~std::uint64_t{0} >> (64 - on_window);
  hits_ = ((hits_ << 1) | static_cast<std::uint64_t>(hit)) & window_mask;
  hit_times_[next_] = end_time;
  next_ = (next_ + 1) % static_cast<std::uint32_t>(on_window);

  if (active_) return follow(end_time, severity);
  if (std::popcount(hits_) >= on_count && !in_refractory_time(end_time)) return raise(end_time, severity, regime);
  return event::none;
}

bool alarm::in_refractory_time(time_ns now) const noexcept {
  if (episode_.number == 0 || now < episode_.cleared_at) return false;
  const std::uint64_t since = static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(episode_.cleared_at);
  return static_cast<double>(since) < refractory_s * 1e9;
}

alarm_priority alarm::priority_of(double severity) const noexcept {
  if (severity >= threshold + high_decades) return alarm_priority::high;
  return severity >= threshold + medium_decades ? alarm_priority::medium : alarm_priority::low;
}

alarm::event alarm::raise(time_ns end_time, double severity, std::int32_t regime) noexcept {
  const auto n = static_cast<std::uint32_t>(on_window);
  const auto windows_ago = static_cast<std::uint32_t>(std::bit_width(hits_)) - 1;  // of the oldest hit
  episode_ = {.number = episode_.number + 1,
              .started_at = hit_times_[(next_ + n - 1 - windows_ago) % n],
              .raised_at = end_time,
              .cleared_at = 0,
              .peak_severity = severity,
              .peak_at = end_time,
              .priority = priority_of(severity),
              .regime = regime,
              .extrapolated = extrapolated != 0,
              .windows_above = smoothed_ >= threshold ? 1u : 0u,
              .contributors = {}};
  active_ = true;
  quiet_windows_ = 0;
  return event::raised;
}

alarm::event alarm::follow(time_ns end_time, double severity) noexcept {
  if (smoothed_ >= threshold) ++episode_.windows_above;
  quiet_windows_ = smoothed_ < threshold - deadband ? quiet_windows_ + 1 : 0;
  if (quiet_windows_ >= off_windows) {
    active_ = false;
    quiet_windows_ = 0;
    hits_ = 0;
    episode_.cleared_at = end_time;
    return event::cleared;
  }
  if (severity <= episode_.peak_severity) return event::none;
  episode_.peak_severity = severity;
  episode_.peak_at = end_time;
  episode_.priority = std::max(episode_.priority, priority_of(severity));
  return event::peaked;
}

bool alarm::state_is_valid() const noexcept {
  const std::uint64_t window_mask = ~std::uint64_t{0} >> (64 - on_window);
  if (!(std::fabs(smoothed_) <= largest_severity) || (hits_ & ~window_mask) != 0 || next_ >= hit_times_.size()) return false;
  if (quiet_windows_ < 0 || quiet_windows_ >= off_windows || (quiet_windows_ > 0 && !active_) || (active_ && episode_.number == 0))
    return false;
  if (episode_.priority > alarm_priority::high || !(std::fabs(episode_.peak_severity) <= largest_severity)) return false;
  return std::all_of(episode_.contributors.begin(), episode_.contributors.end(),
                     [](const contributor& c) { return c.share >= 0.0 && c.share <= 1.0 + 1e-9 && c.deviation == c.deviation; });
}

}  // namespace millwright
