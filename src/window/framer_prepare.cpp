#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "millwright/window/framer.hpp"
#include "millwright/window/window_length.hpp"

namespace millwright {

namespace {
constexpr double most_window_samples = 67108864.0;  // 2^26
constexpr double most_lag_samples = 268435456.0;    // 2^28
constexpr std::size_t slower_reserve = 256;         // slots that a slower group may run ahead at least

std::string text_of(double value) {
  std::string text = std::to_string(value);
  while (text.find('.') != std::string::npos && (text.back() == '0' || text.back() == '.')) {
    const bool done = text.back() == '.';
    text.pop_back();
    if (done) break;
  }
  return text;
}
}  // namespace

double frame_port::longest_window_s() const noexcept {
  double longest = 0.0;
  for (const auto& w : windows) {
    for (std::size_t c = 0; c < w.lengths.size(); ++c) longest = std::max(longest, static_cast<double>(w.lengths[c]) / channels[c].rate_hz);
  }
  return longest;
}

std::size_t framer::waiting_bytes() const noexcept {
  return lag_slots_ * groups_[primary_].channels.size() * (sizeof(float) + sizeof(std::uint8_t));
}

result<void> framer::plan_windows(const window_policy& policy) {
  const double rate = groups_[primary_].rate_hz;
  for (std::size_t w = 0; w < windows_; ++w) {
    MILLWRIGHT_TRY(const window_length parsed, parse_window_length(policy.length[w]));
    const double samples = std::floor(parsed.samples(rate) + 0.5);
    if (samples < 1.0 || samples > most_window_samples) {
      return error(errc::invalid_argument, "window",
                   "window \"" + policy.length[w] + "\" has " + text_of(samples) + " samples at " + text_of(rate) + " Hz",
                   "choose a window of 1 to 67108864 samples");
    }
    window_shape& shape = port_.windows.emplace_back();
    shape.label = w == 0 ? std::string() : policy.length[w];
    shape.lengths.resize(channels_);
    const double seconds = parsed.seconds(rate);
    for (plan& g : groups_) {
      const double slots = g.rate_hz == rate ? samples : std::max(1.0, std::floor(seconds * g.rate_hz + 0.5));
      g.lengths.push_back(static_cast<std::size_t>(slots));
      const double age = seconds * 1e9 + (1.0 + 2.0 * policy.clock.jitter_tolerance) * 1e9 / g.rate_hz;
      g.oldest.push_back(static_cast<time_ns>(std::min(age, 4e18) + 0.5));
      for (const std::size_t c : g.channels) shape.lengths[c] = g.lengths.back();
    }
    for (std::size_t v = 0; v < w; ++v) {
      if (groups_[primary_].lengths[v] == groups_[primary_].lengths[w]) {
        return error(errc::invalid_argument, "window",
                     "windows \"" + policy.length[v] + "\" and \"" + policy.length[w] + "\" have the same length", "name each length once");
      }
    }
    longest_ = std::max(longest_, static_cast<std::size_t>(samples));
    longest_s_ = std::max(longest_s_, seconds);
  }
  MILLWRIGHT_TRY(const window_length step, parse_window_length(policy.hop.empty() ? policy.length[0] : policy.hop));
  hop_slots_ = step.samples(rate);
  if (policy.hop.empty()) hop_slots_ = static_cast<double>(groups_[primary_].lengths[0]);
  if (hop_slots_ < 1.0 || hop_slots_ > 1e12) {
    return error(errc::invalid_argument, "window",
                 "hop \"" + policy.hop + "\" is " + std::to_string(hop_slots_) + " samples at " + text_of(rate) + " Hz",
                 "choose a hop of at least one sample");
  }
  return {};
}

result<void> framer::plan_memory(std::span<const group> groups, const window_policy& policy, waiting kept) {
  const double rate = groups_[primary_].rate_hz;
  const double delay_s = groups[primary_].delay_s;
  double lag_s = policy.clock.max_lag_s > 0.0 ? policy.clock.max_lag_s : std::max(1.0, 2.0 * longest_s_);
  double behind_s = 0.0;  // what every group is behind the primary one, even when it is in time
  for (const group& g : groups) behind_s = std::max(behind_s, g.delay_s - delay_s);
  lag_s += behind_s;
  const double lag = groups_.size() > 1 ? std::max(1.0, std::ceil(lag_s * rate)) : 0.0;
  if (lag > most_lag_samples) {
    return error(errc::limit_exceeded, "window",
                 "max_lag_s of " + std::to_string(lag_s) + " s is more than 2^28 samples at " + text_of(rate) + " Hz",
                 "lower clock.max_lag_s, or the longest window");
  }
  lag_slots_ = static_cast<std::size_t>(lag);
  most_pending_ = lag_slots_ / static_cast<std::size_t>(std::max(1.0, std::floor(hop_slots_))) + 2;
  kept_ = lag_slots_ > 0 ? kept : waiting::samples;

  std::size_t absent = 0;
  std::size_t channels = 0;
  for (std::size_t k = 0; k < groups_.size(); ++k) {
    plan& g = groups_[k];
    g.longest = *std::max_element(g.lengths.begin(), g.lengths.end());
    if (k == primary_) {
      g.capacity = longest_ + (kept_ == waiting::samples ? lag_slots_ : 0);
      g.capacity_1 = longest_ + lag_slots_ + std::max<std::size_t>(longest_, 64);
    } else {
      const double ahead_s = 2.0 * std::ceil(lag_s * g.rate_hz) + std::ceil(std::max(0.0, delay_s - groups[k].delay_s) * g.rate_hz);
      g.capacity = g.longest + static_cast<std::size_t>(ahead_s) + slower_reserve;
      g.capacity_1 = 2 * g.capacity;
      for (const std::size_t n : g.lengths) {
        patched_ += n * g.channels.size();
        absent = std::max(absent, n);
      }
      g.first_stamp = stamps_;
      stamps_ += g.capacity;
    }
    g.first_channel = channels;
    channels += g.channels.size();
    g.first_value = values_;
    values_ += g.capacity * g.channels.size();
  }
  absent_values_.assign(absent, std::numeric_limits<float>::quiet_NaN());
  absent_marks_.assign(absent, static_cast<std::uint8_t>(bits(quality::missing)));
  return {};
}

result<framer> framer::prepare(std::span<const channel> channels, std::vector<group> groups, const window_policy& policy, waiting kept) {
  MILLWRIGHT_CHECK(validate_params(policy));
  MILLWRIGHT_CHECK(validate_params(policy.clock));
  if (policy.length.empty() || policy.length.size() > 64) {
    return error(errc::invalid_argument, "window",
                 policy.length.empty() ? "no window length is given" : "more than 64 window lengths are given",
                 "set length, for example {\"100ms\"}");
  }
  framer f;
  f.port_.channels.assign(channels.begin(), channels.end());
  f.channels_ = channels.size();
  f.windows_ = policy.length.size();
  f.min_valid_share_ = policy.min_valid_share;
  for (group& g : groups) {
    if (!f.groups_.empty() && g.rate_hz > f.groups_[f.primary_].rate_hz) f.primary_ = f.groups_.size();
    plan& made = f.groups_.emplace_back();
    made.rate_hz = g.rate_hz;
    made.period_ns = 1e9 / g.rate_hz;
    made.channels = g.channels;
  }
  MILLWRIGHT_CHECK(f.plan_windows(policy));
  MILLWRIGHT_CHECK(f.plan_memory(groups, policy, kept));
  return f;
}

framer::instance framer::instance::create(const framer& model, workspace& memory) noexcept {
  instance made;
  made.model_ = &model;
  made.groups_ = memory.carve<group_state>(model.groups_.size());
  made.values_ = memory.carve<float>(model.values_);
  made.marks_ = memory.carve<std::uint8_t>(model.values_);
  made.stamps_ = memory.carve<time_ns>(model.stamps_);
  made.marked_end_ = memory.carve<std::uint64_t>(model.channels_);
  made.pending_end_ = memory.carve<std::uint64_t>(model.most_pending_);
  made.pending_time_ = memory.carve<time_ns>(model.most_pending_);
  made.pending_quality_ = memory.carve<std::uint32_t>(model.most_pending_);
  made.pending_enough_ = memory.carve<std::uint8_t>(model.most_pending_);
  const std::size_t line = model.longest_ * model.groups_[model.primary_].channels.size();
  made.line_values_ = memory.carve_scratch<float>(line);
  made.line_marks_ = memory.carve_scratch<std::uint8_t>(line);
  made.patched_values_ = memory.carve_scratch<float>(model.patched_);
  made.patched_marks_ = memory.carve_scratch<std::uint8_t>(model.patched_);
  made.views_ = memory.carve_scratch<frame_view>(model.windows_ * model.channels_);
  made.frames_ = memory.carve_scratch<frame>(model.windows_);
  return made;
}

}  // namespace millwright
