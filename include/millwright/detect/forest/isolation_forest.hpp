#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detect/forest/tree_shap.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace detail {
class forest_layout;
class forest_layout_slot;
struct forest_kernels;
[[nodiscard]] std::shared_ptr<forest_layout_slot> make_forest_layout_slot();
}  // namespace detail

/// Isolation forest with an out-of-box term. Rows in, one score per row out, higher = more anomalous:
///
///   score = 2^(-mean path / c(samples)) + out_of_box_weight * mean over features of the excess over the training range
///
/// where the excess of x is (x - max) / (max - min) above the training box, (min - x) / (max - min) below it, 0 inside and for
/// features that did not vary. The first term lies in (0, 1] and cannot tell "outside" from "far outside"; the second can;
/// a mean, so that its weight does not depend on the number of features.
/// A row with an infinite value scores NaN. So does a row with a NaN, unless the model says how large a share of it goes left at each
/// node (left_share): then its path is the mean over all leaves it reaches, and quality::undefined_feature is set.
///
/// Trees split a uniformly chosen non-constant feature at a uniform position (value >= threshold goes right). Tree t draws from
/// random_stream(seed, t) alone, so the model does not depend on the number of threads.
/// Scoring: single rows walk, O(trees x depth), without branches; blocks of rows are compared by rank, see docs/forests.md. All copies
/// share what is precomputed for that. Same bits for single rows and blocks, at every instruction level. Fitting: O(trees x samples x
/// (features + depth)). Sources: Liu, Ting & Zhou, ICDM 2008; attribution after Carletti, Terzi & Susto, DIFFI, 2019.
class isolation_forest {
 public:
  static constexpr std::string_view id = "isolation_forest";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Isolation forest with an out-of-box term: rows that random splits separate early, or that leave the training range, score high.";

  std::int64_t trees = 200;
  std::int64_t samples = 256;
  std::int64_t max_depth = 0;
  std::string missing = "refuse";
  std::string explanation = "path";
  double out_of_box_weight = 1.0;
  std::int64_t seed = 0;
  std::int64_t threads = 1;

  learned_array<double> threshold_;
  learned_array<std::uint16_t> node_;
  learned_array<std::int32_t> tree_start_;
  learned_array<double> box_low_;
  learned_array<double> box_high_;
  std::int64_t sample_size_ = 0;
  learned_array<double> path_scale_;
  learned_array<std::uint8_t> float32_input_;
  learned_array<double> left_share_;
  learned_array<std::uint16_t> cover_;

  static auto params() {
    using self = isolation_forest;
    return std::tuple{
        integer("trees", &self::trees, 200, 1, 10000, unit::none, "number of trees"),
        integer("samples", &self::samples, 256, 2, 16384, unit::window,
                "training rows drawn for each tree, without replacement; all rows where there are fewer"),
        integer("max_depth", &self::max_depth, 0, 0, 64, unit::none, "splits on the longest path; 0: log2 of the samples, rounded up"),
        choice("missing", &self::missing, "refuse", "refuse|divide|larger",
               "rows with missing values: not scored; both sides of a split, by their shares of the training rows; its larger side"),
        choice("explanation", &self::explanation, "path", "path|shap",
               "contributions by the columns on a row's paths, or by exact Shapley values of the mean path length"),
        number("out_of_box_weight", &self::out_of_box_weight, 1.0, 0, 1e6, unit::none,
               "weight of the mean excess over the training range; 0: the published forest"),
        random_seed(&self::seed),
        integer("threads", &self::threads, 1, 0, 1024, unit::none,
                "threads that fit; 0: one per processor; the model does not depend on it"),
    };
  }
  static constexpr auto model() {
    using self = isolation_forest;
    return std::tuple{
        learned{"threshold", &self::threshold_, "split position of each inner node; path length of each leaf [nodes]"},
        learned{"node", &self::node_,
                "feature and left child (the right one follows), counted from the tree's first node; a leaf has feature = columns and is "
                "its own child [nodes, 2]"},
        learned{"tree_start", &self::tree_start_, "first node of each tree, then the number of nodes [trees + 1]"},
        learned{"box_low", &self::box_low_, "smallest training value of each feature"},
        learned{"box_high", &self::box_high_, "largest training value of each feature"},
        learned{"sample_size", &self::sample_size_, "rows drawn for each tree"},
        learned{"path_scale", &self::path_scale_,
                "what the sum of path lengths is divided by, of models from elsewhere; unset: trees, then c(samples) [1]"},
        learned{"float32_input", &self::float32_input_, "1: values are rounded to float32 first, of models from elsewhere; unset: 0 [1]"},
        learned{"left_share", &self::left_share_,
                "share of a row without a value for the node's feature that goes left, 0 to 1; unset: such a row scores NaN [nodes]"},
        learned{"cover", &self::cover_, "training rows in each node, for Shapley values; unset: there are none [nodes]"},
    };
  }

  /// Output: one column "isolation_forest". Errors: not fitted, another number of columns, a model whose indices do not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;
  /// The scores of `count` rows of float32 values, `stride` values apart: bit for bit those of the same values as float64.
  void score(const float* rows, std::size_t count, std::size_t stride, double* scores) noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(isolation_forest&& other);
  /// Errors: fewer than 8 usable rows, no column that varies, more than 65534 columns, row weights without effect. Weights decide how
  /// likely a tree draws a row.
  result<void> finish();
  /// observe and finish in one, on rows that need not be copied.
  result<void> fit(const port& in, const const_rows& rows);

  /// Contributions sum to the score: its first term is shared out by depth credit (features that isolate early earn more) or in
  /// proportion to the positive Shapley values, the second by each feature's own excess.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

  /// Shapley values of the mean path length for one row, signed: how much each column shortens it. They sum to the returned expected
  /// path minus the row's. Needs explanation = shap; NaN otherwise and for a row that is not scored.
  double shapley_values(std::span<const double> row, std::span<double> values) noexcept;

  /// Mean path length of an unsuccessful search among n rows: 2 H(n-1) - 2 (n-1) / n, harmonic number exact; 0 for n < 2.
  [[nodiscard]] static double average_path(std::int64_t n) noexcept;

 private:
  class tree_view;
  result<void> learn(const const_rows& rows);

  enum class row_kind : std::uint8_t { finite, incomplete, not_scored };
  static constexpr std::size_t lanes = 8;  // trees of one row, or rows of one tree, that walk side by side
  static constexpr std::size_t block_rows = 16;

  [[nodiscard]] double excess(double value, std::size_t feature) const noexcept;
  [[nodiscard]] double isolation_of(double path_sum) const noexcept;
  template <class Input>
  [[nodiscard]] row_kind load_row(const Input* row, double* padded) const noexcept;
  template <class Input>
  [[nodiscard]] double score_of(double path_sum, const Input* row) const noexcept;
  template <class Input>
  [[nodiscard]] double score_row(const Input* row, row_meta* meta) const noexcept;
  template <class Input>
  void score_rows(const Input* rows, std::size_t count, std::size_t stride, double* scores, std::size_t scores_stride,
                  row_meta* meta) noexcept;
  [[nodiscard]] double path_sum_of(const double* padded) const noexcept;
  [[nodiscard]] double incomplete_path_sum_of(const double* padded) const noexcept;
  void path_sums_of_block(double* sums) const noexcept;

  // Set by prepare: the model's arrays and what follows from them.
  const double* thresholds_ = nullptr;
  const std::uint16_t* nodes_ = nullptr;
  const std::int32_t* starts_ = nullptr;
  std::size_t tree_count_ = 0;
  std::size_t columns_ = 0;
  std::size_t depth_ = 0;
  double longest_path_ = 0.0;
  double normalizer_ = 1.0;
  bool round_ = false;
  std::shared_ptr<detail::forest_layout_slot> layouts_ = detail::make_forest_layout_slot();
  std::shared_ptr<const detail::forest_layout> layout_;
  const detail::forest_kernels* kernels_ = nullptr;  // nullptr: blocks walk, too
  std::span<double> rows_;        // block_rows rows of columns + 1 values; the last is -infinity, which keeps a leaf where it is; scratch
  std::span<std::int8_t> ranks_;  // scratch
  detail::tree_shap shapley_;
  detail::training_rows training_;

  [[nodiscard]] result<void> check_explanation() const;
  [[nodiscard]] double share_left(std::size_t node) const noexcept;
  double credit_paths(std::span<double> credit) const noexcept;
};

static_assert(learner<isolation_forest> && explains<isolation_forest>);

}  // namespace millwright
