#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/alarm/episode.hpp"
#include "millwright/calibrate/tail_calibration.hpp"
#include "millwright/core/any_stage.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/stage_instance.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/detail/function_ref.hpp"

namespace millwright {

/// Called with the share done (0 .. 1) and what is being done; return false to stop (the fit then ends with an error).
using progress_callback = function_ref<bool(double, std::string_view)>;

/// The stages that turn a feature row into a severity:
///
///   normalize -> detect (one or more) -> smooth -> detector tails -> fuse -> fused tail
struct judge_parts {
  std::optional<any_stage> normalize;
  std::vector<any_stage> detect;
  std::optional<any_stage> smooth;  ///< over detector scores
  std::optional<any_stage> fuse;
  tail_calibration detector_tails;  ///< severity of each detector, learned on held-out scores
  tail_calibration fused_tail;      ///< severity after fusion: settled by settle_fused_tail, learned on held-out severities
};

/// How held-out scores are made: contiguous blocks of training rows, each scored by models that saw neither it nor the `purged_rows` on
/// either side of it.
struct cross_fit {
  std::int64_t folds = 5;
  std::size_t purged_rows = 0;
};

/// Severities of many rows.
struct judged_rows {
  row_table detectors;  ///< one column each
  row_table fused;      ///< one column, calibrated: what the alarm sees
};

/// The settings of a fused tail: those of the detectors' tails, but always exponential. Fused severities are logarithms of tail
/// probabilities already; a heavier tail, fitted to few excesses, would flatten gross faults a second time.
[[nodiscard]] tail_calibration settle_fused_tail(const tail_calibration& detector_tails);

/// Learns every model of a judge from rows of normal operation, in the order of time, all finite and none of them not scored. Gives the
/// severities of these rows by models that had not seen them.
/// Deterministic: same input, same bytes. Errors: fewer than 2 rows, whatever a stage refuses, stopped by the callback.
[[nodiscard]] result<judged_rows> fit_judge(
    judge_parts& parts, const port& features, const const_rows& rows, const cross_fit& how,
    progress_callback progress = [](double, std::string_view) { return true; });

/// What fitted parts say about many rows in the order of time, from the start of a stream: the same bytes as an instance gives row by
/// row. Rows without a score have NaN. Errors: whatever a stage's prepare refuses.
[[nodiscard]] result<judged_rows> judge_rows(const judge_parts& fitted, const port& features, const const_rows& rows);

/// What a judge says about one row. Spans are valid until the next row.
struct verdict {
  row_meta meta;                       ///< quality and regime as the normaliser and the detectors leave them
  bool scored = false;                 ///< false: scores and severity are NaN; meta.quality says why
  std::span<const double> scores;      ///< one per detector, smoothed, higher = more anomalous
  std::span<const double> severities;  ///< one per detector: -log10 of its tail probability
  double severity = 0.0;               ///< fused and calibrated: -log10 of the tail probability
};

/// Fitted stages that turn feature rows into severities: immutable, shared by any number of instances and threads.
class judge {
 public:
  judge() = default;
  /// Checks that the fitted parts fit together and the features. Errors: whatever a stage's prepare refuses; a detector that gives more
  /// than one score; smoothing or fusion that gives another number of columns.
  [[nodiscard]] static result<judge> prepare(const judge_parts& fitted, const port& features);

  [[nodiscard]] std::size_t features() const noexcept { return plan_->feature_names.size(); }
  [[nodiscard]] const std::vector<std::string>& feature_names() const noexcept { return plan_->feature_names; }
  [[nodiscard]] const std::vector<std::string>& normalized_names() const noexcept { return plan_->normalized_names; }
  [[nodiscard]] const std::vector<std::string>& detector_names() const noexcept { return plan_->detector_names; }

  /// A stage in its place, in the order in which a row passes.
  struct slot {
    std::string key;  ///< of its section: "normalize", "detect.0", ...
    any_stage stage;  ///< prepared
  };
  [[nodiscard]] std::span<const slot> slots() const noexcept { return plan_->slots; }

  /// One running copy: the state of one stream, on the scratch of one thread.
  class instance {
   public:
    /// Takes all memory; nothing from the heap. `of` must outlive the instance.
    void create(const judge& of, workspace& memory) noexcept;
    /// End what create placed in the state region, and in the scratch region.
    void destroy_state() noexcept;
    void destroy_scratch() noexcept;
    /// Start of a stream.
    void reset() noexcept;
    /// Fills what lies in the scratch region; once, by the instance that was created first on it.
    void reset_scratch() noexcept;

    /// Judges one row of features().
    const verdict& process(std::span<const double> features, const row_meta& meta) noexcept;
    /// The features behind the last row's severity: each detector's contributions as shares, weighted by how anomalous that detector
    /// finds the row; largest first.
    void explain(contributor_list& contributors) noexcept;
    /// The same for every normalised column: shares that add up to 1, or all 0 where nothing can be said.
    std::span<const double> explain() noexcept;

    /// Calls visit(index of the slot, stage_instance&) for each stage.
    template <class Visit>
    void visit_state(Visit&& visit) {
      for (std::size_t i = 0; i < stages_.size(); ++i) visit(i, stages_[i]);
    }

   private:
    /// Contributions of all detectors, weighted; returns the sum of the weights.
    double add_shares() noexcept;

    const judge* of_ = nullptr;
    std::span<stage_instance> stages_;     ///< as slots()
    std::span<stage_instance> stateless_;  ///< those in the scratch region; the list lies there too
    std::span<double> normalized_row_, raw_scores_, scores_, severities_, contributions_, shares_;
    verdict verdict_;
  };

 private:
  struct plan {
    std::vector<slot> slots;
    std::vector<std::string> feature_names;
    std::vector<std::string> normalized_names;         ///< features that the detectors see, in their order
    std::vector<std::string> detector_names;           ///< "isolation_forest", a second one "isolation_forest_2"
    std::vector<std::uint32_t> feature_of_normalized;  ///< column of the features behind each normalised one
  };
  // Places of the slots.
  static constexpr std::size_t normalize_at = 0;
  static constexpr std::size_t first_detector = 1;
  [[nodiscard]] std::size_t detectors() const noexcept { return plan_->detector_names.size(); }
  [[nodiscard]] std::size_t smooth_at() const noexcept { return first_detector + detectors(); }
  [[nodiscard]] std::size_t tails_at() const noexcept { return smooth_at() + 1; }
  [[nodiscard]] std::size_t fuse_at() const noexcept { return smooth_at() + 2; }
  [[nodiscard]] std::size_t fused_tail_at() const noexcept { return smooth_at() + 3; }

  std::shared_ptr<const plan> plan_;
};

/// Names of detectors in order: their ids, a repeated one numbered ("mahalanobis", "mahalanobis_2").
[[nodiscard]] std::vector<std::string> name_detectors(std::span<const any_stage> detect);

}  // namespace millwright
