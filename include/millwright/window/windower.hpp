#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/ingest/stream_clock.hpp"
#include "millwright/window/group_ring.hpp"

namespace millwright {

/// Shape of the frames of one window length.
struct window_shape {
  std::string label;                 ///< "" for the first (shortest written name), else as the user wrote it: "1s", "4096"
  std::vector<std::size_t> lengths;  ///< samples per channel, in pipeline channel order
};

/// What the windower gives and the feature extractor takes.
struct frame_port {
  std::vector<channel> channels;  ///< channels of role ignore are absent
  std::vector<window_shape> windows;
};

/// A complete hop: one frame per window length, all ending at the same time.
struct frame_set {
  time_ns end_time = 0;       ///< stamp of the last sample of the primary group (its slot's time if that sample is missing)
  std::uint32_t quality = 0;  ///< row-level bits: or of the sample bits inside, late_group
  bool enough_valid = false;  ///< every channel of every window reaches min_valid_share
  std::span<const frame> windows;
};

/// Cuts the samples of all channel groups into windows that end together. Rules in docs/ingest.md, "Windows".
///
/// The grid starts at the first sample of a segment (start of stream, or the first sample after a gap above max_gap) of the
/// primary group (the one with the highest rate); the first frame ends when the longest window is full, the next ones follow
/// by `hop`. A channel of another rate contributes its newest samples at or before the end time: max(1, round(length * rate)) of
/// them, masked where they are older than the window, one period and twice the jitter tolerance.
///
/// A frame is complete when every group has delivered up to its end time, or when the primary group has run max_lag_s ahead, or
/// starts a new segment: then what is missing is masked (late_group). Any cutting of the same samples in the same order gives
/// the same frames, bit for bit.
///
/// Time: O(samples + frames x length). Memory a channel: 5 bytes x (2 x longest window + max_lag), lag only with several groups.
class windower {
 public:
  static constexpr std::string_view id = "window";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Cuts every channel into windows that end at the same time on the stream clock.";

  std::vector<std::string> length;  ///< e.g. {"100ms"}, {"4096"}: time (ns, us, ms, s, min, h) or samples of the primary group
  std::optional<std::string> hop;   ///< same notation; none: the first length (no overlap)
  double min_valid_share = 1.0;     ///< frames with fewer valid samples are not scored
  clock_policy clock;               ///< nested parameters of the stream clock

  static auto params() {
    using w = windower;
    return std::tuple{
        names("length", &w::length,
              "window lengths: times (\"100ms\") or samples of the fastest group (\"4096\"); the first needs no label"),
        text("hop", &w::hop, "distance of frames, same notation; none: the first length"),
        number("min_valid_share", &w::min_valid_share, 1.0, 0.0, 1.0, unit::share,
               "share of valid samples that every channel of every window needs, or the frame is not scored"),
    };
  }

  /// Checks channels and parameters, negotiates lengths, takes all memory.
  /// Errors: no channel, rate <= 0, two channels of one name, window under 1 sample, window above 2^26 samples.
  result<frame_port> prepare(std::span<const channel> channels, workspace& memory);
  void reset() noexcept;

  /// Channel groups, ordered by first appearance of their rate in the channel list; each lists indices into the channels given
  /// to prepare. Channels of role ignore belong to no group: nobody has to deliver them.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept { return group_channels_; }
  /// Index of the group with the highest rate, on which the grid of frames rests.
  [[nodiscard]] std::size_t primary_group() const noexcept { return primary_; }

  /// Takes a block of any size and calls `on_frames(const frame_set&)` for each complete hop, in order. The views are valid
  /// during the call only. Errors: unknown group, wrong channel count (the state is unchanged).
  template <class OnFrames>
  result<void> push(const sample_block& block, OnFrames&& on_frames) noexcept {
    MILLWRIGHT_CHECK(check(block));
    for (std::size_t position = 0; position < block.samples;) {
      position = place(block, position);
      while (frame_is_ready()) on_frames(assemble());
    }
    return {};
  }

  /// Gives the frames that still wait for slower groups, masked where those have not delivered. For the end of a recording.
  template <class OnFrames>
  void flush(OnFrames&& on_frames) noexcept {
    force_ = pending_count_ > 0;
    while (frame_is_ready()) on_frames(assemble());
  }

  /// Distance of frames in seconds; valid after prepare.
  [[nodiscard]] double hop_s() const noexcept { return hop_slots_ / groups_[primary_].rate_hz; }

  [[nodiscard]] const clock_counters& counters() const noexcept { return counters_; }

  template <class Archive>
  void persist(Archive& archive) {
    counters_.persist(archive);
    for (channel_group& g : groups_) {
      g.clock.persist(archive);
      g.ring.persist(archive);
    }
    archive(segment_first_, hops_, pending_first_, pending_count_, pending_end_, pending_time_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  struct channel_group {
    double rate_hz = 0.0;
    group_clock clock;
    group_ring ring;
    std::size_t keep = 0;                          ///< slots of a slower group that count; 0 for the primary group
    std::vector<std::size_t> outputs;              ///< position of each channel in the frames
    std::vector<std::size_t> lengths;              ///< slots per window
    std::vector<time_ns> oldest;                   ///< per window: slots this much older than the end are masked
    std::vector<std::span<float>> patched_values;  ///< per window: copies of slower groups with masked slots
    std::vector<std::span<std::uint8_t>> patched_marks;
    // The sample under way inside one push.
    group_clock::verdict verdict;
    bool judged = false;
  };

  result<void> plan(std::span<const channel> channels, frame_port& port);
  void carve(std::span<const channel> channels, workspace& memory);

  [[nodiscard]] result<void> check(const sample_block& block) const noexcept;
  /// Takes samples from `position` on until a frame is complete or the block is used up; returns the next position.
  [[nodiscard]] std::size_t place(const sample_block& block, std::size_t position) noexcept;
  [[nodiscard]] std::size_t run_limit(channel_group& g, std::size_t wanted) noexcept;
  void after_slots(channel_group& g) noexcept;
  void begin_segment(channel_group& g) noexcept;
  [[nodiscard]] std::uint64_t boundary() const noexcept;
  [[nodiscard]] bool frame_is_ready() const noexcept;
  [[nodiscard]] const frame_set& assemble() noexcept;
  void view_primary(std::size_t window, std::uint64_t end) noexcept;
  void view_slower(channel_group& g, std::size_t window, time_ns end_time, bool late) noexcept;
  void finish_view(frame_view& view, std::uint32_t& row_quality, bool& enough, double share) const noexcept;
  [[nodiscard]] bool is_primary(const channel_group& g) const noexcept { return &g == &groups_[primary_]; }

  std::vector<std::vector<std::size_t>> group_channels_;
  std::vector<channel_group> groups_;
  std::size_t primary_ = 0;
  std::size_t channels_ = 0;  ///< in the frames
  std::size_t windows_ = 0;
  std::size_t longest_ = 0;    ///< slots of the primary group
  std::size_t lag_slots_ = 0;  ///< 0 with one group: nothing to wait for
  double hop_slots_ = 0.0;

  clock_counters counters_;
  std::uint64_t segment_first_ = 0;  ///< first slot of the primary group's segment
  std::uint64_t hops_ = 0;           ///< frames begun in this segment
  std::uint64_t pending_first_ = 0;  ///< complete in the primary group, waiting for slower ones: a queue
  std::uint64_t pending_count_ = 0;
  std::span<std::uint64_t> pending_end_;  ///< one past the last slot
  std::span<time_ns> pending_time_;
  bool force_ = false;  ///< give what is pending, whoever is late

  std::span<frame_view> views_;  ///< windows x channels
  std::span<frame> frames_;
  std::span<float> absent_values_;  ///< what a late group shows
  std::span<std::uint8_t> absent_marks_;
  frame_set set_;
};

}  // namespace millwright
