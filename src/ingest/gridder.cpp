#include "millwright/ingest/gridder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace millwright {

namespace {
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t most_channels = 65536;
constexpr std::size_t run_slots = gridder::most_run_slots;      // most samples of one run
constexpr std::size_t chunk = 32;                               // samples checked at once
constexpr std::uint64_t most_missing = std::uint64_t{1} << 30;  // of one run
constexpr auto stuck_bit = static_cast<std::uint8_t>(bits(quality::stuck));
constexpr auto clipped_bit = static_cast<std::uint8_t>(bits(quality::clipped));
constexpr auto not_finite_bit = static_cast<std::uint8_t>(bits(quality::not_finite));

result<void> check_channels(std::span<const channel> channels) {
  if (channels.size() > most_channels)
    return error(errc::limit_exceeded, "window", "more than 65536 channels", "split them into several pipelines");
  bool any = false;
  for (const channel& c : channels) {
    const std::string where = "window, channel \"" + c.name + "\"";
    if (!(c.rate_hz >= 1e-6 && c.rate_hz <= 1e9) && c.role != channel_role::ignore) {
      return error(errc::invalid_argument, where, "the sampling rate is " + std::to_string(c.rate_hz) + " Hz",
                   "give the nominal rate in Hz, from 1e-6 to 1e9 (one sample every 5 minutes: 1/300)");
    }
    if (c.range_low && c.range_high && !(*c.range_low < *c.range_high)) {
      return error(errc::invalid_argument, where, "range_low is not below range_high", "give the measuring range in ascending order");
    }
    any = any || c.role != channel_role::ignore;
  }
  std::vector<std::string_view> sorted;
  for (const channel& c : channels) sorted.push_back(c.name);
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    return error(errc::invalid_argument, "window", "two channels are named \"" + std::string(*twice) + "\"",
                 "give every channel a name of its own");
  }
  if (!any)
    return error(errc::invalid_argument, "window", "there is no channel to cut", "declare at least one channel whose role is not ignore");
  return {};
}
}  // namespace

result<gridder> gridder::prepare(std::span<const channel> channels, const clock_policy& policy, double max_gap_s) {
  MILLWRIGHT_CHECK(validate_params(policy));
  MILLWRIGHT_CHECK(check_channels(channels));
  gridder g;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].role == channel_role::ignore) continue;
    std::size_t at = 0;
    while (at < g.groups_.size() && g.rates_[at] != channels[i].rate_hz) ++at;
    if (at == g.groups_.size()) {
      g.groups_.emplace_back();
      g.rates_.push_back(channels[i].rate_hz);
    }
    g.groups_[at].push_back(i);
  }
  constexpr float unbounded = std::numeric_limits<float>::infinity();
  for (std::size_t k = 0; k < g.groups_.size(); ++k) {
    g.clocks_.emplace_back().configure(g.rates_[k], policy, policy.max_gap_s.value_or(max_gap_s));
    g.first_limits_.push_back(g.limits_.size());
    for (const std::size_t i : g.groups_[k]) {
      const channel& c = channels[i];
      g.limits_.push_back({c.range_low ? static_cast<float>(*c.range_low) : -unbounded,
                           c.range_high ? static_cast<float>(*c.range_high) : unbounded, policy.stuck_limit(c.role)});
    }
    g.widest_ = std::max(g.widest_, g.groups_[k].size());
  }
  return g;
}

result<void> gridder::check(const sample_block& block) const noexcept {
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
  const std::size_t channels = groups_[block.group].size();
  if (block.channels != channels) {
    return refuse("a block has channels: ", number(block.channels).view(), ", but its group has ", number(channels).view(),
                  "deliver all channels of one rate together, in the order of groups(); leave out channels of role ignore");
  }
  if (block.data == nullptr && block.samples > 0) {
    return refuse("a block has samples but no data", "", "", "", "set data, or samples = 0");
  }
  return {};
}

gridder::instance gridder::instance::create(const gridder& model, workspace& memory) noexcept {
  instance made;
  made.model_ = &model;
  made.clocks_ = memory.carve<group_clock>(model.groups_.size());
  made.last_value_ = memory.carve<float>(model.limits_.size());
  made.run_ = memory.carve<std::uint32_t>(model.limits_.size());
  made.values_ = memory.carve_scratch<float>(run_slots * model.widest_);
  made.marks_ = memory.carve_scratch<std::uint8_t>(run_slots * model.widest_);
  made.marked_end_ = memory.carve_scratch<std::size_t>(model.widest_);
  return made;
}

void gridder::instance::reset() noexcept {
  counters_ = {};
  std::copy(model_->clocks_.begin(), model_->clocks_.end(), clocks_.begin());
  std::fill(last_value_.begin(), last_value_.end(), not_a_number);
  std::fill(run_.begin(), run_.end(), std::uint32_t{0});
  verdict_ = {};
  is_judged_ = false;
}

grid_run gridder::instance::next(const sample_block& block, std::size_t& position) noexcept {
  group_clock& clock = clocks_[block.group];
  grid_run run;
  run.group = block.group;
  while (position < block.samples || is_judged_) {
    if (!is_judged_) {
      const bool has_stamp = block.timestamps != nullptr ? block.timestamps[position] != continues_previous
                                                         : position == 0 && block.start_time != continues_previous;
      if (!has_stamp && clock.in_step()) {
        const std::size_t count = block.timestamps != nullptr ? 1 : std::min(block.samples - position, run_slots);
        run.grid = clock.grid();
        take(block, position, count, run);
        clock.accept_run(count);
        counters_.samples += count;
        position += count;
        return run;
      }
      const time_ns stamp = !has_stamp ? continues_previous : block.timestamps != nullptr ? block.timestamps[position] : block.start_time;
      verdict_ = clock.judge(stamp, counters_);
      if (verdict_.what == group_clock::action::drop) {
        ++position;
        continue;
      }
      is_judged_ = true;
    }
    if (verdict_.what == group_clock::action::new_segment) {
      verdict_.what = group_clock::action::place;
      run.what = grid_run::kind::segment;
      run.backwards = clock.started() && verdict_.stamp <= clock.last_stamp();
      clock.start_segment(verdict_.stamp);
      return run;
    }
    run.grid = clock.grid();
    if (verdict_.missing > 0) {
      run.what = grid_run::kind::missing;
      run.count = static_cast<std::size_t>(std::min(verdict_.missing, most_missing));
      clock.skip(run.count);
      verdict_.missing -= run.count;
      return run;
    }
    take(block, position, 1, run);
    clock.accept(verdict_.stamp);
    run.grid.anchor = clock.grid().anchor;  // the sample may have moved it
    run.has_stamp = true;
    run.stamp = verdict_.stamp;
    is_judged_ = false;
    ++position;
    return run;
  }
  return run;
}

void gridder::instance::take(const sample_block& block, std::size_t position, std::size_t count, grid_run& run) noexcept {
  run.what = grid_run::kind::samples;
  run.count = count;
  run.values = values_.data();
  run.marks = marks_.data();
  run.marked_end = marked_end_.data();
  run.stride = count;
  for (std::size_t c = 0; c < block.channels; ++c) {
    float* values = values_.data() + c * count;
    const float* from =
        block.data + static_cast<std::ptrdiff_t>(c) * block.channel_stride + static_cast<std::ptrdiff_t>(position) * block.sample_stride;
    if (block.sample_stride == 1) {
      std::memcpy(values, from, count * sizeof(float));
    } else {
      for (std::size_t i = 0; i < count; ++i) values[i] = from[static_cast<std::ptrdiff_t>(i) * block.sample_stride];
    }
    mark(model_->first_limits_[block.group] + c, values, marks_.data() + c * count, count, marked_end_[c]);
  }
}

// Whole chunks without a value worth marking take the fast way: one vectorisable comparison a value, and for the stuck check only
// the run that enters the chunk and the run that leaves it (a run inside is shorter than the limit).
void gridder::instance::mark(std::size_t at, float* values, std::uint8_t* marks, std::size_t count, std::size_t& marked_end) noexcept {
  const sample_limits limits = model_->limits_[at];
  marked_end = 0;
  for (std::size_t i = 0; i < count; i += chunk) {
    const std::size_t n = std::min(chunk, count - i);
    float* v = values + i;
    bool plain = true;
    for (std::size_t k = 0; k < n; ++k) plain &= (v[k] > limits.low) & (v[k] < limits.high);
    if (plain && limits.stuck_after != 0) {
      std::size_t enters = 0;
      while (enters < n && v[enters] == last_value_[at]) ++enters;
      plain = limits.stuck_after > chunk && run_[at] + enters < limits.stuck_after;
      if (plain) {
        std::size_t leaves = 1;
        while (leaves < n && v[n - 1 - leaves] == v[n - 1]) ++leaves;
        run_[at] = static_cast<std::uint32_t>(enters == n ? run_[at] + n : leaves);
        last_value_[at] = v[n - 1];
      }
    }
    if (plain) {
      std::memset(marks + i, 0, n);
    } else if (const std::size_t last = mark_run(at, v, marks + i, n); last > 0) {
      marked_end = i + last;
    }
  }
}

std::size_t gridder::instance::mark_run(std::size_t at, float* values, std::uint8_t* marks, std::size_t count) noexcept {
  const sample_limits limits = model_->limits_[at];
  float last = last_value_[at];
  std::uint32_t run = run_[at];
  std::size_t marked = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const float v = values[k];
    std::uint8_t mark = 0;
    if (!(v >= std::numeric_limits<float>::lowest() && v <= std::numeric_limits<float>::max())) {
      mark = not_finite_bit;  // leaves the stuck run as it is
      values[k] = not_a_number;
      ++counters_.not_finite;
    } else {
      if (limits.stuck_after != 0) {
        run = v == last ? (run < limits.stuck_after ? run + 1 : run) : 1;
        last = v;
        if (run >= limits.stuck_after) {
          mark = stuck_bit;
          ++counters_.stuck;
        }
      }
      if (v <= limits.low || v >= limits.high) {
        mark = static_cast<std::uint8_t>(mark | clipped_bit);
        ++counters_.clipped;
      }
    }
    marks[k] = mark;
    if (mark != 0) marked = k + 1;
  }
  last_value_[at] = last;
  run_[at] = run;
  return marked;
}

void gridder::instance::read_version_1_runs(state_reader& reader, std::size_t group) noexcept {
  const std::size_t n = model_->groups_[group].size();
  auto last = last_value_.subspan(model_->first_limits_[group], n);
  auto run = run_.subspan(model_->first_limits_[group], n);
  reader(last, run);
}

bool gridder::instance::state_is_valid() const noexcept {
  return std::all_of(clocks_.begin(), clocks_.end(), [](const group_clock& c) { return c.state_is_valid(); });
}

}  // namespace millwright
