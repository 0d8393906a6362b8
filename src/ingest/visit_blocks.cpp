#include <algorithm>
#include <limits>
#include <string>

#include "millwright/data/recording.hpp"
#include "millwright/ingest/channel_match.hpp"

namespace millwright {

namespace {
constexpr time_ns never = std::numeric_limits<time_ns>::max();

/// The walk through what one group of the pipeline takes from the recording.
class group_walk {
 public:
  group_walk(std::size_t group, const recorded_group& from, std::vector<std::size_t> channels)
      : from_(&from),
        select_(group, std::move(channels)),
        rate_hz_(from.channels.front().rate_hz),
        next_time_(from.samples > 0 ? from.time_of(0) : never) {}

  [[nodiscard]] bool done() const noexcept { return at_ >= from_->samples; }
  [[nodiscard]] double rate_hz() const noexcept { return rate_hz_; }
  [[nodiscard]] time_ns next_time() const noexcept { return next_time_; }

  /// At most `most` samples, those up to time `until`, but at least one.
  sample_block take(std::size_t most, time_ns until) {
    const recorded_group& s = *from_;
    const std::size_t first = at_;
    std::size_t count = std::min(most, s.samples - first);
    sample_block block;
    if (s.timestamps.empty()) {
      const auto after = std::upper_bound(s.segments.begin(), s.segments.end(), first,
                                          [](std::size_t n, const recorded_group::segment& g) { return n < g.first_sample; });
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
    block.channels = s.channels.size();
    block.samples = count;
    block.data = s.data + static_cast<std::ptrdiff_t>(first) * s.sample_stride;
    block.channel_stride = s.channel_stride;
    block.sample_stride = s.sample_stride;
    at_ += count;
    next_time_ = done() ? never : s.time_of(at_);
    return select_(block);
  }

 private:
  const recorded_group* from_;
  block_selector select_;
  double rate_hz_;
  std::size_t at_ = 0;
  time_ns next_time_;
};
}  // namespace

result<void> visit_blocks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups,
                          std::size_t max_samples, function_ref<result<void>(const sample_block&)> visit) {
  std::vector<std::vector<channel>> inputs;
  for (const recorded_group& g : source.groups()) inputs.push_back(g.channels);
  MILLWRIGHT_TRY(const channel_match match, match_channels(inputs, channels, groups));
  std::vector<group_walk> walks;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!groups[g].empty()) walks.emplace_back(g, source.groups()[match.groups[g].input], match.groups[g].channels);
  }
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
      if (first == nullptr || w.next_time() < first->next_time() || (w.next_time() == first->next_time() && w.rate_hz() < first->rate_hz()))
        first = &w;
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
