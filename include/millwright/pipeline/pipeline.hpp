#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/alarm/alarm.hpp"
#include "millwright/calibrate/tail_calibration.hpp"
#include "millwright/core/any_stage.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/features/feature_extractor.hpp"
#include "millwright/pipeline/condition.hpp"
#include "millwright/threshold/alert_budget.hpp"
#include "millwright/window/window_policy.hpp"

namespace millwright {

/// How a pipeline is fitted.
class fit_options {
 public:
  static constexpr std::string_view id = "fit";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "How a pipeline learns: the held-out scheme behind the calibration and the golden vectors.";

  std::int64_t folds = 5;           ///< contiguous blocks of training rows, each scored by a model that did not see it
  std::int64_t golden_windows = 2;  ///< windows of training signal that ride in the bundle and are replayed at load

  static auto params() {
    return std::tuple{
        integer(
            "folds", &fit_options::folds, 5, 2, 100, unit::none,
            "contiguous blocks of training rows, each scored by a model that has not seen it; these held-out scores calibrate the tails"),
        integer("golden_windows", &fit_options::golden_windows, 2, 1, 8, unit::window,
                "windows of training signal stored in the bundle and replayed when it is loaded"),
    };
  }
};

/// A whole pipeline: the assembly that the user declares, and after fitting the models in it.
///
///   samples -> clock -> condition -> window -> features -> normalize -> detect (one or more) -> smooth -> tail -> fuse -> tail -> alarm
struct pipeline_parts {
  std::vector<channel> channels;
  window_policy window;  ///< with the clock's policy
  std::vector<channel_condition> condition;  ///< stages between clock and frames; channels that are not listed have none
  feature_extractor features;
  std::optional<any_stage> normalize;  ///< set by parse_pipeline_parts; default context_normalizer
  std::vector<any_stage> detect;       ///< at least one; default isolation_forest and mahalanobis
  std::optional<any_stage> smooth;     ///< over detector scores; default running_median of 1 window
  std::optional<any_stage> fuse;       ///< default cauchy_fusion
  tail_calibration detector_tails;     ///< severity of each detector, learned on held-out scores
  tail_calibration fused_tail;         ///< severity after fusion; same parameters as detector_tails
  alert_budget budget;
  alarm alarms;
  fit_options fit;
};

/// Where a model comes from; kept in the bundle and printed by `inspect`.
struct provenance {
  std::string name;         ///< what the user calls the asset or model
  std::string created_utc;  ///< ISO 8601; given by the caller, never read from a clock inside the library
  std::string library_version;
  std::string numerics;  ///< numerics_id of the build that fitted
  std::string fft_backend;
  std::uint64_t training_rows = 0;  ///< windows that were learned from
  std::uint64_t dropped_rows = 0;   ///< training windows left out (invalid samples, undefined features)
  time_ns training_start = 0;
  time_ns training_end = 0;
  std::string notes;
};

/// Samples and expected results that prove a loaded pipeline on the machine that runs it.
struct golden_vectors {
  struct group {
    std::vector<float> samples;  ///< planar: channel by channel
    std::size_t channels = 0;
  };
  std::vector<group> inputs;     ///< one per channel group, pushed in this order
  std::vector<double> expected;  ///< rows x columns: features, detector scores, severity; once as recorded, once amplified
  std::size_t rows = 0;
  std::size_t columns = 0;
  static constexpr float amplification = 8.0F;
};

/// A fitted pipeline: immutable, shared by any number of streams and threads. Copying copies a pointer.
class pipeline {
 public:
  struct contents {
    pipeline_parts parts;
    millwright::provenance origin;
    alert_budget::verdict evidence;  ///< what the calibration could prove about the threshold
    golden_vectors golden;
    // Filled when the pipeline is put together:
    std::vector<std::string> feature_names;
    std::vector<std::string> normalized_names;  ///< features that the detectors see, in their order
    std::vector<std::string> detector_names;    ///< "isolation_forest", a second one "isolation_forest_2"
    std::size_t memory_needed = 0;
    std::array<std::uint8_t, 32> fingerprint = {};  ///< SHA-256 of the bundle; ties checkpoints to it
  };

  /// Checks that all parts fit together (shapes, indices, parameters) and measures the memory of a stream.
  /// `memory_cap` bounds that memory. Errors: whatever a stage's prepare refuses.
  static result<pipeline> assemble(contents c, std::size_t memory_cap = std::size_t{1} << 30);

  [[nodiscard]] const contents& operator*() const noexcept { return *contents_; }
  [[nodiscard]] const contents* operator->() const noexcept { return contents_.get(); }

  /// Bytes that one stream takes from its workspace: exact.
  [[nodiscard]] std::size_t memory_needed() const noexcept { return contents_->memory_needed; }
  [[nodiscard]] const std::vector<std::string>& feature_names() const noexcept { return contents_->feature_names; }

 private:
  explicit pipeline(std::shared_ptr<const contents> c) : contents_(std::move(c)) {}
  std::shared_ptr<const contents> contents_;
};

/// What a stream says about one window. Spans are valid during the call only.
struct window_result {
  time_ns end_time = 0;
  std::uint32_t quality = 0;
  std::int32_t regime = -1;
  bool scored = false;                 ///< false: scores and severity are NaN; quality says why
  std::span<const double> features;    ///< in the order of pipeline::feature_names()
  std::span<const double> scores;      ///< one per detector, smoothed, higher = more anomalous
  std::span<const double> severities;  ///< one per detector: -log10 of its tail probability
  double severity = 0.0;               ///< fused and calibrated: -log10 of the tail probability
  bool alarm_active = false;
  alarm::event event = alarm::event::none;
  const episode* current_episode = nullptr;  ///< set when event is raised, peaked or cleared, and while active
};

/// One running stream of a fitted pipeline: all state of one asset.
/// Threads: one thread at a time per stream; streams are independent.
class stream {
 public:
  /// Takes all memory: from `memory` (at least pipeline.memory_needed() bytes, 64-byte aligned, outliving the stream) or, when
  /// empty, by one allocation. Afterwards push allocates nothing, locks nothing and makes no system call.
  static result<stream> create(const pipeline& model, std::span<std::byte> memory = {});

  stream(stream&&) noexcept;
  stream& operator=(stream&&) noexcept;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream();

  /// Channel groups in the order that sample_block::group counts; each lists channel indices of the pipeline.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const noexcept;

  /// Takes a block of any size; calls `on_window` for every completed window, in order.
  /// Errors: unknown group, wrong number of channels; the state is then unchanged.
  result<void> push(const sample_block& block, function_ref<void(const window_result&)> on_window) noexcept;

  /// Gives the windows that still wait for slower channel groups, masked where those have not delivered: for the end of a
  /// recording. A stream that will go on needs no flush.
  void flush(function_ref<void(const window_result&)> on_window) noexcept;

  /// As push with a callback; returns the episodes raised or cleared by this block, at most `max_episodes` (older ones win; the rest is
  /// counted by `episodes_dropped()`). Valid until the next push.
  result<std::span<const episode>> push(const sample_block& block) noexcept;
  static constexpr std::size_t max_episodes = 64;
  [[nodiscard]] std::uint64_t episodes_dropped() const noexcept;

  /// Back to the state after create.
  void reset() noexcept;

  [[nodiscard]] const pipeline& model() const noexcept;
  [[nodiscard]] const clock_counters& counters() const noexcept;
  [[nodiscard]] std::uint64_t windows() const noexcept;  ///< window results so far
  [[nodiscard]] std::uint64_t windows_not_scored() const noexcept;
  [[nodiscard]] std::uint64_t episodes() const noexcept;  ///< raised so far
  /// Samples taken from each group so far: where a replay must go on after a restore.
  [[nodiscard]] std::span<const std::uint64_t> position() const noexcept;

  /// Checkpoint: everything that push depends on, with the pipeline's fingerprint and a SHA-256.
  [[nodiscard]] std::size_t checkpoint_size() const noexcept;
  /// Writes checkpoint_size() bytes; no allocation. Error: `out` too small.
  result<std::size_t> write_checkpoint(std::span<std::byte> out) const noexcept;
  /// Continues where write_checkpoint was called. Errors: corrupt bytes, another pipeline; then the stream is reset.
  result<void> restore_checkpoint(std::span<const std::byte> bytes) noexcept;

 private:
  struct state;
  explicit stream(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// How closely a golden replay must agree when the bundle was fitted under another numerics_id or FFT backend (relative).
/// Under the same ones the bytes must be equal.
inline constexpr double golden_tolerance = 1e-9;

/// Computes the golden rows of a pipeline on this machine: as recorded, then amplified.
result<std::vector<double>> compute_golden(const pipeline& model);

/// Replays the golden vectors. Error: which row and column differs, expected and found.
result<void> replay_golden(const pipeline& model);

}  // namespace millwright
