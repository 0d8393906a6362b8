#include "millwright/numeric/math.hpp"

#include <cstdint>

#include "kernels/exp.inl.hpp"
#include "kernels/log.inl.hpp"
#include "statistics/quantile.hpp"

// Polynomials and constants: tests/golden/generate_numerics.py derives them (near-minimax, 250-bit arithmetic). Where one
// double cannot hold an intermediate result to the accuracy wanted, it is kept as an unevaluated sum high + low (Dekker 1971).

namespace millwright::math {
namespace {

constexpr double ln2_high = 0x1.62e42feep-1;  // 32 bits, so that k * ln2_high is exact for every exponent k
constexpr double ln2_low = 0x1.a39ef35793c76p-33;
constexpr double round_shift = 6755399441055744.0;  // 1.5 * 2^52: adding and subtracting it rounds to the nearest integer
constexpr double smallest_normal = 0x1p-1022;

std::uint64_t bits_of(double x) noexcept { return detail::to_bits(detail::scalar_pack<double>(x)); }
double double_of(std::uint64_t bits) noexcept { return detail::from_bits(bits).value; }

double round_to_integer(double x) noexcept { return (x + round_shift) - round_shift; }

/// Unevaluated sum of two doubles, |low| <= ulp(high) / 2 after the fast_two_sum that ends each computation.
struct two {
  double high, low;
};

/// Exact a + b for |a| >= |b| (or a = 0).
two fast_two_sum(double a, double b) noexcept {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

two two_sum(double a, double b) noexcept {
  const double sum = a + b;
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

/// High 26 bits and the rest. Masking instead of Veltkamp's product, which overflows near the largest double.
two split(double a) noexcept {
  const double high = double_of(bits_of(a) & 0xfffffffff8000000);
  return {high, a - high};
}

/// Exact a * b (no overflow, no underflow), without FMA.
two two_product(double a, double b) noexcept {
  const double product = a * b;
  const two x = split(a);
  const two y = split(b);
  return {product, ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

/// 2^k for -1022 <= k <= 1023.
double power_of_two(int k) noexcept { return double_of(static_cast<std::uint64_t>(1023 + k) << 52); }

/// x * 2^k; one rounding even where the result is denormal, because only the last product can round.
double scale(double x, int k) noexcept {
  if (k > 1023) return x * power_of_two(1023) * power_of_two(k - 1023);
  if (k < -1022) return x * power_of_two(k + 969 < -1022 ? -1022 : k + 969) * power_of_two(-969);
  return x * power_of_two(k);
}

// --- exponentials ---------------------------------------------------------------------------------------------------

/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
double exp_tail(double r) noexcept { return detail::exp_tail(detail::scalar_pack<double>(r)).value; }

/// e^(r + c) 2^k for |r| <= ln(2) / 2 and |c| far below r.
double exp_reduced(double r, double c, int k) noexcept {
  const two s = fast_two_sum(1.0, r);
  const double y = s.high + (s.low + (r * r * exp_tail(r) + (c + c * r)));
  return scale(y, k);
}

/// e^(high + low).
double exp_of(two x) noexcept {
  if (x.high > 709.79) return infinity;
  if (x.high < -745.2) return 0.0;
  const double k = round_to_integer(x.high * 1.4426950408889634);
  const double high = x.high - k * ln2_high;
  const double low = x.low - k * ln2_low;
  const two r = two_sum(high, low);
  return exp_reduced(r.high, r.low, static_cast<int>(k));
}

// --- logarithm to twice the precision -----------------------------------------------------------------------------------

/// Interval i covers (i - 1/2, i + 1/2) / 32: reciprocal of its centre to 9 bits, and minus the log of that reciprocal.
struct log_entry {
  double reciprocal, log_high, log_low;
};
constexpr log_entry log_table[] = {
    // i = 23 .. 45
    {1.390625, -0x1.51aad872e0000p-2, 0x1.f4bd8db0a7cc1p-44},   {1.33203125, -0x1.2596010df8000p-2, 0x1.38c21eed8ae0fp-43},
    {1.28125, -0x1.fb9186d5e4000p-3, 0x1.d572aab993c87p-47},    {1.23046875, -0x1.a8becfc884000p-3, 0x1.0e73d186f2318p-43},
    {1.18359375, -0x1.59338d9984000p-3, 0x1.f7a2cba455516p-43}, {1.14453125, -0x1.1478584676000p-3, 0x1.d53975dfb0716p-43},
    {1.1015625, -0x1.8c345d631a000p-4, 0x1.37c294d2f5668p-46},  {1.06640625, -0x1.0759835990000p-4, 0x1.b8ecfe4b59987p-44},
    {1.03125, -0x1.f829b0e784000p-6, 0x1.9ff660e07d871p-47},    {1.0, 0.0, 0.0},
    {0.96875, 0x1.0415d89e74000p-5, 0x1.111c05cf1d753p-47},     {0.94140625, 0x1.eea31c006a000p-5, 0x1.87bb06c0db121p-45},
    {0.9140625, 0x1.700d30aeac000p-4, 0x1.c1e8da99ded32p-49},   {0.890625, 0x1.da72763844000p-4, 0x1.a89401fa71733p-46},
    {0.86328125, 0x1.2d1610c868000p-3, 0x1.39d6ccb81b4a1p-47},  {0.84375, 0x1.5bf406b542000p-3, 0x1.db1fb8292ecfdp-43},
    {0.8203125, 0x1.95a5adcf70000p-3, 0x1.7f22858a0ff6fp-47},   {0.80078125, 0x1.c6ffbc6f00000p-3, 0x1.ee138d3a69d43p-44},
    {0.78125, 0x1.f991c6cb3a000p-3, 0x1.3797d99419be6p-43},     {0.76171875, 0x1.16b5ccbace000p-2, 0x1.b7359bef4a2d0p-42},
    {0.74609375, 0x1.2bef07cdc8000p-2, 0x1.3539f494a009ep-42},  {0.7265625, 0x1.4718dc271c000p-2, 0x1.06c18fb4c14c5p-44},
    {0.7109375, 0x1.5d5bddf594000p-2, 0x1.f2fa6afbadcd1p-42},
};

/// x = 2^exponent m, log m = high + low to about 2^-64; x positive and normal or denormal.
struct split_log {
  double exponent;
  two mantissa_log;
};

split_log log_in_two(double x) noexcept {
  double exponent_offset = 0.0;
  if (x < smallest_normal) {
    x *= 0x1p54;
    exponent_offset = -54.0;
  }
  constexpr std::uint64_t lowest_mantissa = 0x3fe6a09e00000000;
  const std::uint64_t shifted = bits_of(x) + (0x3ff0000000000000 - lowest_mantissa);
  const double k = static_cast<double>(static_cast<int>(shifted >> 52) - 1023) + exponent_offset;
  const double m = double_of((shifted & 0x000fffffffffffff) + lowest_mantissa);

  const log_entry& entry = log_table[static_cast<int>(m * 32.0 + 0.5) - 23];
  const two parts = split(m);  // 26 and 27 bits, times 9 bits: both products below are exact
  const two f = two_sum(parts.high * entry.reciprocal - 1.0, parts.low * entry.reciprocal);

  // log(1 + f) = f - f^2/2 + f^3 (1/3 - f/4 + ...), the first two terms to twice the precision.
  const two square = two_product(f.high, f.high);
  const double g = f.high;
  const double cubic =
      g * square.high *
      (0x1.5555555555555p-2 +
       g * (-0.25 + g * (0.2 + g * (-1.0 / 6.0 + g * (1.0 / 7.0 + g * (-0.125 + g * (1.0 / 9.0 + g * (-0.1 + g * (1.0 / 11.0)))))))));
  const two first = two_sum(f.high, -0.5 * square.high);
  const two second = two_sum(entry.log_high, first.high);
  const double rest = (second.low + first.low) + ((f.low - f.high * f.low) - 0.5 * square.low + entry.log_low);
  // The cubic term joins as a number of its own: it is the largest of the small ones.
  const two third = two_sum(second.high, cubic);
  return {k, fast_two_sum(third.high, third.low + rest)};
}

/// (high + low) * factor, factor given as high + low too.
two multiply(two a, two b) noexcept {
  const two product = two_product(a.high, b.high);
  return fast_two_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/// exponent * unit + mantissa_log * factor: a logarithm of another base.
double log_of_base(double x, two unit, two factor) noexcept {
  const split_log parts = log_in_two(x);
  const two scaled = multiply(parts.mantissa_log, factor);
  const two sum = two_sum(parts.exponent * unit.high, scaled.high);
  return sum.high + (sum.low + (scaled.low + parts.exponent * unit.low));
}

// --- trigonometry ------------------------------------------------------------------------------------------------------

/// sin(pi t) for 0 <= t <= 1/4.
double sin_pi_octant(double t) noexcept {
  if (t < 0x1p-500) return t * pi;  // two_product would underflow
  two y = two_product(t, pi);
  y.low += t * 1.2246467991473532e-16;
  const double z = y.high * y.high;
  const double tail =
      -0.16666666666666666 +
      z * (0.008333333333333331 +
           z * (-0.00019841269841265063 +
                z * (2.7557319219337312e-06 + z * (-2.5052106231802837e-08 + z * (1.6058531516797758e-10 + z * -7.586691094197958e-13)))));
  return y.high + (y.low * (1.0 - 0.5 * z) + y.high * z * tail);
}

/// cos(pi t) for 0 <= t <= 1/4.
double cos_pi_octant(double t) noexcept {
  if (t < 0x1p-500) return 1.0;
  two y = two_product(t, pi);
  y.low += t * 1.2246467991473532e-16;
  const two square = two_product(y.high, y.high);
  const double z = square.high;
  const double tail =
      0.041666666666666664 +
      z * (-0.0013888888888887398 +
           z * (2.480158729876456e-05 + z * (-2.7557317271145144e-07 + z * (2.087614614655861e-09 + z * -1.1382623647474604e-11))));
  const two head = fast_two_sum(1.0, -0.5 * z);
  return head.high + (head.low + (z * z * tail - (y.high * y.low + 0.5 * square.low)));
}

/// |x| modulo 2, for any finite x.
double modulo_two(double x) noexcept {
  if (x >= 0x1p53) return 0.0;  // every such double is an even integer
  const auto pairs = static_cast<std::int64_t>(x * 0.5);
  return x - 2.0 * static_cast<double>(pairs);
}

// --- incomplete gamma ----------------------------------------------------------------------------------------------------

/// log(1 + u) - u.
double log1p_minus(double u) noexcept {
  if (u > 0.25 || u < -0.2) return log1p(u) - u;
  // 2 atanh(s) - u with s = u / (2 + u): -u s + 2 s^3 (1/3 + s^2/5 + ...), without cancellation.
  const double s = u / (2.0 + u);
  const double z = s * s;
  double series = 0.0;
  for (int k = 23; k >= 3; k -= 2) series = series * z + 1.0 / k;
  return s * (2.0 * z * series - u);
}

/// log(Gamma(a)) less Stirling's leading terms (a - 1/2) log a - a + log(2 pi) / 2, for a >= 8.
double stirling_correction(double a) noexcept {
  const double r = 1.0 / a;
  const double z = r * r;
  return r *
         (0.08333333333333333 +
          z * (-0.002777777777777778 +
               z * (0.0007936507936507937 +
                    z * (-0.0005952380952380953 + z * (0.0008417508417508417 + z * (-0.0019175269175269176 + z * 0.00641025641025641))))));
}

/// x^a e^-x / Gamma(a): the density of the gamma distribution times x.
double gamma_density_times_x(double a, double x) noexcept {
  if (a < 8.0) return exp(a * log(x) - x - lgamma(a));
  const double u = (x - a) / a;
  return exp(a * log1p_minus(u) - stirling_correction(a)) * __builtin_sqrt(a / (2.0 * pi));
}

/// P(a, x) and Q(a, x) = 1 - P: the smaller of the two is computed, so that neither loses digits to cancellation.
struct gamma_tails {
  double lower, upper;
};

gamma_tails incomplete_gamma(double a, double x, double density_times_x) noexcept {
  constexpr int most_terms = 1 << 20;  // the series needs about 8 sqrt(a) of them
  if (x < a + 1.0) {
    double term = 1.0;
    double sum = 1.0;
    for (int n = 1; n < most_terms && term > sum * 0x1p-55; ++n) {
      term *= x / (a + n);
      sum += term;
    }
    const double lower = density_times_x / a * sum;
    return {lower, 1.0 - lower};
  }
  // Continued fraction of the upper tail, modified Lentz (Press et al., Numerical Recipes, 6.2.7).
  double b = x + 1.0 - a;
  double c = 0x1p1000;
  double d = 1.0 / b;
  double fraction = d;
  for (int n = 1; n < most_terms; ++n) {
    const double numerator = -n * (n - a);
    b += 2.0;
    d = numerator * d + b;
    c = b + numerator / c;
    d = 1.0 / (d == 0.0 ? 0x1p-1000 : d);
    if (c == 0.0) c = 0x1p-1000;
    const double factor = d * c;
    fraction *= factor;
    if (factor - 1.0 < 0x1p-52 && factor - 1.0 > -0x1p-52) break;
  }
  const double upper = density_times_x * fraction;
  return {1.0 - upper, upper};
}

/// Normal quantile good to 5e-4 (Abramowitz & Stegun 26.2.23): only a starting point.
double rough_normal_quantile(double p) noexcept {
  const double tail = p < 0.5 ? p : 1.0 - p;
  const double t = __builtin_sqrt(-2.0 * log(tail));
  const double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return p < 0.5 ? -z : z;
}

/// lgamma on [1.5, 2.5]: the Taylor series about 2, log Gamma(2 + e) = (1 - gamma) e + sum (-1)^k (zeta(k) - 1) e^k / k.
double lgamma_near_two(double e) noexcept {
  constexpr double series[] = {0.42278433509846713,     0.3224670334241132,     -0.0673523010531981,     0.020580808427784546,
                               -0.007385551028673986,   0.0028905103307415234,  -0.001192753911703261,   0.0005096695247430425,
                               -0.00022315475845357939, 9.945751278180853e-05,  -4.492623673813314e-05,  2.050721277567069e-05,
                               -9.439488275268397e-06,  4.374866789907488e-06,  -2.039215753801366e-06,  9.55141213040742e-07,
                               -4.492469198764566e-07,  2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08,
                               -2.2711094608943164e-08, 1.0838659214896955e-08, -5.183475041970047e-09,  2.4836745438024785e-09,
                               -1.1921401405860912e-09, 5.731367241678862e-10,  -2.7595228851242334e-10, 1.330476437424449e-10};
  double sum = 0.0;
  for (int i = static_cast<int>(sizeof series / sizeof *series) - 1; i >= 0; --i) sum = sum * e + series[i];
  return sum * e;
}

constexpr double atan_high[] = {0.0,
                                0x1.fd5ba9aac2f6ep-4,
                                0x1.f5b75f92c80ddp-3,
                                0x1.6f61941e4def1p-2,
                                0x1.dac670561bb4fp-2,
                                0x1.1e00babdefeb4p-1,
                                0x1.4978fa3269ee1p-1,
                                0x1.700a7c5784634p-1,
                                0x1.921fb54442d18p-1};
constexpr double atan_low[] = {0.0,
                               -0x1.cd37686760c17p-59,
                               0x1.8ab6e3cf7afbdp-57,
                               -0x1.c63aae6f6e918p-56,
                               0x1.a2b7f222f65e2p-56,
                               -0x1.928df287a668fp-58,
                               0x1.2419a87f2a458p-56,
                               -0x1.8c34d25aadef6p-56,
                               0x1.1a62633145c07p-55};

}  // namespace

double log(double x) noexcept {
  using pack = detail::scalar_pack<double>;
  if (x < smallest_normal && x >= 0.0) {
    if (x == 0.0) return -infinity;
    const auto parts = detail::reduce(pack(x * 0x1p54));
    return detail::log_of_reduced(parts.exponent - pack(54.0), parts.mantissa - pack(1.0), pack(0.0)).value;
  }
  return detail::log_of(pack(x)).value;
}

double log1p(double x) noexcept {
  using pack = detail::scalar_pack<double>;
  if (!(x > -1.0)) return x == -1.0 ? -infinity : nan;
  if (x < 0x1p-54 && x > -0x1p-54) return x;
  if (x >= 0x1p60) return log(x);
  if (x > -0.29 && x < 0.41) return detail::log_of_reduced(pack(0.0), pack(x), pack(0.0)).value;
  const two u = two_sum(1.0, x);
  const auto parts = detail::reduce(pack(u.high));
  const double lost = u.low * power_of_two(-static_cast<int>(parts.exponent.value)) / parts.mantissa.value;
  return detail::log_of_reduced(parts.exponent, parts.mantissa - pack(1.0), pack(lost)).value;
}

double log2(double x) noexcept {
  if (!(x > 0.0)) return x == 0.0 ? -infinity : nan;
  if (x == infinity) return x;
  return log_of_base(x, {1.0, 0.0}, {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56});
}

double log10(double x) noexcept {
  if (!(x > 0.0)) return x == 0.0 ? -infinity : nan;
  if (x == infinity) return x;
  return log_of_base(x, {0x1.34413508p-2, 0x1.f79fef311f12bp-34}, {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57});
}

double exp(double x) noexcept {
  if (x != x) return x;
  return exp_of({x, 0.0});
}

double expm1(double x) noexcept {
  if (x != x) return x;
  if (x < 0x1p-54 && x > -0x1p-54) return x;
  if (x > 709.79) return infinity;
  if (x < -45.0) return -1.0;
  const double k = round_to_integer(x * 1.4426950408889634);
  const two r = two_sum(x - k * ln2_high, -k * ln2_low);
  const double tail = r.high * r.high * exp_tail(r.high) + (r.low + r.low * r.high);
  if (k == 0.0) return r.high + tail;
  // 2^k (e^r - 2^-k), the subtraction first and without loss.
  const int exponent = static_cast<int>(k);
  const two offset = two_sum(1.0, exponent > 64 ? 0.0 : -power_of_two(-exponent));
  const two sum = two_sum(offset.high, r.high);
  return scale(sum.high + ((sum.low + offset.low) + tail), exponent);
}

double exp2(double x) noexcept {
  if (x != x) return x;
  if (x >= 1024.0) return infinity;
  if (x < -1076.0) return 0.0;
  const double k = round_to_integer(x);
  const double r = x - k;
  two y = two_product(r, 0x1.62e42fefa39efp-1);
  y.low += r * 0x1.abc9e3b39803fp-56;
  return exp_reduced(y.high, y.low, static_cast<int>(k));
}

double pow(double x, double y) noexcept {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y || x < 0.0) return nan;
  if (x == 0.0) return y > 0.0 ? 0.0 : infinity;
  if (y == infinity || y == -infinity) return (x > 1.0) == (y > 0.0) ? infinity : 0.0;
  if (x == infinity) return y > 0.0 ? infinity : 0.0;
  const split_log parts = log_in_two(x);
  const two sum = two_sum(parts.exponent * ln2_high, parts.mantissa_log.high);
  const two logarithm = fast_two_sum(sum.high, sum.low + (parts.mantissa_log.low + parts.exponent * ln2_low));
  const double estimate = y * logarithm.high;
  if (estimate > 710.0) return infinity;
  if (estimate < -746.0) return 0.0;
  two product = two_product(y, logarithm.high);
  product.low += y * logarithm.low;
  return exp_of(fast_two_sum(product.high, product.low));
}

double sin_pi(double x) noexcept {
  const bool negative = x < 0.0;
  double t = negative ? -x : x;
  if (!(t < infinity)) return nan;
  t = modulo_two(t);
  const bool flip = t >= 1.0;
  if (flip) t -= 1.0;
  if (t > 0.5) t = 1.0 - t;
  if (t == 0.0) return 0.0;
  const double value = t <= 0.25 ? sin_pi_octant(t) : cos_pi_octant(0.5 - t);
  return negative != flip ? -value : value;
}

double cos_pi(double x) noexcept {
  double t = x < 0.0 ? -x : x;
  if (!(t < infinity)) return nan;
  t = modulo_two(t);
  if (t > 1.0) t = 2.0 - t;
  const bool flip = t > 0.5;
  if (flip) t = 1.0 - t;
  if (t == 0.5) return 0.0;
  const double value = t <= 0.25 ? cos_pi_octant(t) : sin_pi_octant(0.5 - t);
  return flip ? -value : value;
}

double atan(double x) noexcept {
  const double a = x < 0.0 ? -x : x;
  if (!(a >= 0x1p-30)) return x != x ? x : x - x * x * x * (1.0 / 3.0);
  if (a > 0x1p60) return x < 0.0 ? -pi / 2 : pi / 2;
  // atan(a) = atan(c) + atan((a - c) / (1 + a c)), c = i / 8; above 1 the same with 1/a, numerator and denominator times a.
  const bool inverted = a > 1.0;
  const int i = static_cast<int>((inverted ? 8.0 / a : 8.0 * a) + 0.5);
  const double c = i * 0.125;
  const two product = two_product(a, c);
  two numerator = inverted ? two_sum(1.0, -product.high) : two_sum(a, -c);
  two denominator = inverted ? two_sum(a, c) : two_sum(1.0, product.high);
  (inverted ? numerator.low : denominator.low) += inverted ? -product.low : product.low;
  const double t = numerator.high / denominator.high;
  const two back = two_product(t, denominator.high);
  const double t_low = (((numerator.high - back.high) - back.low) + (numerator.low - t * denominator.low)) / denominator.high;
  const double z = t * t;
  const double cubic = t * z *
                       (-0.3333333333333333 +
                        z * (0.19999999999999787 + z * (-0.14285714285078946 +
                                                        z * (0.11111110418181047 + z * (-0.09090567329485745 + z * 0.07614530603234959)))));
  const two near = two_sum(atan_high[i], t);
  const double rest = near.low + (t_low + (atan_low[i] + cubic));
  double value = near.high + rest;
  if (inverted) {
    const two far = two_sum(pi / 2, -near.high);
    value = far.high + (far.low + (6.123233995736766e-17 - rest));
  }
  return x < 0.0 ? -value : value;
}

double tan_pi(double x) noexcept { return sin_pi(x) / cos_pi(x); }

double sinh(double x) noexcept {
  const double a = x < 0.0 ? -x : x;
  double value;
  if (a > 22.0) {
    const double half = exp(0.5 * a);  // e^a itself overflows before sinh does
    value = 0.5 * half * half;
  } else {
    const double t = expm1(a);
    value = 0.5 * (t + t / (t + 1.0));
  }
  return x < 0.0 ? -value : (x == 0.0 ? x : value);
}

double cosh(double x) noexcept {
  const double a = x < 0.0 ? -x : x;
  if (a > 22.0) {
    const double half = exp(0.5 * a);
    return 0.5 * half * half;
  }
  if (a < 0.35) {
    const double t = expm1(a);
    return 1.0 + t * t / (2.0 * (1.0 + t));
  }
  const double e = exp(a);
  return 0.5 * e + 0.5 / e;
}

double asinh(double x) noexcept {
  const double a = x < 0.0 ? -x : x;
  if (!(a >= 0x1p-28)) return x;
  double value;
  if (a > 0x1p28) {
    value = log(a) + 0x1.62e42fefa39efp-1;
  } else if (a > 2.0) {
    value = log(2.0 * a + 1.0 / (__builtin_sqrt(a * a + 1.0) + a));
  } else {
    value = log1p(a + a * a / (1.0 + __builtin_sqrt(a * a + 1.0)));
  }
  return x < 0.0 ? -value : value;
}

double atan2_turns(double y, double x) noexcept {
  const double wide = __builtin_fabs(x);
  const double high = __builtin_fabs(y);
  if (!(wide > 0.0 || high > 0.0)) return nan;
  constexpr double half_turn = 0.5 / pi;
  double angle = high <= wide ? half_turn * atan(high / wide) : 0.25 - half_turn * atan(wide / high);
  if (x < 0.0) angle = 0.5 - angle;
  return y < 0.0 ? -angle : angle;
}

double lgamma(double x) noexcept {
  if (x != x || x < 0.0) return nan;
  if (x == 0.0 || x == infinity) return infinity;
  if (x >= 8.0) return ((x - 0.5) * (log(x) - 1.0) + (0.9189385332046728 - 0.5)) + stirling_correction(x);
  if (x < 0.5) return lgamma(x + 1.0) - log(x);
  if (x < 1.5) return lgamma_near_two(x - 1.0) - log1p(x - 1.0);
  double product = 1.0;
  while (x > 2.5) {
    x -= 1.0;
    product *= x;
  }
  return lgamma_near_two(x - 2.0) + log(product);
}

double chi_square_quantile(double p, double degrees_of_freedom) noexcept {
  if (!(degrees_of_freedom > 0.0) || !(p >= 0.0) || p > 1.0 || degrees_of_freedom == infinity) return nan;
  if (p == 0.0) return 0.0;
  if (p == 1.0) return infinity;
  const double a = 0.5 * degrees_of_freedom;
  const double q = 1.0 - p;
  // P(a, x) <= x^a / Gamma(a + 1) bounds the root from below; Wilson and Hilferty (1931) are close for all but small a.
  double t = (log(p) + lgamma(a + 1.0)) / a;
  const double cube_root = 1.0 - 1.0 / (9.0 * a) + rough_normal_quantile(p) / (3.0 * __builtin_sqrt(a));
  if (cube_root > 0.0) {
    const double guess = log(a) + 3.0 * log(cube_root);
    if (guess > t) t = guess;
  }
  if (t < -744.0) return 0.0;
  // Newton on the log of the smaller tail as a function of t = log x: log P and log Q are concave there, so it cannot cycle.
  for (int i = 0; i < 200; ++i) {
    const double x = exp(t);
    const double density = gamma_density_times_x(a, x);
    const gamma_tails tails = incomplete_gamma(a, x, density);
    double step = p <= 0.5 ? log(tails.lower / p) * tails.lower / density : log(q / tails.upper) * tails.upper / density;
    if (step != step) break;
    if (step > 4.0) step = 4.0;
    if (step < -4.0) step = -4.0;
    t -= step;
    if (step < 1e-15 && step > -1e-15) break;
  }
  return 2.0 * exp(t);
}

double chi_square_probability(double x, double degrees_of_freedom) noexcept {
  if (!(degrees_of_freedom > 0.0) || degrees_of_freedom == infinity || x != x) return nan;
  if (x <= 0.0) return 0.0;
  if (x == infinity) return 1.0;
  const double a = 0.5 * degrees_of_freedom;
  return incomplete_gamma(a, 0.5 * x, gamma_density_times_x(a, 0.5 * x)).lower;
}

}  // namespace millwright::math
