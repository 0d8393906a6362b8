#include "millwright/detect/accepted_buffer.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace {

std::uint64_t to_ns(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

/// Nanoseconds from `start` to a later time; unsigned, as two times may lie further apart than one can count.
std::uint64_t since(time_ns start, time_ns now) noexcept { return static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(start); }

}  // namespace

result<void> accepted_buffer::prepare(std::size_t columns, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  constexpr double most_waiting = 1e6;
  const double waiting = interval_s > 0.0 ? std::floor(quarantine_s / interval_s) + 2.0 : (quarantine_s > 0.0 ? 2.0 * most_waiting : 1.0);
  if (waiting > most_waiting) {
    return error(errc::limit_exceeded, id, "more than a million rows would wait in quarantine",
                 "lengthen interval_s or shorten quarantine_s");
  }
  columns_ = columns;
  capacity_ = static_cast<std::size_t>(capacity);
  places_ = static_cast<std::size_t>(waiting);
  interval_ns_ = to_ns(interval_s);
  quarantine_ns_ = to_ns(quarantine_s);
  settle_ns_ = to_ns(settle_s);
  kept_ = memory.carve<double>(capacity_ * columns_);
  waiting_ = memory.carve<double>(places_ * columns_);
  waiting_since_ = memory.carve<time_ns>(places_);
  return {};
}

void accepted_buffer::reset() noexcept {
  newest_ = taken_at_ = alarm_at_ = never;
  next_ = kept_rows_ = first_ = waiting_rows_ = 0;
  std::fill(kept_.begin(), kept_.end(), 0.0);
  std::fill(waiting_.begin(), waiting_.end(), 0.0);
  std::fill(waiting_since_.begin(), waiting_since_.end(), time_ns{0});
}

bool accepted_buffer::state_is_valid() const noexcept {
  return next_ < capacity_ && kept_rows_ <= capacity_ && first_ < places_ && waiting_rows_ <= places_ && detail::all_finite(kept_) &&
         detail::all_finite(waiting_);
}

void accepted_buffer::release(time_ns now) noexcept {
  while (waiting_rows_ > 0 && since(waiting_since_[first_], now) >= quarantine_ns_) {
    const auto row = waiting_.subspan(first_ * columns_, columns_);
    std::copy(row.begin(), row.end(), kept_.begin() + static_cast<std::ptrdiff_t>(next_ * columns_));
    next_ = (next_ + 1) % capacity_;
    kept_rows_ = std::min<std::uint64_t>(kept_rows_ + 1, capacity_);
    first_ = (first_ + 1) % places_;
    --waiting_rows_;
  }
}

void accepted_buffer::offer(std::span<const double> row, const row_meta& meta, double severity, bool alarm_active) noexcept {
  const time_ns now = meta.end_time;
  if (newest_ != never && now < newest_) return;
  newest_ = now;
  if (alarm_active) {
    alarm_at_ = now;
    waiting_rows_ = 0;
    return;
  }
  release(now);
  constexpr std::uint32_t spoiled = bits(quality::not_scored) | bits(quality::novel_context) | bits(quality::undefined_feature);
  if ((meta.quality & spoiled) != 0 || !(severity <= max_severity) || !detail::all_finite(row) || row.size() != columns_) return;
  if (alarm_at_ != never && since(alarm_at_, now) < settle_ns_) return;
  if (taken_at_ != never && since(taken_at_, now) < interval_ns_) return;
  if (waiting_rows_ == places_) return;  // only where time stands still
  taken_at_ = now;
  const std::size_t place = (first_ + waiting_rows_) % places_;
  std::copy(row.begin(), row.end(), waiting_.begin() + static_cast<std::ptrdiff_t>(place * columns_));
  waiting_since_[place] = now;
  ++waiting_rows_;
  release(now);  // a quarantine of no length
}

}  // namespace millwright
