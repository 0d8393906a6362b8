#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millwright::detail {

/// Logistic regression with coefficients that are not negative and are drawn to one common value:
///
///   minimise  sum_i c_i log(1 + exp(-y_i (intercept + x_i . beta)))  +  ridge / 2  sum_j (beta_j - prior)^2,   beta >= 0
///
/// y_i = +-1; c_i is 1 for positive rows, (positives / negatives) for the others, so that both weigh the same together.
struct logistic_problem {
  std::span<const double> x;  ///< row-major [rows, width]
  std::span<const std::uint8_t> positive;
  std::size_t width = 0;
  double ridge = 1.0;  ///< above 0
  double prior = 0.0;
};

struct logistic_fit {
  double intercept = 0.0;
  std::vector<double> coefficients;
  double objective = 0.0;
};

[[nodiscard]] double objective_of(const logistic_problem& problem, double intercept, std::span<const double> coefficients) noexcept;

/// Projected Newton with backtracking; the objective is strictly convex, so there is one answer. Needs rows of both kinds, finite values.
/// Source: Bertsekas, SIAM J. Control and Optimization 20 (1982).
[[nodiscard]] logistic_fit fit_ridge_logistic(const logistic_problem& problem);

}  // namespace millwright::detail
