#include "millwright/data/recording.hpp"

#include <algorithm>

#include "millwright/ingest/readers.hpp"

namespace millwright {

namespace {
constexpr time_ns stamp_limit = (time_ns{1} << 62) - 1;

time_ns bounded(time_ns t) noexcept { return std::clamp(t, -stamp_limit, stamp_limit); }
}  // namespace

time_ns recorded_group::time_of(std::size_t sample) const noexcept {
  time_ns from = 0;
  std::size_t since = sample;
  if (!timestamps.empty()) {
    std::size_t stamped = sample;
    while (stamped > 0 && timestamps[stamped] == continues_previous) --stamped;
    if (timestamps[stamped] != continues_previous) from = timestamps[stamped];
    since = sample - stamped;
  } else if (!segments.empty()) {
    const auto after =
        std::upper_bound(segments.begin(), segments.end(), sample, [](std::size_t s, const segment& g) { return s < g.first_sample; });
    const segment& in = after == segments.begin() ? segments.front() : *(after - 1);
    from = in.start_time;
    since = sample - std::min(sample, in.first_sample);
  }
  const double rate_hz = channels.empty() ? 0.0 : channels.front().rate_hz;
  const double ns = rate_hz > 0.0 ? std::min(static_cast<double>(since) * 1e9 / rate_hz, 4e18) : 0.0;
  return bounded(bounded(from) + static_cast<time_ns>(ns + 0.5));
}

result<void> recording::add(recorded_group group) {
  const auto refuse = [&](std::string_view what, std::string_view mend) {
    return error(errc::invalid_data, "ingest, group " + std::to_string(groups_.size()) + " of the recording", what, mend);
  };
  if (group.channels.empty()) return refuse("the group has no channel", "give it at least one");
  for (std::size_t i = 0; i < group.channels.size(); ++i) {
    const channel& c = group.channels[i];
    if (!(c.rate_hz > 0.0 && c.rate_hz <= 1e9))
      return refuse("channel \"" + c.name + "\" has no sampling rate", "give its nominal rate_hz");
    if (c.rate_hz != group.channels.front().rate_hz) {
      return refuse("channels \"" + group.channels.front().name + "\" and \"" + c.name + "\" have different rates",
                    "put them into groups of their own");
    }
    const auto same_name = [&](const channel& other) { return other.name == c.name; };
    bool taken = std::any_of(group.channels.begin(), group.channels.begin() + static_cast<std::ptrdiff_t>(i), same_name);
    for (const auto& g : groups_) taken = taken || std::any_of(g.channels.begin(), g.channels.end(), same_name);
    if (taken) return refuse("there are two channels named \"" + c.name + "\"", "give every channel a name of its own");
  }
  if (group.samples > 0 && group.data == nullptr) return refuse("the group has samples but no data", "set data");
  if (!group.timestamps.empty() && group.timestamps.size() != group.samples) {
    return refuse("there are " + std::to_string(group.timestamps.size()) + " timestamps for " + std::to_string(group.samples) + " samples",
                  "give one a sample, or none");
  }
  for (std::size_t i = 0; i < group.segments.size(); ++i) {
    const std::size_t first = group.segments[i].first_sample;
    if ((i == 0 && first != 0) || (i > 0 && first <= group.segments[i - 1].first_sample) || (first >= group.samples && group.samples > 0)) {
      return refuse("segment " + std::to_string(i) + " begins at sample " + std::to_string(first),
                    "segments begin at sample 0 and ascend, all within the samples");
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

result<recorded_group> read_group(signal_reader& reader, double rate_hz, std::size_t max_samples) {
  recorded_group group;
  group.channels = reader.channels();
  for (channel& c : group.channels) {
    if (c.rate_hz == 0.0) c.rate_hz = rate_hz;
  }
  const std::size_t channels = group.channels.size();
  auto values = std::make_shared<std::vector<float>>();  // interleaved
  while (true) {
    MILLWRIGHT_TRY(const sample_block block, reader.next(65536));
    if (!block) break;
    if (block.samples > max_samples - std::min(max_samples, group.samples)) {
      return error(errc::limit_exceeded, "ingest", "the input has more than " + std::to_string(max_samples) + " samples a channel",
                   "read it as a stream, or raise the limit");
    }
    const std::size_t to = values->size();
    values->resize(to + block.samples * channels);
    for (std::size_t i = 0; i < block.samples; ++i) {
      for (std::size_t c = 0; c < channels; ++c) {
        (*values)[to + i * channels + c] =
            block.data[static_cast<std::ptrdiff_t>(c) * block.channel_stride + static_cast<std::ptrdiff_t>(i) * block.sample_stride];
      }
    }
    if (block.timestamps != nullptr) {
      // Text that is regular after all: a stamp, then rows that follow. Then segments say the same in less memory.
      for (std::size_t i = 0; i < block.samples; ++i) {
        const std::size_t sample = group.samples + i;
        if (!group.timestamps.empty()) {
          group.timestamps.push_back(block.timestamps[i]);
        } else if (block.timestamps[i] != continues_previous) {
          if (sample < 2 * group.segments.size()) {  // most rows are stamped
            group.timestamps.assign(sample, continues_previous);
            for (const auto& s : group.segments) group.timestamps[s.first_sample] = s.start_time;
            group.timestamps.push_back(block.timestamps[i]);
            group.segments.clear();
          } else {
            group.segments.push_back({sample, block.timestamps[i]});
          }
        }
      }
    } else if (!group.timestamps.empty()) {
      group.timestamps.push_back(block.start_time);
      group.timestamps.resize(group.samples + block.samples, continues_previous);
    } else if (block.start_time != continues_previous) {
      group.segments.push_back({group.samples, block.start_time});
    }
    group.samples += block.samples;
  }
  if (!group.segments.empty() && group.segments.front().first_sample != 0)
    group.segments.insert(group.segments.begin(), recorded_group::segment{0, 0});
  group.data = values->data();
  group.channel_stride = 1;
  group.sample_stride = static_cast<std::ptrdiff_t>(channels);
  group.owner = std::move(values);
  return group;
}

}  // namespace millwright
