#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/window/window_length.hpp"
#include "millwright/window/windower.hpp"

namespace millwright {

namespace {
constexpr double most_window_samples = 67108864.0;  // 2^26
constexpr double most_lag_samples = 268435456.0;    // 2^28
constexpr std::size_t most_channels = 65536;
constexpr std::size_t slower_reserve = 256;  // slots that a slower group may run ahead at least

std::string text_of(double value) {
  std::string text = std::to_string(value);
  while (text.find('.') != std::string::npos && (text.back() == '0' || text.back() == '.')) {
    const bool done = text.back() == '.';
    text.pop_back();
    if (done) break;
  }
  return text;
}

result<void> check_channels(std::span<const channel> channels) {
  if (channels.size() > most_channels)
    return error(errc::limit_exceeded, "window", "more than 65536 channels", "split them into several pipelines");
  bool any = false;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const channel& c = channels[i];
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

result<void> windower::plan(std::span<const channel> channels, frame_port& port) {
  group_channels_.clear();
  groups_.clear();
  primary_ = 0;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i].role == channel_role::ignore) continue;
    std::size_t g = 0;
    while (g < groups_.size() && groups_[g].rate_hz != channels[i].rate_hz) ++g;
    if (g == groups_.size()) {
      groups_.emplace_back().rate_hz = channels[i].rate_hz;
      group_channels_.emplace_back();
      if (groups_[g].rate_hz > groups_[primary_].rate_hz) primary_ = g;
    }
    group_channels_[g].push_back(i);
    groups_[g].outputs.push_back(port.channels.size());
    port.channels.push_back(channels[i]);
  }
  channels_ = port.channels.size();
  windows_ = length.size();
  const double rate = groups_[primary_].rate_hz;

  double longest_s = 0.0;
  longest_ = 0;
  for (std::size_t w = 0; w < windows_; ++w) {
    MILLWRIGHT_TRY(const window_length parsed, parse_window_length(length[w]));
    const double samples = std::floor(parsed.samples(rate) + 0.5);
    if (samples < 1.0 || samples > most_window_samples) {
      return error(errc::invalid_argument, "window",
                   "window \"" + length[w] + "\" has " + text_of(samples) + " samples at " + text_of(rate) + " Hz",
                   "choose a window of 1 to 67108864 samples");
    }
    window_shape& shape = port.windows.emplace_back();
    shape.label = w == 0 ? std::string() : length[w];
    shape.lengths.resize(channels_);
    const double seconds = parsed.seconds(rate);
    for (channel_group& g : groups_) {
      const double slots = g.rate_hz == rate ? samples : std::max(1.0, std::floor(seconds * g.rate_hz + 0.5));
      g.lengths.push_back(static_cast<std::size_t>(slots));
      const double age = seconds * 1e9 + (1.0 + 2.0 * clock.jitter_tolerance) * 1e9 / g.rate_hz;
      g.oldest.push_back(static_cast<time_ns>(std::min(age, 4e18) + 0.5));
      for (const std::size_t c : g.outputs) shape.lengths[c] = g.lengths.back();
    }
    for (std::size_t v = 0; v < w; ++v) {
      if (groups_[primary_].lengths[v] == groups_[primary_].lengths[w]) {
        return error(errc::invalid_argument, "window", "windows \"" + length[v] + "\" and \"" + length[w] + "\" have the same length",
                     "name each length once");
      }
    }
    longest_ = std::max(longest_, static_cast<std::size_t>(samples));
    longest_s = std::max(longest_s, seconds);
  }

  MILLWRIGHT_TRY(const window_length step, parse_window_length(hop.value_or(length[0])));
  hop_slots_ = step.samples(rate);
  if (!hop) hop_slots_ = static_cast<double>(groups_[primary_].lengths[0]);
  if (hop_slots_ < 1.0 || hop_slots_ > 1e12) {
    return error(errc::invalid_argument, "window",
                 "hop \"" + hop.value_or(length[0]) + "\" is " + std::to_string(hop_slots_) + " samples at " + text_of(rate) + " Hz",
                 "choose a hop of at least one sample");
  }

  const double lag_s = clock.max_lag_s.value_or(std::max(1.0, 2.0 * longest_s));
  const double lag = groups_.size() > 1 ? std::max(1.0, std::ceil(lag_s * rate)) : 0.0;
  if (lag > most_lag_samples) {
    return error(errc::limit_exceeded, "window",
                 "max_lag_s of " + std::to_string(lag_s) + " s is more than 2^28 samples at " + text_of(rate) + " Hz",
                 "lower clock.max_lag_s, or the longest window");
  }
  lag_slots_ = static_cast<std::size_t>(lag);
  const double gap_s = clock.max_gap_s.value_or(longest_s);
  for (channel_group& g : groups_) {
    g.clock.configure(g.rate_hz, clock, gap_s);
    const std::size_t most = *std::max_element(g.lengths.begin(), g.lengths.end());
    g.keep = g.rate_hz == rate ? 0 : most + 2 * static_cast<std::size_t>(std::ceil(lag_s * g.rate_hz)) + slower_reserve;
  }
  return {};
}

void windower::carve(std::span<const channel> channels, workspace& memory) {
  constexpr float unbounded = std::numeric_limits<float>::infinity();
  std::size_t absent = 0;
  for (std::size_t k = 0; k < groups_.size(); ++k) {
    channel_group& g = groups_[k];
    std::vector<sample_limits> limits;
    for (const std::size_t i : group_channels_[k]) {
      const channel& c = channels[i];
      limits.push_back({c.range_low ? static_cast<float>(*c.range_low) : -unbounded,
                        c.range_high ? static_cast<float>(*c.range_high) : unbounded, clock.stuck_limit(c.role)});
    }
    if (k == primary_) {
      g.ring.prepare(std::move(limits), longest_ + lag_slots_, std::max<std::size_t>(longest_, 64), false, memory);
      continue;
    }
    g.ring.prepare(std::move(limits), g.keep, g.keep, true, memory);
    for (std::size_t w = 0; w < windows_; ++w) {
      g.patched_values.push_back(memory.carve<float>(g.lengths[w] * g.outputs.size()));
      g.patched_marks.push_back(memory.carve<std::uint8_t>(g.lengths[w] * g.outputs.size()));
      absent = std::max(absent, g.lengths[w]);
    }
  }
  const std::size_t hop_least = static_cast<std::size_t>(std::max(1.0, std::floor(hop_slots_)));
  const std::size_t pending = lag_slots_ / hop_least + 2;
  pending_end_ = memory.carve<std::uint64_t>(pending);
  pending_time_ = memory.carve<time_ns>(pending);
  views_ = memory.carve<frame_view>(windows_ * channels_);
  frames_ = memory.carve<frame>(windows_);
  absent_values_ = memory.carve<float>(absent);
  absent_marks_ = memory.carve<std::uint8_t>(absent);
}

result<frame_port> windower::prepare(std::span<const channel> channels, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(validate_params(clock));
  if (length.empty() || length.size() > 64) {
    return error(errc::invalid_argument, "window", length.empty() ? "no window length is given" : "more than 64 window lengths are given",
                 "set length, for example {\"100ms\"}");
  }
  MILLWRIGHT_CHECK(check_channels(channels));
  frame_port port;
  MILLWRIGHT_CHECK(plan(channels, port));
  carve(channels, memory);
  if (memory.exhausted()) {
    return error(errc::out_of_memory, "window", "the memory given does not hold the windows",
                 "give memory of the size that a measuring prepare reports");
  }
  return port;
}

}  // namespace millwright
