#pragma once

#include <cstddef>

#include "millwright/data/time.hpp"

namespace millwright {

/// Samples of one channel group as they arrive from a driver or a reader: `channels` rows of `samples` float32 values.
/// Value of channel c at sample i is data[c * channel_stride + i * sample_stride], so planar and interleaved memory both fit.
struct sample_block {
  std::size_t group = 0;  ///< which channel group of the pipeline, in the order of stream::groups()
  const float* data = nullptr;
  std::size_t channels = 0;
  std::size_t samples = 0;
  std::ptrdiff_t channel_stride = 0;
  std::ptrdiff_t sample_stride = 1;
  time_ns start_time = continues_previous;  ///< stamp of the first sample; the rest follow at the nominal rate
  const time_ns* timestamps = nullptr;      ///< or one stamp for each sample, which then decides

  explicit operator bool() const noexcept { return samples > 0; }
};

}  // namespace millwright
