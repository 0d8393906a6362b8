#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/rows.hpp"

namespace millwright {

/// How well a feature serves as a health indicator over run-to-failure records; each from 0 (not at all) to 1.
struct prognostic_scores {
  double monotonicity = 0.0;    ///< mean over runs of |steps up - steps down| / steps; depends on noise, so smooth first
  double trendability = 0.0;    ///< smallest |Pearson correlation| between any two runs, the shorter stretched to the longer; NaN for one
  double prognosability = 0.0;  ///< exp(-std of the last values / mean |first - last|); NaN for one run
};

/// Scores of one feature from its values in time order, one span per run. Values that are not finite are left out. A feature that
/// does not change in some run has trendability 0; one that ends where it starts in every run has prognosability 0.
/// Errors (invalid_data): no run; a run with fewer than two finite values.
/// Source: Coble & Hines, "Identifying optimal prognostic parameters from data", PHM Society 2009.
[[nodiscard]] result<prognostic_scores> score_prognostics(std::span<const std::vector<double>> runs);

/// What select_features keeps.
struct selection_limits {
  std::size_t max_features = 16;
  double max_correlation = 0.95;  ///< largest |Spearman correlation| between two features that are both kept
};

/// Columns to keep, the best first: by merit (higher is better, NaN counts as worst; ties to the lower column), leaving out each that
/// says the same as one already kept, and those that are constant or never finite. Correlation is taken over the rows in which both
/// columns are finite. O(rows * columns * kept).
/// Errors (invalid_argument): merit.size() differs from the columns; limits out of range. (invalid_data): fewer than three rows.
[[nodiscard]] result<std::vector<std::size_t>> select_features(const const_rows& rows, std::span<const double> merit,
                                                               const selection_limits& limits = {});

}  // namespace millwright
