#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/features/feature_extractor.hpp"
#include "millwright/ingest/gridder.hpp"
#include "millwright/window/framer.hpp"
#include "millwright/window/window_policy.hpp"

namespace millwright {

/// From samples to feature rows: the clock's grid, frames, features. The only owner of these; fitting, streams, cost reports and golden
/// vectors all go through it, so that they cannot drift apart.
///
/// Prepared once for a model and constant then, shared by all streams; an instance carries one stream.
class front {
 public:
  /// Errors: those of gridder, framer and feature_extractor.
  static result<front> prepare(std::span<const channel> channels, const window_policy& window, const feature_extractor& features);
  /// A front that gives frames instead of rows: for what looks at samples, and needs no features. It keeps more samples while frames wait.
  static result<front> prepare_frames(std::span<const channel> channels, const window_policy& window);

  /// Columns of the rows.
  [[nodiscard]] const port& row_port() const noexcept { return rows_; }
  [[nodiscard]] const frame_port& frames() const noexcept { return framer_.port(); }
  /// Channel groups in the order that sample_block::group counts; each lists indices into the channels given.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept { return gridder_.groups(); }
  /// Distance of rows, and length of the longest window, in seconds.
  [[nodiscard]] double hop_s() const noexcept { return framer_.hop_s(); }
  [[nodiscard]] double longest_window_s() const noexcept { return frames().longest_window_s(); }

  /// Of what an instance persists.
  static constexpr std::uint16_t state_version = 1;

  class instance;

 private:
  /// How the channels reach the framer.
  struct framed_channels {
    std::vector<channel> channels;
    std::vector<framer::group> groups;
  };

  result<framed_channels> prepare_grid(std::span<const channel> channels, const window_policy& window);

  gridder gridder_;
  framer framer_;
  feature_extractor features_;
  bool has_rows_ = false;
  port rows_;
  std::vector<std::uint8_t> is_fastest_;  // of each column: read from the primary group, so computed before the frame waits
};

/// The front of one stream.
class front::instance {
 public:
  /// Quality carries not_scored when too few samples are valid or a feature is undefined. The row is valid during the call only.
  using on_row = function_ref<void(std::span<const double> features, const row_meta& meta)>;
  using on_frames = function_ref<void(const frame_set&)>;

  /// `model` outlives it.
  static instance create(const front& model, workspace& memory) noexcept;
  /// End what create placed in the state region, and in the scratch region.
  void destroy_state() noexcept {}
  void destroy_scratch() noexcept { features_.destroy(); }
  /// Start of a stream.
  void reset() noexcept;
  /// Fills what lies in the scratch region; once, by the instance that was created first on it.
  void reset_scratch() noexcept { features_.reset(); }

  /// Takes a block of any size and gives each complete row, in order. Errors: unknown group, wrong channel count; the state is unchanged.
  result<void> push(const sample_block& block, on_row give) noexcept;
  /// Gives the rows that still wait for slower groups, masked where those have not delivered. For the end of a recording.
  void flush(on_row give) noexcept;

  /// The same with the frames instead of rows, for a front of prepare_frames. Views are valid during the call only.
  result<void> push_frames(const sample_block& block, on_frames give) noexcept;
  void flush_frames(on_frames give) noexcept;

  [[nodiscard]] const clock_counters& counters() const noexcept { return grid_.counters(); }
  /// Samples taken from each group so far.
  [[nodiscard]] std::span<const std::uint64_t> position() const noexcept { return position_; }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    grid_.persist(archive);
    frames_.persist(archive);
    archive(waiting_rows_, position_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept { return grid_.state_is_valid() && frames_.state_is_valid(); }

  /// Reads what a checkpoint of version 1 holds in place of this, the position apart, which comes later in it. Fails the reader when the
  /// state is impossible.
  void read_version_1(state_reader& reader) noexcept;
  void read_version_1_position(state_reader& reader) noexcept { reader(position_); }

 private:
  void compute(const frame_set& set, on_row give) noexcept;

  const front* model_ = nullptr;
  gridder::instance grid_;
  framer::instance frames_;
  feature_extractor::instance features_;
  std::span<std::uint64_t> position_;
  std::span<double> waiting_rows_;  // what the primary group gives, of rows that wait for slower groups
  std::span<double> row_;
};

}  // namespace millwright
