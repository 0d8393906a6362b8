#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/ingest/stream_clock.hpp"

namespace millwright {

/// When a value of a channel is marked.
struct sample_limits {
  float low = 0.0F;               ///< clipped at or below; -infinity: no check
  float high = 0.0F;              ///< clipped at or above; +infinity: no check
  std::uint32_t stuck_after = 0;  ///< identical values in a row that mean stuck; 0: no check
};

/// What comes next on the grid of one channel group: consecutive slots, all missing or all with a sample, or the start of a segment.
struct grid_run {
  enum class kind : std::uint8_t {
    none,     ///< the block is used up
    segment,  ///< the next run belongs to a new segment
    missing,  ///< no sample came
    samples,
  };

  kind what = kind::none;
  std::size_t group = 0;
  std::size_t count = 0;
  bool backwards = false;  ///< segment: its first stamp is not behind the last one

  const float* values = nullptr;            ///< samples: channel c, slot i at values[c * stride + i]; NaN where not finite
  const std::uint8_t* marks = nullptr;      ///< the same, quality bits
  const std::size_t* marked_end = nullptr;  ///< per channel: one past the last slot with a bit
  std::size_t stride = 0;

  slot_times grid;         ///< at(i): slot i of the run, for i = 0 .. count
  bool has_stamp = false;  ///< one sample with a stamp of its own
  time_ns stamp = 0;

  /// Time of slot i: its sample's stamp, else its place on the grid.
  [[nodiscard]] time_ns time(std::size_t i) const noexcept { return has_stamp ? stamp : grid.at(i); }
};

/// Places the samples of all channel groups on the regular grids of their rates and marks what is wrong with them. Rules in
/// docs/ingest.md. Prepared once for a model and constant then; an instance carries one stream.
class gridder {
 public:
  /// `max_gap_s` is what the policy's default 0 means. Channels of role ignore belong to no group.
  /// Errors: no channel, rate outside 1e-6 .. 1e9 Hz, two channels of one name, a range that does not ascend.
  static result<gridder> prepare(std::span<const channel> channels, const clock_policy& policy, double max_gap_s);

  /// Channel groups, ordered by first appearance of their rate in the channel list; each lists indices into the channels given.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept { return groups_; }
  [[nodiscard]] double rate_hz(std::size_t group) const noexcept { return rates_[group]; }

  /// Whether a block can be taken. Errors: unknown group, wrong channel count, samples without data.
  [[nodiscard]] result<void> check(const sample_block& block) const noexcept;

  class instance;

 private:
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<double> rates_;              // of each group
  std::vector<group_clock> clocks_;        // configured, of each group
  std::vector<std::size_t> first_limits_;  // where the limits of each group's channels start
  std::vector<sample_limits> limits_;
  std::size_t widest_ = 0;  // channels of the largest group
};

/// The grid of one stream. Time: O(samples), missing slots of a gap in O(1).
class gridder::instance {
 public:
  /// `model` outlives it.
  static instance create(const gridder& model, workspace& memory) noexcept;
  void reset() noexcept;

  /// The next run of a block that check() has accepted, from `position` on, which moves. What the run points to holds until the next call.
  /// To be called until it gives kind::none.
  [[nodiscard]] grid_run next(const sample_block& block, std::size_t& position) noexcept;

  [[nodiscard]] const clock_counters& counters() const noexcept { return counters_; }
  /// Counts what later steps notice: frames without a group that came too late, samples that were never used.
  [[nodiscard]] clock_counters& counters() noexcept { return counters_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    counters_.persist(archive);
    for (group_clock& clock : clocks_) clock.persist(archive);
    archive(last_value_, run_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  /// Parts of a checkpoint of version 1, which keeps them in another order.
  void read_version_1_counters(state_reader& reader) noexcept { counters_.persist(reader); }
  void read_version_1_clock(state_reader& reader, std::size_t group) noexcept { clocks_[group].persist(reader); }
  void read_version_1_runs(state_reader& reader, std::size_t group) noexcept;
  [[nodiscard]] const group_clock& clock(std::size_t group) const noexcept { return clocks_[group]; }

 private:
  void take(const sample_block& block, std::size_t position, std::size_t count, grid_run& run) noexcept;
  void mark(std::size_t at, float* values, std::uint8_t* marks, std::size_t count, std::size_t& marked_end) noexcept;
  std::size_t mark_run(std::size_t at, float* values, std::uint8_t* marks, std::size_t count) noexcept;

  const gridder* model_ = nullptr;
  clock_counters counters_;
  std::span<group_clock> clocks_;
  std::span<float> last_value_;   // of the stuck check, of each channel, NaN before the first
  std::span<std::uint32_t> run_;  // identical values in a row so far

  // A sample under way inside one block: judged, not yet placed.
  group_clock::verdict verdict_;
  bool is_judged_ = false;

  std::span<float> values_;  // scratch: one run
  std::span<std::uint8_t> marks_;
  std::span<std::size_t> marked_end_;
};

}  // namespace millwright
