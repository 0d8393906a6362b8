#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright {

/// Scores to severities, column by column: severity = -log10 P(score >= s) on held-out normal data.
///
/// Up to a threshold u the probability is empirical, (1 + #{calibration scores >= s}) / (n + 1); above u it is
/// (1 + #{> u}) / (n + 1) times the survival function of a generalised Pareto fitted to the excesses over u. Severity is 0 below all
/// calibration scores, never decreases with the score, at u rises by no more than an empirical step, and above u goes on
/// growing (it is computed from logarithms, so it does not stop at the smallest double; 1e9 is the cap).
/// u is the `tail_quantile`, lowered where fewer than min(min_peaks, n / 10) scores would lie above it. NaN gives NaN.
/// One tail serves all rows, or with `by_regime` each operating regime (row_meta::regime) has its own, so that the share of false
/// alarms is the same in all of them. A regime with fewer than `min_regime_rows` calibration rows, or in which some column's scores are
/// all equal, uses the tail of all rows, and so do rows whose regime is unknown.
/// O(log kept scores + log regimes) a value; no state.
/// Sources: conformal p-value, Vovk et al. 2005, by category ("Mondrian") in its section 4.5; peaks over threshold, Pickands 1975,
/// Siffer et al., KDD 2017.
class tail_calibration {
 public:
  static constexpr std::string_view id = "tail_calibration";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::calibrator;
  static constexpr std::string_view doc =
      "Turns scores into severities, -log10 of the tail probability under normal operation: empirical, generalised Pareto beyond.";

  double tail_quantile = 0.98;
  std::int64_t min_peaks = 50;
  double lowest_shape = 0.0;
  double highest_shape = 0.25;
  std::int64_t max_scores = 4096;
  bool by_regime = false;
  std::int64_t min_regime_rows = 200;

  learned_array<double> scores_;
  learned_array<double> threshold_;
  learned_array<double> tail_share_;
  learned_array<double> shape_;
  learned_array<double> scale_;
  std::int64_t rows_ = 0;
  learned_array<std::int32_t> regime_;
  learned_array<std::int64_t> regime_rows_;
  learned_array<std::int64_t> regime_start_;
  learned_array<double> regime_scores_;
  learned_array<double> regime_threshold_;
  learned_array<double> regime_tail_share_;
  learned_array<double> regime_shape_;
  learned_array<double> regime_scale_;

  static constexpr double largest_severity = 1e9;

  static constexpr auto params() {
    using self = tail_calibration;
    return std::tuple{
        number("tail_quantile", &self::tail_quantile, 0.98, 0.5, 0.9999, unit::share,
               "share of the calibration scores below the fitted tail"),
        integer("min_peaks", &self::min_peaks, 50, 5, 100000, unit::window,
                "scores in the tail, at least, where a tenth of the data allows it"),
        number("lowest_shape", &self::lowest_shape, 0.0, 0, 1, unit::none,
               "bounds of the tail's shape; at 0 it is exponential, and no shape below 0 is allowed,"),
        number("highest_shape", &self::highest_shape, 0.25, 0, 1, unit::none,
               "because such a tail ends; a heavy one, fitted to few scores, flattens gross faults"),
        integer("max_scores", &self::max_scores, 4096, 100, 1000000, unit::window,
                "calibration scores kept for each column; evenly spaced order statistics of more"),
        flag("by_regime", &self::by_regime, false, "whether each operating regime has its own tail"),
        integer("min_regime_rows", &self::min_regime_rows, 200, 20, 1000000000, unit::window,
                "calibration rows below which a regime uses the tail of all rows; by_regime only"),
    };
  }
  static constexpr auto model() {
    using self = tail_calibration;
    return std::tuple{
        learned{"scores", &self::scores_, "calibration scores, ascending, thinned to max_scores [columns, kept]"},
        learned{"threshold", &self::threshold_, "score above which the Pareto tail begins [columns]"},
        learned{"tail_share", &self::tail_share_, "probability of a score above it [columns]"},
        learned{"shape", &self::shape_, "shape of the tail [columns]"},
        learned{"scale", &self::scale_, "scale of the tail [columns]"},
        learned{"rows", &self::rows_, "calibration scores that were seen"},
        learned{"regime", &self::regime_, "regimes with a tail of their own, ascending; by_regime only"},
        learned{"regime_rows", &self::regime_rows_, "calibration scores that were seen in each [regimes]"},
        learned{"regime_start", &self::regime_start_, "where the scores of each begin in regime_scores, then their number [regimes + 1]"},
        learned{"regime_scores", &self::regime_scores_, "scores as above, for each regime [columns, kept], one after the other"},
        learned{"regime_threshold", &self::regime_threshold_, "threshold as above [regimes, columns]"},
        learned{"regime_tail_share", &self::regime_tail_share_, "tail_share as above [regimes, columns]"},
        learned{"regime_shape", &self::regime_shape_, "shape as above [regimes, columns]"},
        learned{"regime_scale", &self::regime_scale_, "scale as above [regimes, columns]"},
    };
  }

  /// Output: the input's columns. Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) const noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(tail_calibration&& other);
  /// Errors: fewer than 10 usable rows, a column whose scores are all equal.
  result<void> finish();

  /// Severity of one score of one column in a regime (-1: unknown); what process gives. Valid after prepare or finish.
  [[nodiscard]] double severity(double score, std::size_t column, std::int32_t regime = -1) const noexcept;

 private:
  /// The tail of one column, of all rows or of one regime.
  struct tail {
    std::span<const double> scores;  // ascending
    std::uint64_t rows = 0;
    double threshold = 0.0;
    double share = 0.0;
    double shape = 0.0;
    double scale = 0.0;

    [[nodiscard]] double severity(double score) const noexcept;
    [[nodiscard]] bool is_sound() const noexcept;
  };
  [[nodiscard]] tail pooled(std::size_t column) const noexcept;
  [[nodiscard]] tail of_regime(std::size_t index, std::size_t column) const noexcept;
  [[nodiscard]] result<void> check_regimes() const;
  result<void> learn_regimes(const const_rows& rows);

  detail::training_rows training_;
};

static_assert(learner<tail_calibration>);
// The judge runs it by its table too; one copy of that, in the stage's source.
extern template const stage_functions& functions_of<tail_calibration>();

}  // namespace millwright
