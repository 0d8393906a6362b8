#pragma once

#include <cstddef>
#include <span>

namespace millwright::detail {

/// Sums of the first, second and third powers of the eigenvalues that are left out of the model: theta_i = sum lambda_j^i, not
/// (sum lambda_j)^i, which is a well-known slip.
struct residual_moments {
  double theta1 = 0.0, theta2 = 0.0, theta3 = 0.0;
};
[[nodiscard]] residual_moments residual_moments_of(std::span<const double> left_out) noexcept;

/// Limit of T2 of a new row: k (n - 1) (n + 1) / (n (n - k)) F_{k, n - k}; rows > components.
[[nodiscard]] double t2_limit(std::size_t components, double rows, double confidence) noexcept;

/// Box: a weighted sum of chi-squares with the given sums of weights and of squared weights is about g chi2_h, g = second / first,
/// h = first^2 / second.
[[nodiscard]] double box_limit(double first, double second, double confidence) noexcept;

/// Jackson and Mudholkar; Box's where the formula has no value. 0 where nothing is left out.
[[nodiscard]] double jackson_mudholkar_limit(const residual_moments& m, double confidence) noexcept;

}  // namespace millwright::detail
