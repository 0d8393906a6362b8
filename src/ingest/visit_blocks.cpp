#include <algorithm>
#include <limits>
#include <string>

#include "millwright/ingest/recording.hpp"

namespace millwright {

namespace {
constexpr time_ns never = std::numeric_limits<time_ns>::max();

/// The walk through what one group of the pipeline takes from the recording.
class group_walk {
 public:
  group_walk(std::size_t group, std::vector<const recorded_group*> sources, std::vector<std::size_t> channels)
      : group_(group), sources_(std::move(sources)), channels_(std::move(channels)) {
    const recorded_group& s = *sources_.front();
    // Channels that lie evenly in one array are given as they are; others are copied block by block.
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      even_ = even_ && sources_[i] == &s;
      if (i >= 2) even_ = even_ && channels_[i] - channels_[i - 1] == channels_[1] - channels_[0];
    }
    rate_hz_ = s.channels.front().rate_hz;
    next_time_ = s.samples > 0 ? s.time_of(0) : never;
  }

  [[nodiscard]] bool done() const noexcept { return at_ >= sources_.front()->samples; }
  [[nodiscard]] double rate_hz() const noexcept { return rate_hz_; }
  [[nodiscard]] time_ns next_time() const noexcept { return next_time_; }

  /// At most `most` samples, those up to time `until`, but at least one.
  sample_block take(std::size_t most, time_ns until) {
    const recorded_group& s = *sources_.front();
    const std::size_t first = at_;
    std::size_t count = std::min(most, s.samples - first);
    sample_block block;
    if (s.timestamps.empty()) {
      const auto after = std::upper_bound(s.segments.begin(), s.segments.end(), first, [](std::size_t n, const recorded_group::segment& g) { return n < g.first_sample; });
      if (after != s.segments.end()) count = std::min(count, after->first_sample - first);
      if (first == 0 || (after != s.segments.begin() && (after - 1)->first_sample == first)) block.start_time = next_time_;
      std::size_t low = 1;  // times rise within a segment
      while (low < count) {
        const std::size_t middle = low + (count - low) / 2;
        if (s.time_of(first + middle) <= until) {
          low = middle + 1;
        } else {
          count = middle;
        }
      }
    } else {
      block.timestamps = s.timestamps.data() + first;
      if (until != never) {
        time_ns last = next_time_;
        const auto period = static_cast<time_ns>(std::min(1e9 / rate_hz_, 4e18));
        for (std::size_t i = 1; i < count; ++i) {
          last = s.timestamps[first + i] != continues_previous ? s.timestamps[first + i] : std::min(last, never - period) + period;
          if (last > until) count = i;
        }
      }
    }
    block.group = group_;
    block.channels = channels_.size();
    block.samples = count;
    if (even_) {
      block.data = s.data + static_cast<std::ptrdiff_t>(channels_[0]) * s.channel_stride + static_cast<std::ptrdiff_t>(first) * s.sample_stride;
      if (channels_.size() > 1) block.channel_stride = (static_cast<std::ptrdiff_t>(channels_[1]) - static_cast<std::ptrdiff_t>(channels_[0])) * s.channel_stride;
      block.sample_stride = s.sample_stride;
    } else {
      copied_.resize(std::max(copied_.size(), count * channels_.size()));
      for (std::size_t c = 0; c < channels_.size(); ++c) {
        const recorded_group& from = *sources_[c];
        const float* at = from.data + static_cast<std::ptrdiff_t>(channels_[c]) * from.channel_stride + static_cast<std::ptrdiff_t>(first) * from.sample_stride;
        for (std::size_t i = 0; i < count; ++i) copied_[c * count + i] = at[static_cast<std::ptrdiff_t>(i) * from.sample_stride];
      }
      block.data = copied_.data();
      block.channel_stride = static_cast<std::ptrdiff_t>(count);
    }
    at_ += count;
    next_time_ = done() ? never : s.time_of(at_);
    return block;
  }

 private:
  std::size_t group_;
  std::vector<const recorded_group*> sources_;  ///< of each channel; all with the same times
  std::vector<std::size_t> channels_;           ///< within its source
  bool even_ = true;
  double rate_hz_ = 0.0;
  std::size_t at_ = 0;
  time_ns next_time_ = 0;
  std::vector<float> copied_;
};

bool same_times(const recorded_group& a, const recorded_group& b) {
  const auto same_segment = [](const recorded_group::segment& x, const recorded_group::segment& y) { return x.first_sample == y.first_sample && x.start_time == y.start_time; };
  return a.samples == b.samples && a.timestamps == b.timestamps && std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(), same_segment);
}

result<std::vector<group_walk>> plan_walks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups) {
  std::vector<channel> given;
  std::vector<std::pair<const recorded_group*, std::size_t>> homes;
  for (const recorded_group& g : source.groups()) {
    for (std::size_t c = 0; c < g.channels.size(); ++c) {
      given.push_back(g.channels[c]);
      homes.emplace_back(&g, c);
    }
  }
  std::vector<group_walk> walks;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    if (groups[k].empty()) continue;
    std::vector<channel> wanted;
    for (const std::size_t i : groups[k]) wanted.push_back(channels[i]);
    MILLWRIGHT_TRY(const auto found, match_channels(wanted, given, "the recording"));
    std::vector<const recorded_group*> sources;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < found.size(); ++i) {
      sources.push_back(homes[found[i]].first);
      rows.push_back(homes[found[i]].second);
      if (sources[i] != sources[0] && !same_times(*sources[i], *sources[0])) {
        return error(errc::invalid_data, "ingest, the recording", "channels \"" + wanted[0].name + "\" and \"" + wanted[i].name + "\" have one rate but different times.",
                     "channels of one rate are acquired together: cut them to the same samples, or give them different rates");
      }
    }
    walks.emplace_back(k, std::move(sources), std::move(rows));
  }
  return walks;
}
}  // namespace

result<void> visit_blocks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups, std::size_t max_samples,
                          function_ref<result<void>(const sample_block&)> visit) {
  MILLWRIGHT_TRY(std::vector<group_walk> walks, plan_walks(source, channels, groups));
  max_samples = std::max<std::size_t>(max_samples, 1);
  double fastest = 0.0;
  for (const group_walk& w : walks) fastest = std::max(fastest, w.rate_hz());
  // A slower group leads faster ones by the time of one block, so that blocks stay large; a faster group never leads a slower one,
  // so no frame has to wait and frames do not depend on max_samples.
  const auto lead = static_cast<time_ns>(std::min(0.25e9, static_cast<double>(max_samples) * 1e9 / fastest));
  while (true) {
    group_walk* first = nullptr;
    for (group_walk& w : walks) {
      if (w.done()) continue;
      if (first == nullptr || w.next_time() < first->next_time() || (w.next_time() == first->next_time() && w.rate_hz() < first->rate_hz())) first = &w;
    }
    if (first == nullptr) return {};
    time_ns until = never;
    for (const group_walk& w : walks) {
      if (&w == first || w.done()) continue;
      until = std::min(until, w.next_time() + (w.rate_hz() > first->rate_hz() ? lead : 0));
    }
    MILLWRIGHT_CHECK(visit(first->take(max_samples, until)));
  }
}

}  // namespace millwright
