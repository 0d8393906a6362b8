#include "millwright/ingest/recording.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "millwright/ingest/channel_match.hpp"

namespace millwright {

namespace {

constexpr double turn_s = 0.25;

/// One group of the pipeline: where it takes its samples from, and how far it has come.
class source_group {
 public:
  source_group(std::size_t index, const recorded_group& from, std::vector<std::size_t> channels) : from_(&from), select_(index, std::move(channels)) {}

  [[nodiscard]] double rate_hz() const { return from_->channels.front().rate_hz; }
  [[nodiscard]] bool done() const { return next_ >= from_->samples; }

  [[nodiscard]] time_ns next_time() const {
    if (!from_->timestamps.empty()) return from_->timestamps[next_];
    const auto first = from_->segments.empty() ? recorded_group::segment{} : from_->segments[segment_];
    return first.start_time + static_cast<time_ns>(std::nearbyint(static_cast<double>(next_ - first.first_sample) * 1e9 / rate_hz()));
  }

  /// The next block, never across the border of two segments.
  sample_block take(std::size_t most) {
    sample_block block;
    block.samples = std::min(most, run_end() - next_);
    block.channels = from_->channels.size();
    block.data = from_->data + static_cast<std::ptrdiff_t>(next_) * from_->sample_stride;
    block.channel_stride = from_->channel_stride;
    block.sample_stride = from_->sample_stride;
    if (!from_->timestamps.empty()) {
      block.timestamps = from_->timestamps.data() + next_;
    } else if (next_ == 0 || (!from_->segments.empty() && next_ == from_->segments[segment_].first_sample)) {
      block.start_time = next_time();
    }
    next_ += block.samples;
    if (from_->timestamps.empty() && next_ == run_end() && segment_ + 1 < from_->segments.size()) ++segment_;
    return select_(block);
  }

 private:
  [[nodiscard]] std::size_t run_end() const {
    if (!from_->timestamps.empty() || segment_ + 1 >= from_->segments.size()) return from_->samples;
    return from_->segments[segment_ + 1].first_sample;
  }

  const recorded_group* from_;
  block_selector select_;
  std::size_t next_ = 0;
  std::size_t segment_ = 0;
};

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

result<void> visit_blocks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups,
                          std::size_t max_samples, function_ref<result<void>(const sample_block&)> visit) {
  std::vector<std::vector<channel>> inputs;
  for (const auto& g : source.groups()) inputs.push_back(g.channels);
  MILLWRIGHT_TRY(const channel_match match, match_channels(inputs, channels, groups));

  std::vector<source_group> sources;
  for (std::size_t g = 0; g < groups.size(); ++g) sources.emplace_back(g, source.groups()[match.groups[g].input], match.groups[g].channels);
  // Slower groups first, so that a frame's context is there when its fastest channel completes it.
  std::stable_sort(sources.begin(), sources.end(), [](const source_group& a, const source_group& b) { return a.rate_hz() < b.rate_hz(); });

  while (true) {
    source_group* earliest = nullptr;
    for (auto& s : sources) {
      if (!s.done() && (earliest == nullptr || s.next_time() < earliest->next_time())) earliest = &s;
    }
    if (earliest == nullptr) return {};
    std::size_t most = std::max<std::size_t>(1, max_samples);
    if (sources.size() > 1) most = std::min(most, static_cast<std::size_t>(std::max(1.0, turn_s * earliest->rate_hz())));
    MILLWRIGHT_CHECK(visit(earliest->take(most)));
  }
}

}  // namespace millwright
