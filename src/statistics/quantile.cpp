// Quantiles of the normal and the F distribution; the chi-square's is beside the gamma functions in math.cpp.
#include "statistics/quantile.hpp"

#include "millwright/numeric/math.hpp"

namespace millwright::math {

namespace {

double rational(double x, const double (&numerator)[8], const double (&denominator)[8]) noexcept {
  double above = numerator[7];
  double below = denominator[7];
  for (int i = 6; i >= 0; --i) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

/// 1 / B(a, b) x^a (1 - x)^b, from logarithms.
double beta_density(double a, double b, double log_x, double log_rest) noexcept {
  return exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log_x + b * log_rest);
}

/// I_x(a, b) for x below the mean (a + 1) / (a + b + 2); continued fraction, modified Lentz (Press et al., Numerical Recipes, 6.4).
double incomplete_beta_below_mean(double a, double b, double x, double density) noexcept {
  constexpr int most_terms = 1 << 16;  // of the order of the root of the larger of a and b are needed
  const auto away_from_zero = [](double v) { return v < 1e-300 && v > -1e-300 ? 1e-300 : v; };
  double c = 1.0;
  double d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
  double fraction = d;
  for (int m = 1; m < most_terms; ++m) {
    const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
    d = 1.0 / away_from_zero(1.0 + even * d);
    c = away_from_zero(1.0 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
    d = 1.0 / away_from_zero(1.0 + odd * d);
    c = away_from_zero(1.0 + odd / c);
    fraction *= d * c;
    if (d * c - 1.0 < 0x1p-52 && d * c - 1.0 > -0x1p-52) break;
  }
  return density * fraction / a;
}

/// I_x(a, b) and 1 - I_x(a, b) at x = 1 / (1 + e^-t), so that neither end of x loses digits.
struct beta_tails {
  double lower, upper, density;
};

beta_tails incomplete_beta(double a, double b, double t) noexcept {
  const double log_x = t < 0.0 ? t - log1p(exp(t)) : -log1p(exp(-t));
  const double log_rest = t < 0.0 ? -log1p(exp(t)) : -t - log1p(exp(-t));
  const double x = exp(log_x);
  const double density = beta_density(a, b, log_x, log_rest);  // also the derivative by t
  if (x < (a + 1.0) / (a + b + 2.0)) {
    const double lower = incomplete_beta_below_mean(a, b, x, density);
    return {lower, 1.0 - lower, density};
  }
  const double upper = incomplete_beta_below_mean(b, a, exp(log_rest), density);
  return {1.0 - upper, upper, density};
}

}  // namespace

double normal_quantile(double p) noexcept {
  if (!(p >= 0.0) || p > 1.0) return nan;
  if (p == 0.0) return -infinity;
  if (p == 1.0) return infinity;
  constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr double b[] = {1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  constexpr double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
                          1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
                          2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1.0,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (q <= 0.425 && q >= -0.425) return q * rational(0.180625 - q * q, a, b);
  const double tail = q < 0.0 ? p : 1.0 - p;
  const double r = __builtin_sqrt(-log(tail));
  const double value = r <= 5.0 ? rational(r - 1.6, c, d) : rational(r - 5.0, e, f);
  return q < 0.0 ? -value : value;
}

double f_quantile(double p, double numerator_degrees, double denominator_degrees) noexcept {
  const double m = numerator_degrees;
  const double n = denominator_degrees;
  if (!(m > 0.0) || !(n > 0.0) || m == infinity || n == infinity || !(p >= 0.0) || p > 1.0) return nan;
  if (p == 0.0) return 0.0;
  if (p == 1.0) return infinity;
  // X is F with (m, n) degrees when m X / (m X + n) is Beta(m / 2, n / 2): t = log(m X / n) is that one's logit.
  const double a = 0.5 * m;
  const double b = 0.5 * n;
  double low = -700.0;
  double high = 700.0;
  double t = 0.0;
  for (int i = 0; i < 200; ++i) {
    const beta_tails tails = incomplete_beta(a, b, t);
    const bool too_low = p <= 0.5 ? tails.lower < p : tails.upper > 1.0 - p;
    (too_low ? low : high) = t;
    // Newton on the log of the smaller tail, bisection where that leaves the bracket.
    const double step =
        p <= 0.5 ? log(p / tails.lower) * tails.lower / tails.density : log(tails.upper / (1.0 - p)) * tails.upper / tails.density;
    double next = t + step;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double moved = next - t;
    t = next;
    if (moved < 1e-15 && moved > -1e-15) break;
  }
  return n / m * exp(t);
}

}  // namespace millwright::math
