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
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// Multivariate statistical process monitoring by principal components. Rows in, one statistic per row out:
///   t2        Hotelling's T2 = sum t_j^2 / lambda_j over the retained components: unusual size along the normal correlations
///   spe       squared prediction error (Q) = |z - P P' z|^2: correlations broken
///   combined  phi = SPE / SPE limit + T2 / T2 limit; above its limit when the two together are unusual
/// z are the columns after scaling, t = P' z the scores, lambda the eigenvalues of the covariance of z (over n - 1), largest first.
///
/// Limits at `confidence` are kept with the model for display, under normal and independent rows: T2 by the F distribution, SPE by
/// Jackson and Mudholkar (by Box where their formula has no value), combined by Box. Alarms go by the calibrated tail instead.
/// Columns that do not vary take no part. A row with a value that is not finite scores NaN; a scaled value counts up to 1e100.
/// O(columns x components) a row; memory of two rows. Fitting: O(rows x columns^2 + columns^3).
/// Sources: Jackson & Mudholkar, Technometrics 21 (1979); Box, Annals of Mathematical Statistics 25 (1954); Yue & Qin, Industrial &
/// Engineering Chemistry Research 40 (2001); Alcala & Qin, Automatica 45 (2009); parallel analysis, Horn, Psychometrika 30 (1965).
class pca_monitor {
 public:
  static constexpr std::string_view id = "pca_monitor";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Principal component monitoring: Hotelling's T2 for unusual sizes, SPE (Q) for broken correlations, or both combined.";

  std::string statistic = "combined";
  std::string scaling = "standard";
  std::string selection = "variance";
  double variance_share = 0.9;
  std::int64_t components = 2;
  double confidence = 0.99;
  std::string spe_limit_rule = "jackson_mudholkar";

  learned_array<double> location_;
  learned_array<double> scale_;
  learned_array<double> components_;
  learned_array<double> eigenvalues_;
  double t2_limit_ = 0.0;
  double spe_limit_ = 0.0;
  double combined_limit_ = 0.0;

  static auto params() {
    using self = pca_monitor;
    return std::tuple{
        choice("statistic", &self::statistic, "combined", "t2|spe|combined", "what scores a row"),
        choice("scaling", &self::scaling, "standard", "standard|robust|none",
               "mean and standard deviation, median and 1.4826 MAD, or mean only"),
        choice("selection", &self::selection, "variance", "variance|count|parallel",
               "how many components are retained: by their share of the variance, a given number, or by parallel analysis"),
        number("variance_share", &self::variance_share, 0.9, 0.01, 1, unit::share,
               "the fewest components that explain this share are retained, leaving one out at least; selection variance only"),
        integer("components", &self::components, 2, 1, 4096, unit::none, "components that are retained; selection count only"),
        number("confidence", &self::confidence, 0.99, 0.5, 0.999999, unit::share, "of the limits, under normal and independent rows"),
        choice("spe_limit_rule", &self::spe_limit_rule, "jackson_mudholkar", "jackson_mudholkar|box",
               "approximation of the distribution of SPE that gives its limit"),
    };
  }
  static auto model() {
    using self = pca_monitor;
    return std::tuple{
        learned{"location", &self::location_, "centre of normal operation [columns]"},
        learned{"scale", &self::scale_, "spread of each column; 0: not used [columns]"},
        learned{"components", &self::components_,
                "directions of unit length of the scaled columns, largest variance first [retained, columns]"},
        learned{"eigenvalues", &self::eigenvalues_, "variances along all components, largest first, zeros left out [at least retained]"},
        learned{"t2_limit", &self::t2_limit_, "limit of T2"},
        learned{"spe_limit", &self::spe_limit_, "limit of SPE"},
        learned{"combined_limit", &self::combined_limit_, "limit of the combined statistic"},
    };
  }

  /// Output: one column "pca_monitor". Errors: not fitted, another number of columns, a model that does not fit or is not finite.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void drop_fit_settings() noexcept {
    selection.clear();
    spe_limit_rule.clear();
  }
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(pca_monitor&& other);
  /// Errors: fewer than 8 usable rows, no column that varies, more components than the data have, nothing left over for statistic
  /// spe, columns too large for double, more than 4096 columns; parallel analysis without scaling standard or with too few rows.
  result<void> finish();

  struct limits {
    double t2, spe, combined;
  };
  /// The limits for `retained` components of which all `eigenvalues` are known (as the model's), learned from so many rows.
  /// Errors: fewer eigenvalues or rows than that, an eigenvalue that is not positive.
  [[nodiscard]] result<limits> limits_of(std::span<const double> eigenvalues, std::size_t retained, double rows) const;

  /// Reconstruction-based contribution of each column, (M z)_i^2 / M_ii for the statistic z' M z: by how much setting that one
  /// column to its best value would lower the statistic.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  struct statistics {
    double t2, spe;
  };
  /// Fills scaled_ and residual_; false when a value is not finite.
  [[nodiscard]] bool project(std::span<const double> row, statistics& found) noexcept;

  std::span<double> scaled_;    // scratch
  std::span<double> residual_;  // scratch
  std::span<double> scores_;    // t_j / lambda_j; scratch
  detail::training_rows training_;
};

static_assert(learner<pca_monitor> && explains<pca_monitor>);

}  // namespace millwright
