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

/// Distance to the nearest of a few centres of normal operation. Rows in, one score per row out: the Euclidean distance, in scales of the
/// columns, to the nearest k-means centre, divided by its root mean square over the training rows; 1 is an ordinary row.
/// With `lags` it is the distance of a window of consecutive rows to the nearest typical window.
///
/// Columns that do not vary take no part; a row with a value that is not finite scores NaN. O(clusters x columns) a row; memory of
/// one row. Fitting: k-means++ starts on at most 16384 rows at even distances, O(rows x clusters x columns) a round.
/// Sources: Arthur & Vassilvitskii, SODA 2007; on windows, Yairi, Kato & Hori, i-SAIRAS 2001, as KMeansAD of Schmidl, Wenig & Papenbrock,
/// PVLDB 15 (2022).
class kmeans_distance {
 public:
  static constexpr std::string_view id = "kmeans_distance";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Distance to the nearest k-means centre: rows unlike each typical state of normal operation score high.";

  std::int64_t clusters = 10;
  std::string scaling = "standard";

  learned_array<double> center_;
  learned_array<double> scale_;
  learned_array<double> clusters_;
  double spread_ = 0.0;

  static auto params() {
    using self = kmeans_distance;
    return std::tuple{
        integer("clusters", &self::clusters, 10, 1, 1024, unit::none, "centres; fewer where there are fewer distinct training rows"),
        choice("scaling", &self::scaling, "standard", "standard|robust",
               "scale of a column: mean and standard deviation, or median and 1.4826 MAD"),
    };
  }
  static auto model() {
    using self = kmeans_distance;
    return std::tuple{
        learned{"center", &self::center_, "location of each column [columns]"},
        learned{"scale", &self::scale_, "spread of each column; 0: not used [columns]"},
        learned{"clusters", &self::clusters_, "standardised centres of the clusters, column by column [used columns, clusters]"},
        learned{"spread", &self::spread_, "root mean square distance of the training rows to their centres"},
    };
  }

  /// Output: one column "kmeans_distance". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(kmeans_distance&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies.
  result<void> finish();

  /// Squared difference to the nearest centre in each column, in units of the squared spread: their sum is the squared score.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  /// Centre nearest to the row in standardizer_, the first of equals; squares_ holds all squared distances.
  [[nodiscard]] std::size_t nearest() noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  detail::standardizer standardizer_;
  std::span<double> squares_;  // scratch
  detail::training_rows training_;
};

static_assert(learner<kmeans_distance> && explains<kmeans_distance>);

}  // namespace millwright
