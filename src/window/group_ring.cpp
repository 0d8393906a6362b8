#include "millwright/window/group_ring.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace millwright {

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t chunk = 32;  // samples checked at once
constexpr auto stuck_bit = static_cast<std::uint8_t>(bits(quality::stuck));
constexpr auto clipped_bit = static_cast<std::uint8_t>(bits(quality::clipped));
constexpr auto not_finite_bit = static_cast<std::uint8_t>(bits(quality::not_finite));
constexpr auto missing_bit = static_cast<std::uint8_t>(bits(quality::missing));
}  // namespace

void group_ring::prepare(std::vector<sample_limits> limits, std::size_t live, std::size_t slack, bool keeps_stamps, workspace& memory) {
  limits_ = std::move(limits);
  capacity_ = live + slack;
  const std::size_t n = limits_.size();
  values_ = memory.carve<float>(capacity_ * n);
  marks_ = memory.carve<std::uint8_t>(capacity_ * n);
  stamps_ = memory.carve<time_ns>(keeps_stamps ? capacity_ : 0);
  marked_end_ = memory.carve<std::uint64_t>(n);
  last_value_ = memory.carve<float>(n);
  run_ = memory.carve<std::uint32_t>(n);
}

void group_ring::reset() noexcept {
  base_ = 0;
  first_ = 0;
  head_ = 0;
  std::fill(values_.begin(), values_.end(), 0.0f);
  std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
  std::fill(stamps_.begin(), stamps_.end(), time_ns{0});
  std::fill(marked_end_.begin(), marked_end_.end(), std::uint64_t{0});
  std::fill(last_value_.begin(), last_value_.end(), not_a_number);
  std::fill(run_.begin(), run_.end(), std::uint32_t{0});
}

void group_ring::forget_before(std::uint64_t slot) noexcept { first_ = std::max(first_, slot); }

void group_ring::make_room(std::uint64_t oldest) noexcept {
  const auto from = static_cast<std::size_t>(oldest - base_);
  const auto live = static_cast<std::size_t>(head_ - oldest);
  if (from == 0) return;
  if (live > 0) {
    for (std::size_t c = 0; c < limits_.size(); ++c) {
      float* values = values_.data() + c * capacity_;
      std::uint8_t* marks = marks_.data() + c * capacity_;
      std::memmove(values, values + from, live * sizeof(float));
      std::memmove(marks, marks + from, live);
    }
    if (!stamps_.empty()) std::memmove(stamps_.data(), stamps_.data() + from, live * sizeof(time_ns));
  }
  base_ = oldest;
}

void group_ring::append(const sample_block& block, std::size_t position, std::size_t count, clock_counters& counters) noexcept {
  const auto at = static_cast<std::size_t>(head_ - base_);
  head_ += count;
  for (std::size_t c = 0; c < limits_.size(); ++c) {
    float* values = values_.data() + c * capacity_ + at;
    const float* from =
        block.data + static_cast<std::ptrdiff_t>(c) * block.channel_stride + static_cast<std::ptrdiff_t>(position) * block.sample_stride;
    if (block.sample_stride == 1) {
      std::memcpy(values, from, count * sizeof(float));
    } else {
      for (std::size_t i = 0; i < count; ++i) values[i] = from[static_cast<std::ptrdiff_t>(i) * block.sample_stride];
    }
    mark(c, values, marks_.data() + c * capacity_ + at, count, counters);
  }
}

void group_ring::append_missing(std::size_t count) noexcept {
  const auto at = static_cast<std::size_t>(head_ - base_);
  head_ += count;
  for (std::size_t c = 0; c < limits_.size(); ++c) {
    std::fill_n(values_.data() + c * capacity_ + at, count, not_a_number);
    std::fill_n(marks_.data() + c * capacity_ + at, count, missing_bit);
    marked_end_[c] = head_;
  }
}

// Whole chunks without a value worth marking take the fast way: one vectorisable comparison a value, and for the stuck check only
// the run that enters the chunk and the run that leaves it (a run inside is shorter than the limit).
void group_ring::mark(std::size_t channel, float* values, std::uint8_t* marks, std::size_t count, clock_counters& counters) noexcept {
  const sample_limits limits = limits_[channel];
  const std::uint64_t start = head_ - count;
  for (std::size_t i = 0; i < count; i += chunk) {
    const std::size_t n = std::min(chunk, count - i);
    float* v = values + i;
    bool plain = true;
    for (std::size_t k = 0; k < n; ++k) plain &= (v[k] > limits.low) & (v[k] < limits.high);
    if (plain && limits.stuck_after != 0) {
      std::size_t enters = 0;
      while (enters < n && v[enters] == last_value_[channel]) ++enters;
      plain = limits.stuck_after > chunk && run_[channel] + enters < limits.stuck_after;
      if (plain) {
        std::size_t leaves = 1;
        while (leaves < n && v[n - 1 - leaves] == v[n - 1]) ++leaves;
        run_[channel] = static_cast<std::uint32_t>(enters == n ? run_[channel] + n : leaves);
        last_value_[channel] = v[n - 1];
      }
    }
    if (plain) {
      std::memset(marks + i, 0, n);
    } else {
      std::size_t last = mark_run(channel, v, marks + i, n, counters);
      if (last > 0) marked_end_[channel] = start + i + last;
    }
  }
}

std::size_t group_ring::mark_run(std::size_t channel, float* values, std::uint8_t* marks, std::size_t count,
                                 clock_counters& counters) noexcept {
  const sample_limits limits = limits_[channel];
  float last = last_value_[channel];
  std::uint32_t run = run_[channel];
  std::size_t marked = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const float v = values[k];
    std::uint8_t mark = 0;
    if (!(v >= std::numeric_limits<float>::lowest() && v <= std::numeric_limits<float>::max())) {
      mark = not_finite_bit;  // leaves the stuck run as it is
      values[k] = not_a_number;
      ++counters.not_finite;
    } else {
      if (limits.stuck_after != 0) {
        run = v == last ? (run < limits.stuck_after ? run + 1 : run) : 1;
        last = v;
        if (run >= limits.stuck_after) {
          mark = stuck_bit;
          ++counters.stuck;
        }
      }
      if (v <= limits.low || v >= limits.high) {
        mark = static_cast<std::uint8_t>(mark | clipped_bit);
        ++counters.clipped;
      }
    }
    marks[k] = mark;
    if (mark != 0) marked = k + 1;
  }
  last_value_[channel] = last;
  run_[channel] = run;
  return marked;
}

std::uint64_t group_ring::end_at(time_ns end) const noexcept {
  std::uint64_t low = first_;
  std::uint64_t high = head_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (stamp(middle) <= end) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool group_ring::state_is_valid(std::uint64_t oldest) const noexcept {
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  if (head_ > most || first_ > head_ || base_ > head_ || head_ - base_ > capacity_ || base_ > oldest || oldest > head_) return false;
  if (stamps_.empty()) return true;
  constexpr time_ns limit = time_ns{1} << 62;
  time_ns before = -limit;
  for (std::uint64_t slot = oldest; slot < head_; ++slot) {
    if (stamp(slot) <= before || stamp(slot) >= limit) return false;
    before = stamp(slot);
  }
  return true;
}

}  // namespace millwright
