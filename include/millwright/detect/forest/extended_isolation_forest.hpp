#pragma once

#include <cstddef>
#include <cstdint>
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

/// The isolation forest with every option of its family: splits by hyperplanes, chosen by gain, other meanings of a leaf, categories,
/// missing values. isolation_forest is the fast special case for finite numbers; this one pays for its options at run time.
/// Rows in, one score per row out, higher = more anomalous:
///
///   score = f(mean leaf value over the trees) + out_of_box_weight * mean over numeric columns of the excess over the training range
///
/// scoring           leaf value                                                     f(mean)
/// depth             splits to the leaf + average_path(rows in it)                  2^(-mean / average_path(samples)), in (0, 1]
/// adjusted_depth    a split counts 2 / (1 + 1 / (2 p)) instead of 1                the same
/// density           log of the product of p over the splits                        -mean; 0: as dense as uniform
/// boxed_density     log(share of rows / share of the box's volume)                 -mean
/// boxed_ratio       -(share of the box's volume)                                   -mean, in [0, 1]
///
/// with p = (share of the node's rows) / (share of the node's range) on the side taken, and the box of a leaf the bounds that its
/// splits set within the sample's range; boxed scorings need one dimension. Two rows are not divided: a depth counts the split as made
/// (average_path(2) = 1), and a density takes them together.
///
/// A hyperplane combines `dimensions` columns, standardised over the node's rows, with random coefficients; a category column is
/// split by a random set of its categories, alone. Categories unknown to a node go to its smaller side, because they are rare.
/// Missing values (NaN): refuse: the row scores NaN; divide: both sides, weighted by their shares of the training rows; larger: the
/// side with more training rows; impute: the median (category: the most frequent) of the training rows. An infinity scores NaN.
/// Row weights decide how likely a tree draws a row (without replacement); refused where each tree draws all rows.
/// Tree t draws from random_stream(seed, t) alone: the model does not depend on the number of threads.
/// Scoring: O(trees x depth x dimensions) a row; with `divide` O(nodes) at worst. Fitting: O(trees x samples x depth x dimensions x
/// tries).
/// Sources: Liu, Ting & Zhou, ICDM 2008 and ECML 2010 (SCiForest); Hariri, Carrasco Kind & Brunner, 2019; Cortes, 2019 to 2021
/// (fair-cut forest, adjusted depth, densities); Lundberg et al., 2020 (Shapley values).
class extended_isolation_forest {
 public:
  static constexpr std::string_view id = "extended_isolation_forest";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Isolation forest with the options of its family: hyperplanes, splits by gain, densities, categories, missing values.";

  std::int64_t trees = 200;
  std::int64_t samples = 256;
  std::int64_t max_depth = 0;
  std::int64_t dimensions = 2;
  std::string coefficients = "normal";
  std::string split = "random";
  std::int64_t tries = 1;
  std::string column_choice = "uniform";
  bool penalize_range = false;
  std::string scoring = "depth";
  std::string missing = "refuse";
  std::vector<std::string> categorical;
  std::string explanation = "path";
  double out_of_box_weight = 1.0;
  std::int64_t seed = 0;
  std::int64_t threads = 1;

  learned_array<double> threshold_;
  learned_array<std::int32_t> child_;
  learned_array<std::int32_t> tree_start_;
  learned_array<std::int32_t> term_start_;
  learned_array<std::uint16_t> term_column_;
  learned_array<double> term_coefficient_;
  learned_array<double> term_center_;
  learned_array<double> left_share_;
  learned_array<std::uint16_t> cover_;
  learned_array<double> range_;
  learned_array<std::int64_t> categories_left_;
  learned_array<std::uint8_t> is_categorical_;
  learned_array<double> fill_;
  learned_array<double> box_low_;
  learned_array<double> box_high_;
  std::int64_t sample_size_ = 0;

  static auto params() {
    using self = extended_isolation_forest;
    return std::tuple{
        integer("trees", &self::trees, 200, 1, 10000, unit::none, "number of trees"),
        integer("samples", &self::samples, 256, 2, 16384, unit::window,
                "training rows drawn for each tree, without replacement; all rows where there are fewer"),
        integer("max_depth", &self::max_depth, 0, -1, 16384, unit::none,
                "splits on the longest path; 0: log2 of the samples, rounded up; -1: until at most two rows are together"),
        integer("dimensions", &self::dimensions, 2, 1, 64, unit::none,
                "columns combined by a split; 1: one column, as in isolation_forest; fewer where fewer columns vary"),
        choice("coefficients", &self::coefficients, "normal", "normal|uniform", "distribution of the coefficients of a combination"),
        choice("split", &self::split, "random", "random|averaged_gain|pooled_gain",
               "threshold: uniform in the range, or where it takes away most of the spread, averaged or pooled over the sides"),
        integer("tries", &self::tries, 1, 1, 1000, unit::none, "with gain: combinations tried, of which the best is taken"),
        choice("column_choice", &self::column_choice, "uniform", "uniform|range",
               "columns drawn with equal probability or in proportion to their range in the node, for columns of one unit"),
        flag("penalize_range", &self::penalize_range, false,
             "takes 1 from the depth for each split that a row passes further away than the node's range"),
        choice("scoring", &self::scoring, "depth", "depth|adjusted_depth|density|boxed_density|boxed_ratio",
               "what a leaf says about its rows"),
        choice(
            "missing", &self::missing, "refuse", "refuse|divide|larger|impute",
            "rows with missing values: not scored; both sides of a split, or its larger one (one dimension); median of the training rows"),
        names("categorical", &self::categorical, "columns that hold categories, whole numbers 0 to 63"),
        choice("explanation", &self::explanation, "path", "path|shap",
               "contributions by the columns on a row's paths, or by exact Shapley values of the mean leaf value (one dimension)"),
        number("out_of_box_weight", &self::out_of_box_weight, 1.0, 0, 1e6, unit::none,
               "weight of the mean excess over the training range; 0: the published forests"),
        random_seed(&self::seed),
        integer("threads", &self::threads, 1, 0, 1024, unit::none,
                "threads that fit; 0: one per processor; the model does not depend on it"),
    };
  }
  static constexpr auto model() {
    using self = extended_isolation_forest;
    return std::tuple{
        learned{"threshold", &self::threshold_,
                "split position of each inner node (at or above goes right; categories: 1 if unknown ones go left); value of each leaf"},
        learned{"child", &self::child_, "left child, counted from the tree's first node; the right one follows; 0: leaf [nodes]"},
        learned{"tree_start", &self::tree_start_, "first node of each tree, then the number of nodes [trees + 1]"},
        learned{"term_start", &self::term_start_, "first term of each node's combination, then the number of terms [nodes + 1]"},
        learned{"term_column", &self::term_column_, "column of each term"},
        learned{"term_coefficient", &self::term_coefficient_, "coefficient of each term"},
        learned{"term_center", &self::term_center_, "what is taken from the column's value before"},
        learned{"left_share", &self::left_share_, "share in which a row with a missing value goes left [nodes]"},
        learned{"cover", &self::cover_, "training rows in each node; for Shapley values"},
        learned{"range", &self::range_, "range of the combination over each node's rows; for penalize_range"},
        learned{"categories_left", &self::categories_left_, "bit c: category c goes left [nodes]"},
        learned{"is_categorical", &self::is_categorical_, "1 for columns that hold categories"},
        learned{"fill", &self::fill_, "value that stands in for a missing one"},
        learned{"box_low", &self::box_low_, "smallest training value of each column"},
        learned{"box_high", &self::box_high_, "largest training value of each column"},
        learned{"sample_size", &self::sample_size_, "rows drawn for each tree"},
    };
  }

  /// Output: one column "extended_isolation_forest". Errors: not fitted, another number of columns, options that do not go together
  /// or that the model was not fitted for, a model whose indices do not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void drop_fit_settings() noexcept { categorical.clear(); }
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(extended_isolation_forest&& other);
  /// Errors: fewer than 8 usable rows, no column that varies, more than 65534 columns, values that are no categories, weights
  /// without effect.
  result<void> finish();

  /// Contributions sum to the score (densities: where its first term is above 0): that term is shared out by depth credit, at a
  /// hyperplane by |coefficient x deviation|, or in proportion to the positive Shapley values, and each column adds its own excess.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

  /// Shapley values of the mean leaf value over the trees for one row: they sum to the mean leaf value minus the returned expected
  /// one. Needs explanation = shap; NaN otherwise and for a row that is not scored.
  double shapley_values(std::span<const double> row, std::span<double> values) noexcept;

 private:
  struct branch {  // a part of a row on its way through a tree
    std::size_t node;
    double weight, penalty;
  };
  class tree_view;

  [[nodiscard]] result<void> check_options() const;
  [[nodiscard]] result<void> check_model(std::size_t width);
  [[nodiscard]] result<void> check_node(std::size_t node, std::size_t first_term, std::size_t last_term) const;
  [[nodiscard]] bool is_category(std::size_t column) const noexcept { return is_categorical_.is_set() && is_categorical_[column] != 0; }
  enum class loaded : std::uint8_t { refused, with_missing, complete };
  [[nodiscard]] loaded load_row(std::span<const double> row) const noexcept;
  [[nodiscard]] double goes_left(std::size_t node, double& distance) const noexcept;
  [[nodiscard]] double tree_value(std::size_t root) const noexcept;
  [[nodiscard]] double mean_value() const noexcept;
  [[nodiscard]] double isolation(double mean) const noexcept;
  [[nodiscard]] double out_of_box(std::size_t column) const noexcept;
  void credit_paths(std::span<double> credit) const noexcept;

  // Set by prepare.
  std::size_t columns_ = 0;
  std::size_t tree_count_ = 0;
  std::size_t depth_ = 0;
  std::size_t numeric_columns_ = 0;
  double normalizer_ = 1.0;
  double longest_path_ = 1.0;
  bool depth_scored_ = true;
  bool divides_ = false;
  bool imputes_ = false;
  bool shap_ = false;
  std::span<double> row_;       // scratch
  std::span<branch> branches_;  // scratch
  detail::tree_shap shapley_;
  detail::training_rows training_;
};

static_assert(learner<extended_isolation_forest> && explains<extended_isolation_forest>);

}  // namespace millwright
