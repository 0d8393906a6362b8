#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// Shape of the frames of one window length.
struct window_shape {
  std::string label;                 ///< "" for the first (shortest written name), else as the user wrote it: "1s", "4096"
  std::vector<std::size_t> lengths;  ///< samples per channel, in pipeline channel order
};

/// What the framer gives and the feature extractor takes.
struct frame_port {
  std::vector<channel> channels;  ///< channels of role ignore are absent; rates as they are after the condition stages
  std::vector<window_shape> windows;

  /// Seconds that the longest window of any channel covers.
  [[nodiscard]] double longest_window_s() const noexcept;
};

/// A complete hop: one frame per window length, all ending at the same time.
struct frame_set {
  /// A frame whose fastest group is complete may have to wait for slower ones. Where its samples do not wait (see framer), they are shown
  /// at once, as `fastest`, and what they miss is shown later, as `rest`. Channels that are not shown have views of size 0.
  enum class part : std::uint8_t { whole, fastest, rest };

  time_ns end_time = 0;       ///< stamp of the last sample of the primary group (its slot's time if that sample is missing)
  std::uint32_t quality = 0;  ///< row-level bits: or of the sample bits inside, late_group; of both parts in `rest`
  bool enough_valid = false;  ///< every channel of every window reaches min_valid_share; of both parts in `rest`
  std::span<const frame> windows;
  part shown = part::whole;
  std::size_t place = 0;  ///< of the two parts of one frame: the same, and free again after `rest`
};

}  // namespace millwright
