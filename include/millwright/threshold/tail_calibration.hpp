#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "millwright/detail/training_rows.hpp"
#include "millwright/error.hpp"
#include "millwright/params.hpp"
#include "millwright/stage.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// Scores to severities, column by column: severity = -log10 P(score >= s) on held-out normal data.
///
/// Up to a threshold u the probability is empirical, (1 + #{calibration scores >= s}) / (n + 1); above u it is
/// (1 + #{> u}) / (n + 1) times the survival function of a generalised Pareto fitted to the excesses over u. Severity is 0 below all
/// calibration scores, never decreases with the score, at u rises by no more than an empirical step, and above u goes on
/// growing (it is computed from logarithms, so it does not stop at the smallest double; 1e9 is the cap).
/// u is the `tail_quantile`, lowered where fewer than min(min_peaks, n / 10) scores would lie above it. NaN gives NaN.
/// O(log kept scores) a value; no state.
/// Sources: conformal p-value, Vovk et al. 2005; peaks over threshold, Pickands 1975, Siffer et al., KDD 2017.
class tail_calibration {
 public:
  static constexpr std::string_view id = "tail_calibration";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc =
      "Turns scores into severities, -log10 of the tail probability under normal operation: empirical, generalised Pareto beyond.";

  double tail_quantile = 0.98;
  std::int64_t min_peaks = 50;
  double lowest_shape = 0.0;
  double highest_shape = 0.25;
  std::int64_t max_scores = 4096;

  learned_array<double> scores_;
  learned_array<double> threshold_;
  learned_array<double> tail_share_;
  learned_array<double> shape_;
  learned_array<double> scale_;
  std::int64_t rows_ = 0;

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
    };
  }

  /// Output: the input's columns. Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  result<void> observe(const port& in, const const_rows& rows);
  result<void> merge(tail_calibration&& other);
  /// Errors: fewer than 10 usable rows, a column whose scores are all equal.
  result<void> finish();

  /// Severity of one score of one column; what process gives. Valid after prepare or finish.
  [[nodiscard]] double severity(double score, std::size_t column) const noexcept;

 private:
  [[nodiscard]] std::uint64_t rank_of_kept(std::size_t i) const noexcept;

  detail::training_rows training_;
};

static_assert(learner<tail_calibration>);

}  // namespace millwright
