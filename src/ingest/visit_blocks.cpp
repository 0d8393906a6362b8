#include <algorithm>
#include <limits>
#include <string>

#include "millwright/data/recording.hpp"
#include "millwright/ingest/channel_match.hpp"
#include "millwright/ingest/merge.hpp"

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

  [[nodiscard]] bool has_samples() const noexcept { return at_ < from_->samples; }
  [[nodiscard]] bool ended() const noexcept { return true; }
  [[nodiscard]] double rate_hz() const noexcept { return rate_hz_; }
  [[nodiscard]] time_ns next_time() const noexcept { return next_time_; }

  [[nodiscard]] std::size_t count_until(time_ns limit, std::size_t most) const noexcept {
    const recorded_group& s = *from_;
    std::size_t count = std::min(most, s.samples - at_);
    if (s.timestamps.empty()) {
      if (const auto next = next_segment(); next != s.segments.end()) count = std::min(count, next->first_sample - at_);
      std::size_t low = 1;  // times rise within a segment
      while (low < count) {
        const std::size_t middle = low + (count - low) / 2;
        if (s.time_of(at_ + middle) <= limit) {
          low = middle + 1;
        } else {
          count = middle;
        }
      }
    } else if (limit != never) {
      time_ns last = next_time_;
      const auto period = static_cast<time_ns>(std::min(1e9 / rate_hz_, 4e18));
      for (std::size_t i = 1; i < count; ++i) {
        last = s.timestamps[at_ + i] != continues_previous ? s.timestamps[at_ + i] : std::min(last, never - period) + period;
        if (last > limit) count = i;
      }
    }
    return count;
  }

  /// The next `count` samples.
  sample_block take(std::size_t count) {
    const recorded_group& s = *from_;
    sample_block block;
    if (!s.timestamps.empty()) {
      block.timestamps = s.timestamps.data() + at_;
    } else if (const auto next = next_segment(); at_ == 0 || (next != s.segments.begin() && (next - 1)->first_sample == at_)) {
      block.start_time = next_time_;
    }
    block.channels = s.channels.size();
    block.samples = count;
    block.data = s.data + static_cast<std::ptrdiff_t>(at_) * s.sample_stride;
    block.channel_stride = s.channel_stride;
    block.sample_stride = s.sample_stride;
    at_ += count;
    next_time_ = has_samples() ? s.time_of(at_) : never;
    return select_(block);
  }

 private:
  /// The first segment that begins after the next sample.
  [[nodiscard]] std::vector<recorded_group::segment>::const_iterator next_segment() const noexcept {
    return std::upper_bound(from_->segments.begin(), from_->segments.end(), at_,
                            [](std::size_t n, const recorded_group::segment& g) { return n < g.first_sample; });
  }

  const recorded_group* from_;
  block_selector select_;
  double rate_hz_;
  std::size_t at_ = 0;
  time_ns next_time_;
};
static_assert(merge_source<group_walk>);
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
  merge_policy policy;
  policy.lead = static_cast<time_ns>(std::min(0.25e9, static_cast<double>(max_samples) * 1e9 / fastest));
  while (true) {
    const merge_turn turn = next_turn<group_walk>(walks, max_samples, policy);
    if (turn.samples == 0) return {};
    MILLWRIGHT_CHECK(visit(walks[turn.source].take(turn.samples)));
  }
}

}  // namespace millwright
