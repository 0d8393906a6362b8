#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/statistics/standardizer.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace detail {
struct kernel_table;
}

/// Distance to the nearest rows of normal operation. Rows in, one score per row out: the Euclidean distance to the `neighbors` nearest
/// reference rows, in scales of the columns: their mean, the largest of them or their median.
///
/// The reference set is every training row, or, of more than `max_reference`, a part of them (of 65536 rows at even distances, where there
/// are more). Half of it are rows at even distances, as dense as all are: centres alone are spread evenly over dense and sparse places,
/// so that distances to several of them say nothing about density. The other half greedy k-centre selection adds where the first leaves
/// the largest gaps, so that rare but normal rows are kept and, with one neighbour, a score differs from that of the full set by at most
/// the covering radius. The search is exact. A training row that is a reference row counts itself, at distance 0. Columns that do not
/// vary take no part; a row with a value that is not finite scores NaN. O(references x columns) a row; memory of one row, one tile of
/// distances and the neighbours. Sources: Ramaswamy, Rastogi & Shim, SIGMOD 2000 (largest); Angiulli & Pizzuti, PKDD 2002 (mean);
/// Gonzalez, Theoretical Computer Science 38 (1985).
class knn_distance {
 public:
  static constexpr std::string_view id = "knn_distance";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Distance to the nearest rows of normal operation: rows in places where no training row was score high.";

  std::int64_t neighbors = 5;
  std::string aggregate = "mean";
  std::int64_t max_reference = 1024;
  std::string scaling = "standard";

  learned_array<double> center_;
  learned_array<double> scale_;
  learned_array<double> reference_;

  static auto params() {
    using self = knn_distance;
    return std::tuple{
        integer("neighbors", &self::neighbors, 5, 1, 1000, unit::none, "nearest reference rows that count; all where there are fewer"),
        choice("aggregate", &self::aggregate, "mean", "mean|largest|median", "what of their distances is the score"),
        integer("max_reference", &self::max_reference, 1024, 2, 65536, unit::none,
                "most reference rows; of more training rows, a subset that is as dense and covers them is chosen"),
        choice("scaling", &self::scaling, "standard", "standard|robust",
               "scale of a column: mean and standard deviation, or median and 1.4826 MAD"),
    };
  }
  static auto model() {
    using self = knn_distance;
    return std::tuple{
        learned{"center", &self::center_, "location of each column [columns]"},
        learned{"scale", &self::scale_, "spread of each column; 0: not used [columns]"},
        learned{"reference", &self::reference_, "standardised reference rows, column by column [used columns, references]"},
    };
  }

  /// Output: one column "knn_distance". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(knn_distance&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies.
  result<void> finish();

  /// Mean over the counted neighbours (largest and median: that neighbour) of the squared difference in each column.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  /// Fills squares_ and nearest_ for the row in scaling_, ascending; ties go to the earlier reference row.
  void find_neighbors() noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  std::size_t references_ = 0;
  detail::standardizer standardizer_;
  std::span<double> tile_;            // scratch
  std::span<double> squares_;         // of the distances to the nearest references; scratch
  std::span<std::uint32_t> nearest_;  // which those are; scratch
  detail::training_rows training_;
};

static_assert(learner<knn_distance> && explains<knn_distance>);

}  // namespace millwright
