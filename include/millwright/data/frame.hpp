#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millwright {

/// One window of one channel, contiguous, with a validity mask (nullptr: every sample is valid).
struct frame_view {
  const float* samples = nullptr;
  const std::uint8_t* sample_quality = nullptr;  ///< quality bits per sample
  std::size_t size = 0;
  std::size_t valid = 0;  ///< samples without an unusable bit
  double rate_hz = 0.0;
};

/// All channels of one window length at one end time, ordered as the pipeline's channels.
struct frame {
  std::span<const frame_view> channels;
};

}  // namespace millwright
