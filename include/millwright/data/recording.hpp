#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/detail/function_ref.hpp"

namespace millwright {

class signal_reader;

/// Channels that were acquired together: one rate, one number of samples, one set of times. Refers to samples in someone's memory
/// (kept alive by `owner` where that is set), so that NumPy arrays and files are not copied.
struct recorded_group {
  /// A run of samples without gap: burst recordings have one for each record.
  struct segment {
    std::size_t first_sample = 0;
    time_ns start_time = 0;
  };

  std::vector<channel> channels;  ///< all of the same rate_hz
  const float* data = nullptr;    ///< channel c, sample i: data[c * channel_stride + i * sample_stride]
  std::ptrdiff_t channel_stride = 0;
  std::ptrdiff_t sample_stride = 1;
  std::size_t samples = 0;          ///< per channel
  std::vector<segment> segments;    ///< ascending, the first at sample 0; empty: one segment that starts at time 0
  std::vector<time_ns> timestamps;  ///< one per sample, or empty; where given, they decide
  std::shared_ptr<const void> owner;

  /// Stamp of a sample: its own, or the last one before it and the samples since at the nominal rate.
  [[nodiscard]] time_ns time_of(std::size_t sample) const noexcept;
};

/// Reads what is left of an input into memory; breaks in its time become segments, stamps become timestamps. The rate is the
/// reader's, or `rate_hz` where the reader knows none. Errors: the reader's; limit_exceeded above `max_samples` a channel.
[[nodiscard]] result<recorded_group> read_group(signal_reader& reader, double rate_hz = 0.0,
                                                std::size_t max_samples = std::size_t{1} << 31);

/// A recording in memory: one or more groups of channels.
class recording {
 public:
  /// Errors: no channel, no or different rates in a group, segments or timestamps that do not fit the samples, a name that exists.
  result<void> add(recorded_group group);

  [[nodiscard]] std::span<const recorded_group> groups() const noexcept { return groups_; }
  /// Longest group, in seconds of samples.
  [[nodiscard]] double duration_s() const noexcept;

 private:
  std::vector<recorded_group> groups_;
};

/// Walks a recording in the order of time as blocks that a stream takes. `channels` and `groups` are the pipeline's
/// (stream::groups()). Blocks hold at most `max_samples` samples; groups of different rates take turns of at
/// most a quarter of a second, the slower ones first: a faster group is never ahead of a slower one, so no frame waits. The first error of
/// `visit` ends the walk and is returned. Errors: those of match_channels.
result<void> visit_blocks(const recording& source, std::span<const channel> channels, const std::vector<std::vector<std::size_t>>& groups,
                          std::size_t max_samples, function_ref<result<void>(const sample_block&)> visit);

}  // namespace millwright
