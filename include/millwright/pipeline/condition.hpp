#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/any_signal_stage.hpp"
#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/time.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/ingest/gridder.hpp"

namespace millwright {

/// Signal stages that a channel goes through between clock and frames, in order.
struct channel_condition {
  std::string channel;
  std::vector<any_signal_stage<float>> stages;
};

/// Rate of a channel behind its stages; its own where it is not listed. Errors: those of the stages' prepare.
[[nodiscard]] result<double> conditioned_rate_hz(const channel& of, std::span<const channel_condition> conditions);

/// Filters, integrates, decimates gridded samples. Prepared once for a model and constant then; an instance carries one stream. Rules in
/// docs/ingest.md, "Condition stages".
///
/// Channels of one group that go through the same stages stay together, as a lane, which is a channel group of the framer; a group none of
/// whose channels is conditioned is one lane, whose runs pass through as they are.
class conditioner {
 public:
  struct lane {
    std::size_t group = 0;              ///< of the gridder
    std::vector<std::size_t> channels;  ///< positions in that group
    double rate_hz = 0.0;
    double delay_s = 0.0;    ///< time by which an item comes after what it describes
    double lead_in_s = 0.0;  ///< from the first sample of a segment to the first item
    double memory_s = 0.0;   ///< how far back an item reaches
    double burst_s = 0.0;    ///< most that comes at once before another lane of its group goes on; 0 where there is none
  };

  /// Errors, naming channel and stage: unknown or ignored channel, one given twice, a stage that does not give one value of each channel
  /// for one or more samples, or that raises the rate, and those of the stages' prepare.
  static result<conditioner> prepare(std::span<const channel> channels, const gridder& grid, std::span<const channel_condition> conditions);

  /// Ordered by group, then by first appearance among its channels.
  [[nodiscard]] const std::vector<lane>& lanes() const noexcept { return lanes_; }

  class instance;

 private:
  struct prepared_stage {
    any_signal_stage<float> stage;
    std::size_t columns = 0;
    std::size_t room = 0;       ///< items of one call
    std::uint64_t skipped = 0;  ///< first items, made of what the stage supposes before its start
  };
  struct plan {
    std::vector<prepared_stage> stages;
    double ratio = 1.0;             ///< rate in over rate out
    double oldest = 0.0;            ///< input slots: item k is made of those from oldest + k * ratio on
    time_ns first_ns = 0;           ///< time of item 0 after the start of the segment
    std::uint64_t skipped = 0;      ///< first items, which describe what was before the segment
    bool passes = false;            ///< the group's runs as they are
    bool keeps_stamps = false;      ///< item for slot, without delay, and the only lane of its group
    std::size_t first_channel = 0;  ///< in lists by lane
    std::size_t first_stage = 0;
  };

  result<void> prepare_lane(const gridder& grid, const channel_condition& condition, std::size_t at);

  std::vector<lane> lanes_;
  std::vector<plan> plans_;  // of each lane
  std::size_t channels_ = 0;
  std::size_t stages_ = 0;
  std::size_t widest_ = 0;  // channels of a conditioned lane
  std::size_t room_ = 0;    // values of one call of any stage
  bool is_needed_ = false;
};

/// The condition stages of one stream.
class conditioner::instance {
 public:
  using on_run = function_ref<void(const grid_run&)>;

  /// `model` outlives it.
  static instance create(const conditioner& model, workspace& memory) noexcept;
  /// Ends the copies of the stages.
  void destroy() noexcept;
  void reset() noexcept;

  /// Gives what comes of a run of a channel group, with lanes in place of groups.
  void take(const grid_run& run, on_run give) noexcept;

  template <class Archive>
  void persist(Archive& archive) noexcept {
    if (!model_->is_needed_) return;
    for (lane_state& s : lanes_) archive(s.items_in, s.items_out, s.last_time);
    archive(stage_items_, held_, bad_end_, bad_bits_, clipped_end_);
    for (auto& stage : stages_) stage.persist(archive);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

 private:
  struct lane_state {
    std::uint64_t items_in = 0;   // of this segment
    std::uint64_t items_out = 0;  // of this segment, what was skipped between stages apart
    time_ns last_time = 0;        // of the last item given, in any segment that goes on in time
  };

  void begin_segment(std::size_t at, bool backwards, on_run give) noexcept;
  void pass_some(std::size_t at, const grid_run& run, on_run give) noexcept;
  void convert(std::size_t at, const grid_run& run, on_run give) noexcept;
  void convert_piece(std::size_t at, const grid_run& run, std::size_t from, std::size_t count, on_run give) noexcept;
  void give_rising(std::size_t at, const grid_run& run, on_run give) noexcept;

  const conditioner* model_ = nullptr;
  std::span<lane_state> lanes_;
  std::span<signal_stage_instance<float>> stages_;
  std::span<std::uint64_t> stage_items_;  // that each stage has given in this segment, up to what is skipped
  // Of each channel of each lane:
  std::span<float> held_;             // its last usable value, NaN before the first
  std::span<std::uint64_t> bad_end_;  // one past the last unusable slot of this segment
  std::span<std::uint8_t> bad_bits_;  // what was wrong with it
  std::span<std::uint64_t> clipped_end_;

  // Scratch.
  std::span<float> a_, b_;  // interleaved, before and behind a stage
  std::span<float> values_;
  std::span<std::uint8_t> marks_;
  std::span<std::size_t> marked_end_;
};

}  // namespace millwright
