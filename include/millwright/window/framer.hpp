#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/frame.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/time.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/ingest/gridder.hpp"
#include "millwright/window/frame_port.hpp"
#include "millwright/window/window_policy.hpp"

namespace millwright {

/// Cuts the gridded samples of all channel groups into windows that end together. Rules in docs/ingest.md, "Windows".
///
/// The grid of frames starts at the first sample of a segment (start of stream, or the first sample after a gap above max_gap) of the
/// primary group (the one with the highest rate); the first frame ends when the longest window is full, the next ones follow
/// by `hop`. A channel of another rate contributes its newest samples at or before the end time: max(1, round(length * rate)) of
/// them, masked where they are older than the window, one period and twice the jitter tolerance.
///
/// A frame is complete when every group has delivered up to its end time, or when the primary group has run max_lag_s ahead, or
/// starts a new segment: then what is missing is masked (late_group). Any cutting of the same samples in the same order gives
/// the same frames, bit for bit.
///
/// Prepared once for a model and constant then; an instance carries one stream.
/// Time: O(samples + frames x length). State: 5 bytes a slot of each channel; the primary group keeps the longest window, and the lag too
/// where its samples wait for slower groups.
class framer {
 public:
  /// Channels that share a grid.
  struct group {
    double rate_hz = 0.0;
    double delay_s = 0.0;               ///< by which its slots come after their times, on top of the clock
    std::vector<std::size_t> channels;  ///< indices into the channels given
  };
  /// What waits while slower groups have not delivered: the primary group's samples, or what has been made of them (see
  /// frame_set::part).
  enum class waiting : std::uint8_t { samples, results };

  /// `channels` without those of role ignore, with the rates of their groups.
  /// Errors: no window or more than 64, two of one length, under 1 sample or above 2^26; hop under one sample; lag above 2^28 samples.
  static result<framer> prepare(std::span<const channel> channels, std::vector<group> groups, const window_policy& policy,
                                waiting kept = waiting::samples);

  [[nodiscard]] const frame_port& port() const noexcept { return port_; }
  /// Index of the group with the highest rate, on which the grid of frames rests.
  [[nodiscard]] std::size_t primary_group() const noexcept { return primary_; }
  /// Distance of frames in seconds.
  [[nodiscard]] double hop_s() const noexcept { return hop_slots_ / groups_[primary_].rate_hz; }
  /// Longest window as it was asked for, in seconds.
  [[nodiscard]] double longest_window_s() const noexcept { return longest_s_; }
  /// Frames that may wait at once; 0 with one group.
  [[nodiscard]] std::size_t most_waiting() const noexcept { return lag_slots_ == 0 ? 0 : most_pending_; }
  /// Bytes of samples that wait, beyond the longest window.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept;
  /// The channels of the primary group.
  [[nodiscard]] const std::vector<std::size_t>& primary_channels() const noexcept { return groups_[primary_].channels; }

  class instance;

 private:
  struct plan {
    double rate_hz = 0.0;
    double period_ns = 0.0;
    std::vector<std::size_t> channels;  ///< position of each channel in the frames
    std::vector<std::size_t> lengths;   ///< slots per window
    std::vector<time_ns> oldest;        ///< per window: slots this much older than the end are masked
    std::size_t longest = 0;
    std::size_t capacity = 0;       ///< slots that are kept
    std::size_t capacity_1 = 0;     ///< slots of memory in a checkpoint of version 1
    std::size_t first_value = 0;    ///< where its values start, channel by channel
    std::size_t first_stamp = 0;    ///< where its stamps start; the primary group has none
    std::size_t first_channel = 0;  ///< where its channels start in lists by group
  };

  result<void> plan_windows(const window_policy& policy);
  result<void> plan_memory(std::span<const group> groups, const window_policy& policy, waiting kept);

  std::vector<plan> groups_;
  frame_port port_;
  std::size_t primary_ = 0;
  std::size_t channels_ = 0;
  std::size_t windows_ = 0;
  std::size_t longest_ = 0;  // slots of the primary group
  double longest_s_ = 0.0;
  std::size_t lag_slots_ = 0;  // 0 with one group: nothing to wait for
  std::size_t most_pending_ = 0;
  double hop_slots_ = 0.0;
  double min_valid_share_ = 1.0;
  waiting kept_ = waiting::samples;
  std::size_t values_ = 0;  // slots x channels of all groups
  std::size_t stamps_ = 0;
  std::size_t patched_ = 0;           // samples of slower groups in one frame of every window
  std::vector<float> absent_values_;  // what a late group shows
  std::vector<std::uint8_t> absent_marks_;
};

/// The rings and waiting frames of one stream.
class framer::instance {
 public:
  using on_frames = function_ref<void(const frame_set&)>;

  /// `model` outlives it.
  static instance create(const framer& model, workspace& memory) noexcept;
  void reset() noexcept;

  /// Takes the next run of a group and gives the frames that it completes, in order. Views are valid during the call only. `counters`
  /// counts overruns and late groups.
  void take(const grid_run& run, clock_counters& counters, on_frames give) noexcept;
  /// Gives the frames that still wait for slower groups, masked where those have not delivered. For the end of a recording.
  void flush(clock_counters& counters, on_frames give) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    for (group_state& g : groups_) archive(g.head, g.first, g.started, g.last, g.next);
    archive(values_, marks_, stamps_, marked_end_, segment_first_, hops_, pending_first_, pending_count_, pending_end_, pending_time_,
            pending_quality_, pending_enough_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  /// The ring of the primary group as a checkpoint of version 1 holds it.
  struct ring_1 {
    std::uint64_t base = 0;  ///< slot at the start of the memory
    std::uint64_t first = 0;
    std::uint64_t head = 0;
    std::span<const std::byte> values, marks;
  };
  /// Reads one group's ring of such a checkpoint; that of the primary group is only noted. `clock` is the group's, read before.
  void read_version_1(state_reader& reader, std::size_t g, const group_clock& clock, ring_1& primary) noexcept;
  /// Reads the waiting frames, which come last, and fills the primary group's ring. Where samples do not wait, `give` is shown the waiting
  /// frames as part::fastest.
  void read_version_1(state_reader& reader, const ring_1& primary, on_frames give) noexcept;

 private:
  struct group_state {
    std::uint64_t head = 0;   // next slot
    std::uint64_t first = 0;  // oldest slot that counts
    time_ns last = 0;         // stamp of the last sample
    time_ns next = 0;         // time of the next slot
    bool started = false;
    // No sample at or before `end` is to come.
    [[nodiscard]] bool delivered(time_ns end) const noexcept { return started && (last >= end || next > end); }
  };

  [[nodiscard]] bool is_primary(std::size_t g) const noexcept { return g == model_->primary_; }
  [[nodiscard]] std::size_t slot_at(std::size_t g, std::uint64_t slot) const noexcept;
  [[nodiscard]] std::uint64_t boundary() const noexcept;
  [[nodiscard]] bool is_ready() const noexcept;
  [[nodiscard]] std::size_t run_limit(std::size_t g, std::size_t wanted) const noexcept;
  void begin_segment(std::size_t g, bool backwards, clock_counters& counters, on_frames give) noexcept;
  void forget_before(std::size_t g, std::uint64_t slot, clock_counters& counters) noexcept;
  void append(const grid_run& run, std::size_t from, std::size_t count) noexcept;
  void note_frame(const grid_run& run, std::size_t last) noexcept;
  void release(clock_counters& counters, on_frames give) noexcept;
  void show_fastest(std::size_t place, on_frames give) noexcept;
  void begin_set(std::size_t place, frame_set::part shown) noexcept;
  void finish_set() noexcept;
  void view_primary(std::uint64_t end) noexcept;
  void view_line(std::size_t c, const float* values, const std::uint8_t* marks, std::uint64_t end) noexcept;
  void view_slower(std::size_t g, time_ns end_time, bool late, std::size_t& patched) noexcept;
  void view_none(std::size_t g) noexcept;
  void copy_slots(std::size_t g, std::size_t channel, std::uint64_t slot, std::size_t count, float* values,
                  std::uint8_t* marks) const noexcept;
  [[nodiscard]] std::uint64_t end_at(std::size_t g, time_ns end) const noexcept;
  [[nodiscard]] time_ns stamp(std::size_t g, std::uint64_t slot) const noexcept;

  const framer* model_ = nullptr;
  std::span<group_state> groups_;
  std::span<float> values_;
  std::span<std::uint8_t> marks_;
  std::span<time_ns> stamps_;
  std::span<std::uint64_t> marked_end_;  // one past the newest slot of each channel that carries a bit; by group

  std::uint64_t segment_first_ = 0;  // first slot of the primary group's segment
  std::uint64_t hops_ = 0;           // frames begun in this segment
  std::uint64_t pending_first_ = 0;  // complete in the primary group, waiting for slower ones: a queue
  std::uint64_t pending_count_ = 0;
  std::span<std::uint64_t> pending_end_;  // one past the last slot
  std::span<time_ns> pending_time_;
  std::span<std::uint32_t> pending_quality_;  // of the part that was shown
  std::span<std::uint8_t> pending_enough_;
  bool force_ = false;  // give what is pending, whoever is late

  // Scratch.
  std::span<float> line_values_;  // the longest window of each channel of the primary group, where it wraps
  std::span<std::uint8_t> line_marks_;
  std::span<float> patched_values_;  // slower groups, every window
  std::span<std::uint8_t> patched_marks_;
  std::span<frame_view> views_;  // windows x channels
  std::span<frame> frames_;
  frame_set set_;
};

}  // namespace millwright
