#include "millwright/window/windower.hpp"

#include <algorithm>
#include <limits>

namespace millwright {

namespace {
constexpr auto missing_bit = static_cast<std::uint8_t>(bits(quality::missing));
constexpr time_ns stamp_limit = time_ns{1} << 62;  // as the stream clock's
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
}  // namespace

void windower::reset() noexcept {
  counters_ = {};
  for (channel_group& g : groups_) {
    g.clock.reset();
    g.ring.reset();
    g.judged = false;
    g.verdict = {};
  }
  segment_first_ = 0;
  hops_ = 0;
  pending_first_ = 0;
  pending_count_ = 0;
  force_ = false;
  std::fill(pending_end_.begin(), pending_end_.end(), std::uint64_t{0});
  std::fill(pending_time_.begin(), pending_time_.end(), time_ns{0});
  std::fill(absent_values_.begin(), absent_values_.end(), not_a_number);
  std::fill(absent_marks_.begin(), absent_marks_.end(), missing_bit);
}

result<void> windower::check(const sample_block& block) const noexcept {
  const auto number = [](std::size_t n) {
    char text[24];
    char* at = text + sizeof text;
    do {
      *--at = static_cast<char>('0' + n % 10);
      n /= 10;
    } while (n != 0);
    return fixed_text<24>(std::string_view(at, static_cast<std::size_t>(text + sizeof text - at)));
  };
  const auto refuse = [](std::string_view a, std::string_view b, std::string_view c, std::string_view d, std::string_view mend) {
    char text[160];
    std::size_t used = 0;
    for (const std::string_view part : {a, b, c, d}) {
      used += part.copy(text + used, sizeof text - used);
    }
    return error(errc::invalid_data, "window", {text, used}, mend);
  };
  if (block.group >= groups_.size()) {
    return refuse("a block names channel group ", number(block.group).view(), ", but the number of groups is ",
                  number(groups_.size()).view(), "count groups from 0, in the order of groups()");
  }
  const std::size_t channels = groups_[block.group].ring.channels();
  if (block.channels != channels) {
    return refuse("a block has channels: ", number(block.channels).view(), ", but its group has ", number(channels).view(),
                  "deliver all channels of one rate together, in the order of groups(); leave out channels of role ignore");
  }
  if (block.data == nullptr && block.samples > 0) {
    return refuse("a block has samples but no data", "", "", "", "set data, or samples = 0");
  }
  return {};
}

std::uint64_t windower::boundary() const noexcept {
  return segment_first_ + longest_ + static_cast<std::uint64_t>(static_cast<double>(hops_) * hop_slots_ + 0.5);
}

bool windower::frame_is_ready() const noexcept {
  if (pending_count_ == 0) return false;
  if (force_) return true;
  const auto front = static_cast<std::size_t>(pending_first_);
  if (groups_[primary_].ring.head() - pending_end_[front] >= lag_slots_) return true;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (g != primary_ && !groups_[g].clock.delivered(pending_time_[front])) return false;
  }
  return true;
}

// How many slots may be written before the next thing that can happen: memory full, a frame complete, a frame waited for long enough.
std::size_t windower::run_limit(channel_group& g, std::size_t wanted) noexcept {
  std::uint64_t limit = wanted;
  const auto front = static_cast<std::size_t>(pending_first_);
  const std::uint64_t head = g.ring.head();
  if (is_primary(g)) {
    limit = std::min(limit, boundary() - head);
    if (pending_count_ > 0 && lag_slots_ > 0) limit = std::min(limit, pending_end_[front] + lag_slots_ - head);
  } else if (pending_count_ > 0 && g.clock.started() && !g.clock.delivered(pending_time_[front])) {
    const double slots = static_cast<double>(pending_time_[front] - g.clock.expected()) / g.clock.period_ns();
    if (!(slots >= 2.0)) {
      limit = 1;
    } else if (slots < static_cast<double>(limit)) {
      limit = static_cast<std::uint64_t>(slots) - 1;
    }
  }
  if (g.ring.room() == 0) {
    std::uint64_t oldest = g.ring.first();
    if (is_primary(g)) {
      const std::uint64_t end = pending_count_ > 0 ? pending_end_[front] : head;
      oldest = std::max(oldest, end - std::min<std::uint64_t>(end, longest_));
    }
    g.ring.make_room(oldest);
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(limit, g.ring.room()));
}

// Called when slots were appended: remembers a frame that became complete, lets old slots of slower groups go.
void windower::after_slots(channel_group& g) noexcept {
  const std::uint64_t head = g.ring.head();
  if (is_primary(g)) {
    if (head != boundary()) return;
    const auto back = static_cast<std::size_t>((pending_first_ + pending_count_) % pending_end_.size());
    pending_end_[back] = head;
    // A masked last slot has no stamp of its own: its place on the grid serves.
    pending_time_[back] = g.judged ? g.clock.expected() : g.clock.last_stamp();
    ++pending_count_;
    ++hops_;
    return;
  }
  if (head - g.ring.first() <= g.keep) return;
  const std::uint64_t first = head - g.keep;
  const group_clock& pace = groups_[primary_].clock;
  for (std::uint64_t slot = g.ring.first(); slot < first; ++slot) {
    if (!pace.started() || g.ring.stamp(slot) > pace.last_stamp()) ++counters_.overruns;
  }
  g.ring.forget_before(first);
}

void windower::begin_segment(channel_group& g) noexcept {
  const bool backwards = g.clock.started() && g.verdict.stamp <= g.clock.last_stamp();
  g.clock.start_segment(g.verdict.stamp);
  if (is_primary(g)) {
    segment_first_ = g.ring.head();
    hops_ = 0;
    g.ring.forget_before(segment_first_);
  } else if (backwards) {
    g.ring.forget_before(g.ring.head());  // stamps of a slower group only rise within its ring
  }
}

std::size_t windower::place(const sample_block& block, std::size_t position) noexcept {
  channel_group& g = groups_[block.group];
  while (position < block.samples) {
    const bool has_stamp = block.timestamps != nullptr ? block.timestamps[position] != continues_previous
                                                       : position == 0 && block.start_time != continues_previous;
    if (!g.judged && !has_stamp && g.clock.in_step()) {
      std::size_t wanted = block.samples - position;
      if (block.timestamps != nullptr) wanted = 1;
      const std::size_t run = run_limit(g, wanted);
      const std::uint64_t start = g.ring.head();
      g.ring.append(block, position, run, counters_);
      if (!is_primary(g)) {
        for (std::size_t i = 0; i < run; ++i) g.ring.set_stamp(start + i, g.clock.expected(i));
      }
      g.clock.accept_run(run);
      counters_.samples += run;
      position += run;
      after_slots(g);
      if (frame_is_ready()) return position;
      continue;
    }
    if (!g.judged) {
      const time_ns stamp = !has_stamp ? continues_previous : block.timestamps != nullptr ? block.timestamps[position] : block.start_time;
      g.verdict = g.clock.judge(stamp, counters_);
      if (g.verdict.what == group_clock::action::drop) {
        ++position;
        continue;
      }
      g.judged = true;
      if (g.verdict.what == group_clock::action::new_segment && is_primary(g) && pending_count_ > 0) {
        force_ = true;
        return position;
      }
    }
    if (g.verdict.what == group_clock::action::new_segment) {
      begin_segment(g);
      g.verdict.what = group_clock::action::place;
    }
    while (g.verdict.missing > 0) {
      const std::size_t run = run_limit(g, static_cast<std::size_t>(g.verdict.missing));
      const std::uint64_t start = g.ring.head();
      g.ring.append_missing(run);
      if (!is_primary(g)) {
        for (std::size_t i = 0; i < run; ++i) g.ring.set_stamp(start + i, g.clock.expected(i));
      }
      g.clock.skip(run - 1);  // expected() is the time of the last one while the frame is noted
      after_slots(g);
      g.clock.skip(1);
      g.verdict.missing -= run;
      if (frame_is_ready()) return position;
    }
    static_cast<void>(run_limit(g, 1));
    const std::uint64_t slot = g.ring.head();
    g.ring.append(block, position, 1, counters_);
    if (!is_primary(g)) g.ring.set_stamp(slot, g.verdict.stamp);
    g.clock.accept(g.verdict.stamp);
    g.judged = false;
    ++position;
    after_slots(g);
    if (frame_is_ready()) return position;
  }
  return position;
}

void windower::finish_view(frame_view& view, std::uint32_t& row_quality, bool& enough, double share) const noexcept {
  view.valid = view.size;
  if (view.sample_quality != nullptr) {
    std::uint8_t any = 0;
    std::size_t unusable = 0;
    for (std::size_t i = 0; i < view.size; ++i) {
      any = static_cast<std::uint8_t>(any | view.sample_quality[i]);
      unusable += (view.sample_quality[i] & unusable_sample) != 0 ? 1u : 0u;
    }
    view.valid -= unusable;
    row_quality |= any;
    if (any == 0) view.sample_quality = nullptr;
  }
  enough = enough && static_cast<double>(view.valid) >= share * static_cast<double>(view.size);
}

void windower::view_primary(std::size_t window, std::uint64_t end) noexcept {
  const channel_group& g = groups_[primary_];
  const std::size_t n = g.lengths[window];
  for (std::size_t c = 0; c < g.outputs.size(); ++c) {
    const std::uint64_t start = end - n;
    frame_view& view = views_[window * channels_ + g.outputs[c]];
    view.samples = g.ring.values(c, start);
    view.sample_quality = g.ring.marked_end(c) > start ? g.ring.marks(c, start) : nullptr;
    view.size = n;
    view.rate_hz = g.rate_hz;
  }
}

// The newest slots stamped at or before the end time; slots that are too old or absent are masked, in a copy.
void windower::view_slower(channel_group& g, std::size_t window, time_ns end_time, bool late) noexcept {
  const std::size_t n = g.lengths[window];
  const std::uint64_t end = late ? 0 : g.ring.end_at(end_time);
  std::size_t have = 0;
  if (!late) {
    have = static_cast<std::size_t>(std::min<std::uint64_t>(n, end - g.ring.first()));
    // Stamps rise, so the slots that are too old come first.
    while (have > 0 && end_time - g.ring.stamp(end - have) > g.oldest[window]) --have;
  }
  for (std::size_t c = 0; c < g.outputs.size(); ++c) {
    frame_view& view = views_[window * channels_ + g.outputs[c]];
    view.size = n;
    view.rate_hz = g.rate_hz;
    if (have == n) {
      view.samples = g.ring.values(c, end - n);
      view.sample_quality = g.ring.marked_end(c) > end - n ? g.ring.marks(c, end - n) : nullptr;
    } else if (have == 0) {
      view.samples = absent_values_.data();
      view.sample_quality = absent_marks_.data();
    } else {
      float* values = g.patched_values[window].data() + c * n;
      std::uint8_t* marks = g.patched_marks[window].data() + c * n;
      std::fill_n(values, n - have, not_a_number);
      std::fill_n(marks, n - have, missing_bit);
      std::copy_n(g.ring.values(c, end - have), have, values + (n - have));
      std::copy_n(g.ring.marks(c, end - have), have, marks + (n - have));
      view.samples = values;
      view.sample_quality = marks;
    }
  }
}

const frame_set& windower::assemble() noexcept {
  const auto front = static_cast<std::size_t>(pending_first_);
  const std::uint64_t end = pending_end_[front];
  set_.end_time = pending_time_[front];
  set_.quality = 0;
  set_.enough_valid = true;
  for (channel_group& g : groups_) {
    const bool late = !is_primary(g) && !g.clock.delivered(set_.end_time);
    if (late) {
      ++counters_.late_groups;
      set_.quality |= bits(quality::late_group);
    }
    for (std::size_t w = 0; w < windows_; ++w) {
      if (is_primary(g)) {
        view_primary(w, end);
      } else {
        view_slower(g, w, set_.end_time, late);
      }
    }
  }
  for (std::size_t w = 0; w < windows_; ++w) {
    for (std::size_t c = 0; c < channels_; ++c) finish_view(views_[w * channels_ + c], set_.quality, set_.enough_valid, min_valid_share);
    frames_[w].channels = views_.subspan(w * channels_, channels_);
  }
  set_.windows = frames_;
  pending_first_ = (pending_first_ + 1) % pending_end_.size();
  if (--pending_count_ == 0) force_ = false;
  return set_;
}

// Everything that indexes memory is held against its bounds, so that a checkpoint of any bytes cannot lead outside.
bool windower::state_is_valid() const noexcept {
  if (groups_.empty() || pending_end_.empty()) return false;
  if (pending_first_ >= pending_end_.size() || pending_count_ > pending_end_.size()) return false;
  if (lag_slots_ == 0 && pending_count_ != 0) return false;
  constexpr std::uint64_t most = std::uint64_t{1} << 52;
  for (const channel_group& g : groups_) {
    if (!g.clock.state_is_valid()) return false;
    if (!is_primary(g) && (!g.ring.state_is_valid(g.ring.first()) || g.ring.head() - g.ring.first() > g.keep)) return false;
  }
  const group_ring& ring = groups_[primary_].ring;
  const std::uint64_t head = ring.head();
  if (head > most || hops_ > most || segment_first_ > head || static_cast<double>(hops_) * hop_slots_ > 1e18) return false;
  if (ring.first() != segment_first_ || boundary() <= head) return false;
  std::uint64_t oldest = std::max(segment_first_, std::min(head, boundary() - longest_));
  oldest = std::max(segment_first_, std::min(oldest, head - std::min<std::uint64_t>(head, longest_)));
  std::uint64_t before = segment_first_ + longest_ - 1;
  for (std::uint64_t i = 0; i < pending_count_; ++i) {
    const std::uint64_t end = pending_end_[static_cast<std::size_t>((pending_first_ + i) % pending_end_.size())];
    const time_ns time = pending_time_[static_cast<std::size_t>((pending_first_ + i) % pending_time_.size())];
    if (end <= before || end > head || time <= -stamp_limit || time >= stamp_limit) return false;
    if (i == 0) {
      if (head - end >= lag_slots_) return false;
      oldest = end - longest_;
    }
    before = end;
  }
  return ring.state_is_valid(oldest);
}

}  // namespace millwright
