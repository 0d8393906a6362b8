#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// An isolation forest in a compact form, for small devices: rows in, one score per row out, as isolation_forest defines it.
///
/// Fitting grows the forest with the same parameters and the same random numbers, drops trees that the wanted accuracy can do
/// without, packs the rest and measures on the training rows what that cost. Precision of the thresholds:
///
///   rank     position among the distinct thresholds of the feature, and a table of these: every decision as before
///   float32  rounded up to float32: every decision as before where the features are float32 values
///   fixed16  one of 65535 equal steps between the smallest and the largest threshold of the feature
///
/// Leaves point into a table of the exact path lengths, and the training box stays float64: without pruning, and in the first two
/// forms, scores have the same bits as those of the forest. A row with a value that is not finite scores NaN.
/// The trees are one stream of bits: 46 bits a split and 8 a leaf at 32 columns and float32 thresholds.
/// `prepare` unpacks it once, for this stage and all copies. Errors: as isolation_forest; a column whose thresholds do not fit
/// the precision.
/// Sources: Liu, Ting & Zhou, ICDM 2008; pruning by the standard error of the mean over trees.
class quantized_forest {
 public:
  static constexpr std::string_view id = "quantized_forest";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Isolation forest packed for small devices: thresholds as ranks, float32 or 16 bits, with the loss measured while fitting.";

  std::int64_t trees = 100;
  std::int64_t samples = 256;
  std::int64_t max_depth = 0;
  double out_of_box_weight = 1.0;
  std::string precision = "float32";
  double pruning_tolerance = 0.0;
  double contamination = 0.01;
  std::int64_t seed = 0;
  std::int64_t threads = 1;

  learned_array<std::uint8_t> packed_;
  learned_array<double> threshold_table_;
  learned_array<std::int32_t> table_start_;
  learned_array<double> path_;
  learned_array<double> box_low_;
  learned_array<double> box_high_;
  std::int64_t sample_size_ = 0;
  std::int64_t trees_kept_ = 0;
  std::int64_t bytes_ = 0;
  double worst_difference_ = 0.0;
  double flip_rate_ = 0.0;
  double score_threshold_ = 0.0;
  double standard_error_ = 0.0;

  static auto params() {
    using self = quantized_forest;
    return std::tuple{
        integer("trees", &self::trees, 100, 1, 10000, unit::none, "number of trees before pruning"),
        integer("samples", &self::samples, 256, 2, 16384, unit::window,
                "training rows drawn for each tree, without replacement; all rows where there are fewer"),
        integer("max_depth", &self::max_depth, 0, 0, 64, unit::none, "splits on the longest path; 0: log2 of the samples, rounded up"),
        number("out_of_box_weight", &self::out_of_box_weight, 1.0, 0, 1e6, unit::none,
               "weight of the mean excess over the training range; 0: the published forest"),
        choice("precision", &self::precision, "float32", "rank|float32|fixed16",
               "how thresholds are kept: rank is exact, float32 is exact for float32 features, fixed16 is the smallest"),
        number("pruning_tolerance", &self::pruning_tolerance, 0.0, 0, 1, unit::none,
               "largest change of a training row's score for which trees may be dropped; 0: keep all"),
        number("contamination", &self::contamination, 0.01, 0, 0.5, unit::share,
               "training rows beyond the threshold at which flipped decisions are counted"),
        random_seed(&self::seed),
        integer("threads", &self::threads, 1, 0, 1024, unit::none,
                "threads that fit; 0: one per processor; the model does not depend on it"),
    };
  }
  static constexpr auto model() {
    using self = quantized_forest;
    return std::tuple{
        learned{"packed", &self::packed_,
                "the trees, node before left before right child, lowest bit first: 1, feature, threshold, or 0, index of the path"},
        learned{"threshold_table", &self::threshold_table_,
                "rank: distinct thresholds, feature by feature; fixed16: threshold of code 0 and codes per unit [columns, 2]"},
        learned{"table_start", &self::table_start_, "rank: first threshold of each feature, then their number [columns + 1]"},
        learned{"path", &self::path_, "distinct path lengths of the leaves, ascending"},
        learned{"box_low", &self::box_low_, "smallest training value of each feature"},
        learned{"box_high", &self::box_high_, "largest training value of each feature"},
        learned{"sample_size", &self::sample_size_, "rows drawn for each tree"},
        learned{"trees_kept", &self::trees_kept_, "trees after pruning"},
        learned{"bytes", &self::bytes_, "size of the arrays above"},
        learned{"worst_difference", &self::worst_difference_,
                "largest difference to the score of the forest before, over the training rows"},
        learned{
            "flip_rate", &self::flip_rate_,
            "share of the training rows that are beyond the threshold before and not after, or the other way round; each forest has its "
            "own threshold, beyond which lies the share `contamination` of the rows"},
        learned{"score_threshold", &self::score_threshold_, "this threshold of the packed forest"},
        learned{"standard_error", &self::standard_error_,
                "standard error of the score because the number of trees is finite, mean over training rows"},
    };
  }

  quantized_forest();

  /// Packs a forest that is fitted already. `rows`: rows of normal operation, on which the loss is measured and the threshold set;
  /// `settings`: precision, pruning_tolerance and contamination, the rest is the forest's.
  /// Errors: not fitted, another number of columns, fewer than 8 rows without NaN.
  static result<quantized_forest> from_forest(const isolation_forest& forest, const const_rows& rows, quantized_forest settings);

  /// The forest that scores: thresholds as they are compared. Errors: not fitted, a model that does not fit.
  [[nodiscard]] result<isolation_forest> unpack() const;

  /// Output: one column "quantized_forest". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept { forest_.take(memory); }
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept { forest_.process(in, out); }

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(quantized_forest&& other);
  /// Errors: as isolation_forest; thresholds that do not fit the precision.
  result<void> finish();

  /// As isolation_forest.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { forest_.explain(row, contributions); }

 private:
  struct shared_forest;

  result<void> pack(const isolation_forest& forest, const const_rows& rows);

  std::shared_ptr<shared_forest> shared_;  // what the first prepare unpacked
  isolation_forest forest_;
  detail::training_rows training_;
};

static_assert(learner<quantized_forest> && explains<quantized_forest>);

}  // namespace millwright
