#include "millwright/ingest/recording.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "nearest_name.hpp"

namespace millwright {

namespace {

constexpr double turn_s = 0.25;

std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Where one group of the pipeline takes its samples from, and how far it has come.
struct source_group {
  std::size_t index = 0;                       // in the pipeline
  const recorded_group* timing = nullptr;      // all its channels have the same times, so any of their groups tells them
  std::vector<const float*> channels;
  std::vector<std::ptrdiff_t> strides;
  double rate_hz = 1.0;
  std::size_t next = 0;
  std::size_t segment = 0;
  std::vector<float> planar;

  [[nodiscard]] bool done() const { return next >= timing->samples; }

  [[nodiscard]] std::size_t segment_end() const {
    return segment + 1 < timing->segments.size() ? timing->segments[segment + 1].first_sample : timing->samples;
  }

  [[nodiscard]] time_ns next_time() const {
    if (!timing->timestamps.empty()) return timing->timestamps[next];
    const auto first = timing->segments.empty() ? recorded_group::segment{} : timing->segments[segment];
    return first.start_time + static_cast<time_ns>(std::nearbyint(static_cast<double>(next - first.first_sample) * 1e9 / rate_hz));
  }

  /// The next block, never across the border of two segments.
  sample_block take(std::size_t most) {
    const std::size_t count = std::min(most, (timing->timestamps.empty() ? segment_end() : timing->samples) - next);
    planar.resize(channels.size() * count);
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const float* from = channels[c] + static_cast<std::ptrdiff_t>(next) * strides[c];
      for (std::size_t i = 0; i < count; ++i) planar[c * count + i] = from[static_cast<std::ptrdiff_t>(i) * strides[c]];
    }
    sample_block block;
    block.group = index;
    block.data = planar.data();
    block.channels = channels.size();
    block.samples = count;
    block.channel_stride = static_cast<std::ptrdiff_t>(count);
    if (!timing->timestamps.empty()) block.timestamps = timing->timestamps.data() + next;
    else if (next == 0 || (!timing->segments.empty() && next == timing->segments[segment].first_sample)) block.start_time = next_time();
    next += count;
    if (timing->timestamps.empty() && next == segment_end() && segment + 1 < timing->segments.size()) ++segment;
    return block;
  }
};

bool same_times(const recorded_group& a, const recorded_group& b) {
  if (&a == &b) return true;
  return a.samples == b.samples && a.timestamps == b.timestamps &&
         std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                    [](const auto& x, const auto& y) { return x.first_sample == y.first_sample && x.start_time == y.start_time; });
}

}  // namespace

result<void> recording::add(recorded_group group) {
  constexpr std::string_view where = "recording";
  if (group.channels.empty()) return error(errc::invalid_data, where, "a group has no channel", "name at least one channel");
  for (const auto& c : group.channels) {
    if (!(c.rate_hz > 0.0)) return error(errc::invalid_data, where, "channel \"" + c.name + "\" has no sampling rate", "give rate_hz");
    if (c.rate_hz != group.channels.front().rate_hz) return error(errc::invalid_data, where, "channels \"" + group.channels.front().name + "\" and \"" + c.name + "\" of one group have different rates", "put channels of different rates into groups of their own");
    for (const auto& other : groups_) {
      if (std::any_of(other.channels.begin(), other.channels.end(), [&](const channel& o) { return o.name == c.name; })) {
        return error(errc::invalid_data, where, "two channels are named \"" + c.name + "\"", "rename one");
      }
    }
  }
  if (!group.timestamps.empty() && group.timestamps.size() != group.samples) {
    return error(errc::invalid_data, where, "there are " + std::to_string(group.timestamps.size()) + " timestamps for " + std::to_string(group.samples) + " samples", "give one timestamp per sample");
  }
  for (std::size_t s = 0; s < group.segments.size(); ++s) {
    const std::size_t first = group.segments[s].first_sample;
    if ((s == 0 && first != 0) || (s > 0 && first <= group.segments[s - 1].first_sample) || (first >= group.samples && first > 0)) {
      return error(errc::invalid_data, where, "segment " + std::to_string(s) + " starts at sample " + std::to_string(first), "start the first segment at 0 and let the others ascend within the samples");
    }
  }
  groups_.push_back(std::move(group));
  return {};
}

double recording::duration_s() const noexcept {
  double longest = 0.0;
  for (const auto& g : groups_) longest = std::max(longest, static_cast<double>(g.samples) / g.channels.front().rate_hz);
  return longest;
}

result<std::vector<std::size_t>> match_channels(std::span<const channel> wanted, std::span<const channel> given, std::string_view where) {
  std::vector<std::size_t> indices;
  for (const auto& w : wanted) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const channel& g) { return g.name == w.name; });
    if (found == given.end()) {
      std::vector<std::string_view> names;
      for (const auto& g : given) names.push_back(g.name);
      return error(errc::invalid_data, where, "the pipeline needs channel \"" + w.name + "\", which the input does not have", detail::suggestion(w.name, names));
    }
    if (!(std::abs(found->rate_hz - w.rate_hz) <= 1e-6 * w.rate_hz)) {
      return error(errc::invalid_data, where, "the pipeline was made for channel \"" + w.name + "\" at " + number_text(w.rate_hz) + " Hz, but the input has " + number_text(found->rate_hz) + " Hz",
                   "record at " + number_text(w.rate_hz) + " Hz, or fit the pipeline again for " + number_text(found->rate_hz) + " Hz (resampling would change its features)");
    }
    if (!w.unit.empty() && !found->unit.empty() && w.unit != found->unit) {
      return error(errc::invalid_data, where, "the pipeline was made for channel \"" + w.name + "\" in " + w.unit + ", but the input is in " + found->unit, "convert the input to " + w.unit);
    }
    indices.push_back(static_cast<std::size_t>(found - given.begin()));
  }
  return indices;
}

result<void> visit_blocks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups,
                          std::size_t max_samples, function_ref<result<void>(const sample_block&)> visit) {
  std::vector<channel> given;
  std::vector<std::pair<const recorded_group*, std::size_t>> places;
  for (const auto& g : source.groups()) {
    for (std::size_t c = 0; c < g.channels.size(); ++c) {
      given.push_back(g.channels[c]);
      places.emplace_back(&g, c);
    }
  }

  std::vector<source_group> sources;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<channel> wanted;
    for (const std::size_t c : groups[g]) wanted.push_back(channels[c]);
    MILLWRIGHT_TRY(const auto indices, match_channels(wanted, given, "recording"));
    source_group s;
    s.index = g;
    s.rate_hz = wanted.front().rate_hz;
    for (const std::size_t i : indices) {
      const auto& [group, column] = places[i];
      if (s.timing == nullptr) s.timing = group;
      if (!same_times(*s.timing, *group)) {
        return error(errc::invalid_data, "recording", "channels \"" + wanted.front().name + "\" and \"" + given[i].name + "\" have one rate but different times", "record channels of one rate together");
      }
      s.channels.push_back(group->data + static_cast<std::ptrdiff_t>(column) * group->channel_stride);
      s.strides.push_back(group->sample_stride);
    }
    sources.push_back(std::move(s));
  }
  // Slower groups first, so that a frame's context is there when its fastest channel completes it.
  std::stable_sort(sources.begin(), sources.end(), [](const source_group& a, const source_group& b) { return a.rate_hz < b.rate_hz; });

  while (true) {
    source_group* earliest = nullptr;
    for (auto& s : sources) {
      if (!s.done() && (earliest == nullptr || s.next_time() < earliest->next_time())) earliest = &s;
    }
    if (earliest == nullptr) return {};
    std::size_t most = std::max<std::size_t>(1, max_samples);
    if (sources.size() > 1) most = std::min(most, static_cast<std::size_t>(std::max(1.0, turn_s * earliest->rate_hz)));
    MILLWRIGHT_CHECK(visit(earliest->take(most)));
  }
}

}  // namespace millwright
