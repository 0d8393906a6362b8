#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace millwright::detail {

/// (1 - shrinkage) S + shrinkage trace(S) / d I, with S the mean outer product of centred rows.
struct shrunk_covariance {
  std::vector<double> values;  ///< symmetric, d x d
  double shrinkage = 0.0;
};

enum class shrinkage_rule { oas, ledoit_wolf, fixed };

/// `centered` holds `columns` columns of n values each, one after the other, whose centre has been subtracted. n > 0, columns > 0.
/// `fixed` is the shrinkage of the rule of that name. Sums run in the fixed order of the kernels.
/// Sources: Chen, Wiesel, Eldar & Hero, IEEE Trans. Signal Process. 58 (2010), eq. 23 without its 2/d terms, as scikit-learn has it;
/// Ledoit & Wolf, J. Multivariate Analysis 88 (2004), lemma 3.2.
[[nodiscard]] shrunk_covariance shrink_covariance(std::span<const double> centered, std::size_t columns, shrinkage_rule rule, double fixed);

/// Inverse of the lower Cholesky factor of the symmetric positive definite d x d matrix, row-major, zeros above the diagonal;
/// so that |W x|^2 = x' S^-1 x. A nearly singular matrix gets a ridge of at most 1e-6 trace / d. Empty when that does not help.
[[nodiscard]] std::vector<double> inverse_cholesky(std::span<const double> matrix, std::size_t d);

}  // namespace millwright::detail
