#pragma once

// Distributions beyond what math.hpp shows: only + - * / and sqrt beneath, so the same bits everywhere.
namespace millwright::math {

/// Quantile of the standard normal distribution, 0 < p < 1; relative error about 1e-16 (Wichura 1988, AS 241).
[[nodiscard]] double normal_quantile(double p) noexcept;
/// Quantile of the F distribution: the x with P(X <= x) = p, degrees of freedom > 0; relative error below 1e-9 up to 1e6 degrees.
[[nodiscard]] double f_quantile(double p, double numerator_degrees, double denominator_degrees) noexcept;
/// P(X <= x) of the chi-square distribution, degrees of freedom > 0.
[[nodiscard]] double chi_square_probability(double x, double degrees_of_freedom) noexcept;

}  // namespace millwright::math
