#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millwright/archive.hpp"
#include "millwright/block.hpp"
#include "millwright/error.hpp"
#include "millwright/ingest/stream_clock.hpp"
#include "millwright/params.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// Shape of the frames of one window length.
struct window_shape {
  std::string label;                  ///< "" for the first (shortest written name), else as the user wrote it: "1s", "4096"
  std::vector<std::size_t> lengths;   ///< samples per channel, in pipeline channel order
};

/// What the windower gives and the feature extractor takes.
struct frame_port {
  std::vector<channel> channels;      ///< channels of role ignore are absent
  std::vector<window_shape> windows;
};

/// A complete hop: one frame per window length, all ending at the same time.
struct frame_set {
  time_ns end_time = 0;               ///< stamp of the last sample of the first channel group
  std::uint32_t quality = 0;          ///< row-level bits: or of the sample bits inside, late_group
  bool enough_valid = false;          ///< every channel of every window reaches min_valid_share
  std::span<const frame> windows;
};

/// Cuts the samples of all channel groups into windows that end together. Rules in docs/concepts.md, "Windows and time".
///
/// The grid starts at the first sample of a segment (start of stream, or the first sample after a gap above max_gap) of the
/// primary group (the one with the highest rate); end times are spaced by `hop`. A channel of another rate contributes its
/// newest samples at or before the end time: max(1, round(length * rate)) of them.
class windower {
 public:
  static constexpr std::string_view id = "window";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Cuts every channel into windows that end at the same time on the stream clock.";

  std::vector<std::string> length;          ///< e.g. {"100ms"}, {"4096"}: time (ns, us, ms, s, min, h) or samples of the primary group
  std::string hop;                          ///< same notation; empty: the first length (no overlap)
  double min_valid_share = 1.0;             ///< frames with fewer valid samples are not scored
  clock_policy clock;                       ///< nested parameters of the stream clock

  static auto params();                     ///< defined below the class by the author: length, hop, min_valid_share

  /// Checks channels and parameters, negotiates lengths, takes all memory.
  /// Errors: no channel, rate <= 0, two channels of one name, window under 1 sample, window above 2^26 samples.
  result<frame_port> prepare(std::span<const channel> channels, workspace& memory);
  void reset() noexcept;

  /// Channel groups, ordered by first appearance of their rate in the channel list; each lists channel indices.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept;

  /// Takes a block of any size and calls `on_frames(const frame_set&)` for each complete hop, in order. The views are valid
  /// during the call only. Errors: unknown group, wrong channel count (the state is unchanged).
  template <class OnFrames>
  result<void> push(const sample_block& block, OnFrames&& on_frames) noexcept;

  [[nodiscard]] const clock_counters& counters() const noexcept;

  template <class Archive>
  void persist(Archive& archive);
  [[nodiscard]] bool state_is_valid() const noexcept;
};

}  // namespace millwright
