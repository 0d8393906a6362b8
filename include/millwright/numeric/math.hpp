#pragma once

namespace millwright::math {

// Elementary functions built from + - * / and sqrt only, so that every platform and compiler gives the same bits
// (glibc's own change with the CPU's FMA). Errors are measured against long double in tests/unit/numeric/math_test.cpp.

inline constexpr double pi = 3.14159265358979323846;
inline constexpr double nan = __builtin_nan("");
inline constexpr double infinity = __builtin_inf();

/// Natural logarithm; <= 1 ulp. log(0) = -inf, log(x < 0) = NaN.
[[nodiscard]] double log(double x) noexcept;
/// log(1 + x) without cancellation near 0.
[[nodiscard]] double log1p(double x) noexcept;
[[nodiscard]] double log2(double x) noexcept;
[[nodiscard]] double log10(double x) noexcept;
/// e^x; <= 1 ulp; overflow gives inf, underflow goes through the denormals to 0.
[[nodiscard]] double exp(double x) noexcept;
/// e^x - 1 without cancellation near 0.
[[nodiscard]] double expm1(double x) noexcept;
/// 2^x, used by the isolation-forest score.
[[nodiscard]] double exp2(double x) noexcept;
/// x^y for x > 0 (x = 0 gives 0 for y > 0).
[[nodiscard]] double pow(double x, double y) noexcept;
/// sin(pi x) and cos(pi x), exact at multiples of 1/2: what tapers, twiddles and the Cauchy combination need.
[[nodiscard]] double sin_pi(double x) noexcept;
[[nodiscard]] double cos_pi(double x) noexcept;
/// tan(pi x); <= 2 ulp; the sign at a pole is that of the sine.
[[nodiscard]] double tan_pi(double x) noexcept;
[[nodiscard]] double atan(double x) noexcept;
/// Angle of the point (x, y) in turns, -1/2 .. 1/2: atan2(y, x) / (2 pi). NaN at (0, 0).
[[nodiscard]] double atan2_turns(double y, double x) noexcept;
/// Hyperbolic functions; <= 3 ulp.
[[nodiscard]] double sinh(double x) noexcept;
[[nodiscard]] double cosh(double x) noexcept;
[[nodiscard]] double asinh(double x) noexcept;
/// log of the gamma function for x > 0.
[[nodiscard]] double lgamma(double x) noexcept;
/// Upper quantile of the chi-square distribution: the x with P(X <= x) = p, degrees of freedom > 0.
[[nodiscard]] double chi_square_quantile(double p, double degrees_of_freedom) noexcept;

}  // namespace millwright::math
