// What packing an isolation forest changes, measured on rows.
#pragma once

#include <cstddef>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"

namespace millwright::detail {

/// Scores of all rows; NaN where a value is not finite.
result<std::vector<double>> forest_scores(isolation_forest forest, const const_rows& rows);

/// The first `trees` trees alone.
[[nodiscard]] isolation_forest first_trees(const isolation_forest& forest, std::size_t trees);

/// How the mean over the first k trees nears the mean over all of them.
struct forest_convergence {
  std::size_t trees = 0;        ///< fewest first trees with which no row's score differs from `wanted` by more than the tolerance, or all
  double standard_error = 0.0;  ///< of the score over these trees, mean over the rows
};
/// Measured on at most 4096 rows, evenly spread. `wanted`: the scores, without their out-of-box term, to keep.
[[nodiscard]] forest_convergence convergence_of(const isolation_forest& forest, const const_rows& rows, const isolation_forest& wanted,
                                                double tolerance);

/// Decisions of two forests on the same rows, each at its own threshold: the smallest score beyond which lies at most the share.
struct flipped_decisions {
  double worst_difference = 0.0;
  double flip_rate = 0.0;
  double threshold = 0.0;  ///< of the second forest
};
[[nodiscard]] flipped_decisions compare_scores(const std::vector<double>& before, const std::vector<double>& after, double share);

}  // namespace millwright::detail
