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
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

namespace detail {
struct kernel_table;
}

/// Mahalanobis distance with a shrunk or a robust covariance. Rows in, one score per row out: sqrt((x - location)' S^-1 (x - location)).
///
/// Fitting clips each column at `winsor` robust standard deviations around its median, so that a few bad training rows do not
/// widen the covariance, then shrinks it towards a multiple of the identity. Columns that do not vary take no part.
/// Estimator mcd instead takes location and covariance of the share `support` of the rows whose covariance has the smallest
/// determinant, reweighted: it withstands up to 1 - support of bad training rows, whatever they are. It neither clips nor shrinks.
/// A row with a value that is not finite scores NaN.
/// O(columns^2) a row; memory of two rows. Fitting: O(rows x columns^2 + columns^3).
/// Sources: OAS, Chen, Wiesel, Eldar & Hero, IEEE Trans. Signal Process. 58 (2010), in the form for many columns that
/// scikit-learn uses; Ledoit & Wolf, J. Multivariate Analysis 88 (2004); deterministic MCD, Hubert, Rousseeuw & Verdonck,
/// J. Computational and Graphical Statistics 21 (2012).
class mahalanobis {
 public:
  static constexpr std::string_view id = "mahalanobis";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Mahalanobis distance with shrunk covariance: rows that break the correlations of normal operation score high.";

  std::string estimator = "oas";
  double shrinkage = 0.1;
  std::string location = "median";
  double winsor = 5.0;
  double support = 0.75;

  learned_array<double> location_;
  learned_array<double> whitening_;
  double shrinkage_ = 0.0;

  static auto params() {
    using self = mahalanobis;
    return std::tuple{
        choice("estimator", &self::estimator, "oas", "oas|ledoit_wolf|fixed|mcd",
               "how the covariance is estimated: shrunk by one of three rules, or the robust minimum covariance determinant"),
        number("shrinkage", &self::shrinkage, 0.1, 0, 1, unit::share, "share of the identity in the covariance; estimator fixed only"),
        choice("location", &self::location, "median", "median|mean", "centre of normal operation, column by column; not for mcd"),
        number("winsor", &self::winsor, 5.0, 0, 1e6, unit::none,
               "training values are clipped at this many robust standard deviations; 0: not clipped; not for mcd"),
        number("support", &self::support, 0.75, 0.5, 1, unit::share,
               "share of the training rows that are taken for good, the others may be anything; estimator mcd only"),
    };
  }
  static auto model() {
    using self = mahalanobis;
    return std::tuple{
        learned{"location", &self::location_, "centre of normal operation [columns]"},
        learned{"whitening", &self::whitening_,
                "inverse of the covariance's Cholesky factor, lower triangular; zero rows: column not used [columns, columns]"},
        learned{"shrinkage", &self::shrinkage_, "share of the identity in the covariance"},
    };
  }

  /// Output: one column "mahalanobis". Errors: not fitted, another number of columns, a model that is not finite.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(mahalanobis&& other);
  /// Errors: fewer than 8 usable rows, no column that varies, a singular covariance, more than 4096 columns; for mcd, too few
  /// rows for the columns, and a share `support` of rows that lies in a hyperplane.
  result<void> finish();

  /// |d_i (S^-1 d)_i| with d = row - location; without the bars they would sum to the squared score.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  /// Fills difference_ and whitened_; false when a value is not finite.
  [[nodiscard]] bool whiten(std::span<const double> row) noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  std::span<double> difference_;  // scratch
  std::span<double> whitened_;    // scratch
  detail::training_rows training_;
};

static_assert(learner<mahalanobis> && explains<mahalanobis>);

}  // namespace millwright
