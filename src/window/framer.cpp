#include "millwright/window/framer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace millwright {

namespace {
constexpr auto missing_bit = static_cast<std::uint8_t>(bits(quality::missing));
constexpr time_ns stamp_limit = time_ns{1} << 62;  // as the stream clock's
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint8_t not_shown = 2;  // in the list of what was enough
constexpr std::uint64_t most_slots = std::uint64_t{1} << 52;

constexpr bool is_stamp(time_ns t) noexcept { return t > -stamp_limit && t < stamp_limit; }
}  // namespace

void framer::instance::reset() noexcept {
  std::fill(groups_.begin(), groups_.end(), group_state{});
  std::fill(values_.begin(), values_.end(), 0.0F);
  std::fill(marks_.begin(), marks_.end(), std::uint8_t{0});
  std::fill(stamps_.begin(), stamps_.end(), time_ns{0});
  std::fill(marked_end_.begin(), marked_end_.end(), std::uint64_t{0});
  segment_first_ = 0;
  hops_ = 0;
  pending_first_ = 0;
  pending_count_ = 0;
  std::fill(pending_end_.begin(), pending_end_.end(), std::uint64_t{0});
  std::fill(pending_time_.begin(), pending_time_.end(), time_ns{0});
  std::fill(pending_quality_.begin(), pending_quality_.end(), std::uint32_t{0});
  std::fill(pending_enough_.begin(), pending_enough_.end(), not_shown);
  force_ = false;
}

// The ring of the primary group starts anew with each segment, so that frames without overlap never wrap.
std::size_t framer::instance::slot_at(std::size_t g, std::uint64_t slot) const noexcept {
  const std::uint64_t from = is_primary(g) ? slot - segment_first_ : slot;
  return static_cast<std::size_t>(from % model_->groups_[g].capacity);
}

time_ns framer::instance::stamp(std::size_t g, std::uint64_t slot) const noexcept {
  return stamps_[model_->groups_[g].first_stamp + slot_at(g, slot)];
}

std::uint64_t framer::instance::boundary() const noexcept {
  return segment_first_ + model_->longest_ + static_cast<std::uint64_t>(static_cast<double>(hops_) * model_->hop_slots_ + 0.5);
}

bool framer::instance::is_ready() const noexcept {
  if (pending_count_ == 0) return false;
  if (force_) return true;
  const auto front = static_cast<std::size_t>(pending_first_);
  if (groups_[model_->primary_].head - pending_end_[front] >= model_->lag_slots_) return true;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (!is_primary(g) && !groups_[g].delivered(pending_time_[front])) return false;
  }
  return true;
}

// How many slots may be written before the next thing that can happen: a frame complete, a frame waited for long enough, memory full.
std::size_t framer::instance::run_limit(std::size_t g, std::size_t wanted) const noexcept {
  std::uint64_t limit = std::min(wanted, model_->groups_[g].capacity);
  const auto front = static_cast<std::size_t>(pending_first_);
  const group_state& state = groups_[g];
  if (is_primary(g)) {
    limit = std::min(limit, boundary() - state.head);
    if (pending_count_ > 0 && model_->lag_slots_ > 0) limit = std::min(limit, pending_end_[front] + model_->lag_slots_ - state.head);
  } else if (pending_count_ > 0 && state.started && !state.delivered(pending_time_[front])) {
    const double slots = static_cast<double>(pending_time_[front] - state.next) / model_->groups_[g].period_ns;
    if (!(slots >= 2.0)) {
      limit = 1;
    } else if (slots < static_cast<double>(limit)) {
      limit = static_cast<std::uint64_t>(slots) - 1;
    }
  }
  return static_cast<std::size_t>(limit);
}

void framer::instance::take(const grid_run& run, clock_counters& counters, on_frames give) noexcept {
  if (run.what == grid_run::kind::segment) {
    begin_segment(run.group, run.backwards, counters, give);
    return;
  }
  const std::size_t g = run.group;
  group_state& state = groups_[g];
  for (std::size_t from = 0; from < run.count;) {
    const std::size_t count = run_limit(g, run.count - from);
    const std::size_t capacity = model_->groups_[g].capacity;
    if (!is_primary(g) && state.head + count > capacity) forget_before(g, state.head + count - capacity, counters);
    append(run, from, count);
    from += count;
    state.next = run.grid.at(from);
    if (run.what == grid_run::kind::samples) state.last = run.time(from - 1);
    const bool is_complete = is_primary(g) && state.head == boundary();
    if (is_complete) note_frame(run, from - 1);
    while (is_ready()) release(counters, give);
    if (is_complete && pending_count_ > 0 && model_->kept_ == waiting::results) {
      show_fastest(static_cast<std::size_t>((pending_first_ + pending_count_ - 1) % pending_end_.size()), give);
    }
  }
}

void framer::instance::flush(clock_counters& counters, on_frames give) noexcept {
  force_ = pending_count_ > 0;
  while (is_ready()) release(counters, give);
}

void framer::instance::begin_segment(std::size_t g, bool backwards, clock_counters& counters, on_frames give) noexcept {
  group_state& state = groups_[g];
  if (is_primary(g)) {
    flush(counters, give);
    segment_first_ = state.head;
    state.first = state.head;
    hops_ = 0;
  } else if (backwards) {
    state.first = state.head;  // stamps of a slower group only rise within its ring
  }
  state.started = true;
}

/// Slots of a slower group that make room; those that the primary group has not reached are lost.
void framer::instance::forget_before(std::size_t g, std::uint64_t slot, clock_counters& counters) noexcept {
  group_state& state = groups_[g];
  const group_state& pace = groups_[model_->primary_];
  for (; state.first < slot; ++state.first) {
    if (!pace.started || stamp(g, state.first) > pace.last) ++counters.overruns;
  }
}

void framer::instance::append(const grid_run& run, std::size_t from, std::size_t count) noexcept {
  const plan& of = model_->groups_[run.group];
  group_state& state = groups_[run.group];
  const std::size_t at = slot_at(run.group, state.head);
  const std::size_t before = std::min(count, of.capacity - at);  // the end of the memory
  for (std::size_t c = 0; c < of.channels.size(); ++c) {
    float* values = values_.data() + of.first_value + c * of.capacity;
    std::uint8_t* marks = marks_.data() + of.first_value + c * of.capacity;
    std::uint64_t& marked_end = marked_end_[of.first_channel + c];
    if (run.what == grid_run::kind::missing) {
      std::fill_n(values + at, before, not_a_number);
      std::fill_n(values, count - before, not_a_number);
      std::fill_n(marks + at, before, missing_bit);
      std::fill_n(marks, count - before, missing_bit);
      marked_end = state.head + count;
      continue;
    }
    const float* new_values = run.values + c * run.stride + from;
    const std::uint8_t* new_marks = run.marks + c * run.stride + from;
    std::copy_n(new_values, before, values + at);
    std::copy_n(new_values + before, count - before, values);
    std::copy_n(new_marks, before, marks + at);
    std::copy_n(new_marks + before, count - before, marks);
    if (run.marked_end[c] <= from) continue;
    std::size_t end = std::min(run.marked_end[c] - from, count);
    while (end > 0 && new_marks[end - 1] == 0) --end;
    if (end > 0) marked_end = state.head + end;
  }
  if (!is_primary(run.group)) {
    time_ns* stamps = stamps_.data() + of.first_stamp;
    for (std::size_t i = 0; i < count; ++i) stamps[i < before ? at + i : i - before] = run.time(from + i);
  }
  state.head += count;
}

void framer::instance::note_frame(const grid_run& run, std::size_t last) noexcept {
  const auto back = static_cast<std::size_t>((pending_first_ + pending_count_) % pending_end_.size());
  pending_end_[back] = groups_[model_->primary_].head;
  pending_time_[back] = run.time(last);
  pending_quality_[back] = 0;
  pending_enough_[back] = not_shown;
  ++pending_count_;
  ++hops_;
}

void framer::instance::begin_set(std::size_t place, frame_set::part shown) noexcept {
  set_.end_time = pending_time_[place];
  set_.shown = shown;
  set_.place = place;
  set_.quality = shown == frame_set::part::rest ? pending_quality_[place] : 0;
  set_.enough_valid = shown != frame_set::part::rest || pending_enough_[place] != 0;
}

void framer::instance::finish_set() noexcept {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    frame_view& view = views_[i];
    view.valid = view.size;
    if (view.sample_quality != nullptr) {
      std::uint8_t any = 0;
      std::size_t unusable = 0;
      for (std::size_t k = 0; k < view.size; ++k) {
        any = static_cast<std::uint8_t>(any | view.sample_quality[k]);
        unusable += (view.sample_quality[k] & unusable_sample) != 0 ? 1u : 0u;
      }
      view.valid -= unusable;
      set_.quality |= any;
      if (any == 0) view.sample_quality = nullptr;
    }
    set_.enough_valid = set_.enough_valid && static_cast<double>(view.valid) >= model_->min_valid_share_ * static_cast<double>(view.size);
  }
  for (std::size_t w = 0; w < frames_.size(); ++w) frames_[w].channels = views_.subspan(w * model_->channels_, model_->channels_);
  set_.windows = frames_;
}

void framer::instance::release(clock_counters& counters, on_frames give) noexcept {
  const auto place = static_cast<std::size_t>(pending_first_);
  begin_set(place, pending_enough_[place] == not_shown ? frame_set::part::whole : frame_set::part::rest);
  std::size_t patched = 0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (is_primary(g)) {
      if (set_.shown == frame_set::part::whole) {
        view_primary(pending_end_[place]);
      } else {
        view_none(g);
      }
      continue;
    }
    const bool late = !groups_[g].delivered(set_.end_time);
    if (late) {
      ++counters.late_groups;
      set_.quality |= bits(quality::late_group);
    }
    view_slower(g, set_.end_time, late, patched);
  }
  finish_set();
  pending_first_ = (pending_first_ + 1) % pending_end_.size();
  if (--pending_count_ == 0) force_ = false;
  pending_enough_[place] = not_shown;
  pending_quality_[place] = 0;
  give(set_);
}

void framer::instance::show_fastest(std::size_t place, on_frames give) noexcept {
  begin_set(place, frame_set::part::fastest);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (!is_primary(g)) view_none(g);
  }
  view_primary(pending_end_[place]);
  finish_set();
  pending_quality_[place] = set_.quality;
  pending_enough_[place] = set_.enough_valid ? 1 : 0;
  give(set_);
}

void framer::instance::view_none(std::size_t g) noexcept {
  for (std::size_t w = 0; w < model_->windows_; ++w) {
    for (const std::size_t c : model_->groups_[g].channels) views_[w * model_->channels_ + c] = {};
  }
}

/// Every window of channel c of the primary group; the samples of the longest lie at `values`.
void framer::instance::view_line(std::size_t c, const float* values, const std::uint8_t* marks, std::uint64_t end) noexcept {
  const plan& of = model_->groups_[model_->primary_];
  for (std::size_t w = 0; w < model_->windows_; ++w) {
    const std::size_t n = of.lengths[w];
    frame_view& view = views_[w * model_->channels_ + of.channels[c]];
    view.samples = values + (model_->longest_ - n);
    view.sample_quality = marked_end_[of.first_channel + c] > end - n ? marks + (model_->longest_ - n) : nullptr;
    view.size = n;
    view.rate_hz = of.rate_hz;
  }
}

void framer::instance::view_primary(std::uint64_t end) noexcept {
  const std::size_t g = model_->primary_;
  const plan& of = model_->groups_[g];
  const std::size_t n = model_->longest_;
  const std::size_t at = slot_at(g, end - n);
  for (std::size_t c = 0; c < of.channels.size(); ++c) {
    if (at + n <= of.capacity) {
      const std::size_t start = of.first_value + c * of.capacity + at;
      view_line(c, values_.data() + start, marks_.data() + start, end);
    } else {
      copy_slots(g, c, end - n, n, line_values_.data() + c * n, line_marks_.data() + c * n);
      view_line(c, line_values_.data() + c * n, line_marks_.data() + c * n, end);
    }
  }
}

void framer::instance::copy_slots(std::size_t g, std::size_t channel, std::uint64_t slot, std::size_t count, float* values,
                                  std::uint8_t* marks) const noexcept {
  const plan& of = model_->groups_[g];
  const std::size_t at = slot_at(g, slot);
  const std::size_t before = std::min(count, of.capacity - at);
  const float* from = values_.data() + of.first_value + channel * of.capacity;
  const std::uint8_t* from_marks = marks_.data() + of.first_value + channel * of.capacity;
  std::copy_n(from + at, before, values);
  std::copy_n(from, count - before, values + before);
  if (marked_end_[of.first_channel + channel] <= slot) {
    std::fill_n(marks, count, std::uint8_t{0});
    return;
  }
  std::copy_n(from_marks + at, before, marks);
  std::copy_n(from_marks, count - before, marks + before);
}

/// One past the newest counting slot stamped at or before `end`; the first one if there is none.
std::uint64_t framer::instance::end_at(std::size_t g, time_ns end) const noexcept {
  std::uint64_t low = groups_[g].first;
  std::uint64_t high = groups_[g].head;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (stamp(g, middle) <= end) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// The newest slots stamped at or before the end time; slots that are too old or absent are masked, in a copy.
void framer::instance::view_slower(std::size_t g, time_ns end_time, bool late, std::size_t& patched) noexcept {
  const plan& of = model_->groups_[g];
  const std::uint64_t end = late ? 0 : end_at(g, end_time);
  for (std::size_t w = 0; w < model_->windows_; ++w) {
    const std::size_t n = of.lengths[w];
    std::size_t have = 0;
    if (!late) {
      have = static_cast<std::size_t>(std::min<std::uint64_t>(n, end - groups_[g].first));
      // Stamps rise, so the slots that are too old come first.
      while (have > 0 && end_time - stamp(g, end - have) > of.oldest[w]) --have;
    }
    const std::size_t at = have > 0 ? slot_at(g, end - have) : 0;
    for (std::size_t c = 0; c < of.channels.size(); ++c) {
      frame_view& view = views_[w * model_->channels_ + of.channels[c]];
      view.size = n;
      view.rate_hz = of.rate_hz;
      if (have == 0) {
        view.samples = model_->absent_values_.data();
        view.sample_quality = model_->absent_marks_.data();
      } else if (have == n && at + n <= of.capacity) {
        const std::size_t start = of.first_value + c * of.capacity + at;
        view.samples = values_.data() + start;
        view.sample_quality = marked_end_[of.first_channel + c] > end - n ? marks_.data() + start : nullptr;
      } else {
        float* values = patched_values_.data() + patched;
        std::uint8_t* marks = patched_marks_.data() + patched;
        patched += n;
        std::fill_n(values, n - have, not_a_number);
        std::fill_n(marks, n - have, missing_bit);
        copy_slots(g, c, end - have, have, values + (n - have), marks + (n - have));
        view.samples = values;
        view.sample_quality = marks;
      }
    }
  }
}

// Everything that indexes memory is held against its bounds, so that a checkpoint of any bytes cannot lead outside.
bool framer::instance::state_is_valid() const noexcept {
  if (pending_first_ >= pending_end_.size() || pending_count_ > pending_end_.size()) return false;
  if (model_->lag_slots_ == 0 && pending_count_ != 0) return false;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const group_state& state = groups_[g];
    if (state.head > most_slots || state.first > state.head || !is_stamp(state.last) || !is_stamp(state.next)) return false;
    if (is_primary(g)) continue;
    if (state.head - state.first > model_->groups_[g].capacity) return false;
    time_ns before = -stamp_limit;
    for (std::uint64_t slot = state.first; slot < state.head; ++slot) {
      if (stamp(g, slot) <= before || stamp(g, slot) >= stamp_limit) return false;
      before = stamp(g, slot);
    }
  }
  const std::uint64_t head = groups_[model_->primary_].head;
  if (hops_ > most_slots || segment_first_ > head || static_cast<double>(hops_) * model_->hop_slots_ > 1e18 || boundary() <= head)
    return false;
  std::uint64_t before = segment_first_ + model_->longest_ - 1;
  for (std::uint64_t i = 0; i < pending_count_; ++i) {
    const auto place = static_cast<std::size_t>((pending_first_ + i) % pending_end_.size());
    const std::uint64_t end = pending_end_[place];
    if (end <= before || end > head || !is_stamp(pending_time_[place])) return false;
    if (i == 0 && head - end >= model_->lag_slots_) return false;
    if (model_->kept_ == waiting::results ? pending_enough_[place] >= not_shown : pending_enough_[place] != not_shown) return false;
    before = end;
  }
  return true;
}

void framer::instance::read_version_1(state_reader& reader, std::size_t g, const group_clock& clock, ring_1& primary) noexcept {
  const plan& of = model_->groups_[g];
  group_state& state = groups_[g];
  ring_1 ring;
  reader(ring.base, ring.first, ring.head);
  ring.values = reader.take<float>(of.capacity_1 * of.channels.size());
  ring.marks = reader.take<std::uint8_t>(of.capacity_1 * of.channels.size());
  const auto stamps = reader.take<time_ns>(is_primary(g) ? 0 : of.capacity_1);
  auto marked_end = marked_end_.subspan(of.first_channel, of.channels.size());
  reader(marked_end);
  const bool is_sound = ring.base <= ring.first && ring.first <= ring.head && ring.head - ring.base <= of.capacity_1;
  if (!reader.ok() || (!is_primary(g) && (!is_sound || ring.head - ring.first > of.capacity))) {
    reader.fail();
    return;
  }
  state.first = ring.first;
  state.head = ring.head;
  state.started = clock.started();
  state.last = clock.last_stamp();
  state.next = clock.expected();
  if (is_primary(g)) {
    primary = ring;
    return;
  }
  for (std::uint64_t slot = ring.first; slot < ring.head; ++slot) {
    const auto from = static_cast<std::size_t>(slot - ring.base);
    const std::size_t to = slot_at(g, slot);
    std::memcpy(&stamps_[of.first_stamp + to], stamps.data() + from * sizeof(time_ns), sizeof(time_ns));
    for (std::size_t c = 0; c < of.channels.size(); ++c) {
      std::memcpy(&values_[of.first_value + c * of.capacity + to], ring.values.data() + (c * of.capacity_1 + from) * sizeof(float),
                  sizeof(float));
      marks_[of.first_value + c * of.capacity + to] = static_cast<std::uint8_t>(ring.marks[c * of.capacity_1 + from]);
    }
  }
}

void framer::instance::read_version_1(state_reader& reader, const ring_1& primary, on_frames give) noexcept {
  reader(segment_first_, hops_, pending_first_, pending_count_, pending_end_, pending_time_);
  if (!reader.ok() || pending_first_ >= pending_end_.size() || pending_count_ > pending_end_.size() ||
      (model_->lag_slots_ == 0 && pending_count_ != 0)) {
    reader.fail();
    return;
  }
  // Every waiting frame, and the one under way, must have its samples in the old ring.
  const plan& of = model_->groups_[model_->primary_];
  const std::size_t n = model_->longest_;
  const auto is_held = [&](std::uint64_t end) {
    const std::uint64_t start = end - std::min<std::uint64_t>(end, n);
    return end <= primary.head && primary.base <= std::max(start, segment_first_);
  };
  if (primary.head > most_slots || primary.base > primary.head || primary.head - primary.base > of.capacity_1 ||
      segment_first_ != primary.first || segment_first_ > primary.head || !is_held(primary.head)) {
    reader.fail();
    return;
  }
  const auto copy_old = [&](std::size_t c, std::uint64_t slot, std::size_t count, float* values, std::uint8_t* marks) {
    const std::size_t from = c * of.capacity_1 + static_cast<std::size_t>(slot - primary.base);
    std::memcpy(values, primary.values.data() + from * sizeof(float), count * sizeof(float));
    std::memcpy(marks, primary.marks.data() + from, count);
  };
  std::uint64_t oldest = std::max({segment_first_, primary.base, primary.head - std::min<std::uint64_t>(primary.head, of.capacity)});
  for (; oldest < primary.head; ++oldest) {
    const std::size_t to = slot_at(model_->primary_, oldest);
    for (std::size_t c = 0; c < of.channels.size(); ++c) {
      const std::size_t at = of.first_value + c * of.capacity + to;
      copy_old(c, oldest, 1, &values_[at], &marks_[at]);
    }
  }
  for (std::uint64_t i = 0; i < pending_count_; ++i) {
    const auto place = static_cast<std::size_t>((pending_first_ + i) % pending_end_.size());
    const std::uint64_t end = pending_end_[place];
    if (end < segment_first_ + n || !is_held(end)) {
      reader.fail();
      return;
    }
    if (model_->kept_ == waiting::samples) continue;
    begin_set(place, frame_set::part::fastest);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if (!is_primary(g)) view_none(g);
    }
    for (std::size_t c = 0; c < of.channels.size(); ++c) {
      copy_old(c, end - n, n, line_values_.data() + c * n, line_marks_.data() + c * n);
      view_line(c, line_values_.data() + c * n, line_marks_.data() + c * n, end);
    }
    finish_set();
    pending_quality_[place] = set_.quality;
    pending_enough_[place] = set_.enough_valid ? 1 : 0;
    give(set_);
  }
}

}  // namespace millwright
