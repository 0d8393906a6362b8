#include "millwright/numeric/math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/numeric/random.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

/// Distance to the exact value in units of the last place of its double.
double ulps(double computed, long double exact) {
  const double nearest = static_cast<double>(exact);
  if (!std::isfinite(nearest) || !std::isfinite(computed)) return computed == nearest ? 0.0 : 1e30;
  const double magnitude = std::fabs(nearest);
  const double unit = std::nextafter(magnitude, std::numeric_limits<double>::infinity()) - magnitude;
  return static_cast<double>(std::fabs(static_cast<long double>(computed) - exact) / static_cast<long double>(unit));
}

struct worst_case {
  double error = 0.0;
  double at = 0.0;
  void add(double x, double computed, long double exact) {
    const double e = ulps(computed, exact);
    if (!(e <= error)) {
      error = e;
      at = x;
    }
  }
  /// Checks the bound and leaves the figure in the test report.
  void expect_at_most(double bound, const char* what) const {
    EXPECT_LE(error, bound) << what << " at " << at;
    char text[64];
    std::snprintf(text, sizeof text, "%.3f at %.17g", error, at);
    testing::Test::RecordProperty(std::string("ulp_") + what, text);
    std::printf("  %-10s max %s ulp\n", what, text);
  }
};

constexpr int draws = 200000;

/// Positive doubles of every magnitude, denormals included: random bits.
double any_positive(random_stream& random) {
  const std::uint64_t bits = random.below(0x7ff0000000000000);
  double x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

double between(random_stream& random, double low, double high) { return low + (high - low) * random.uniform(); }

TEST(math, logarithms_are_within_an_ulp) {
  random_stream random(1, 1);
  worst_case log_case;
  worst_case log2_case;
  worst_case log10_case;
  const auto check = [&](double x) {
    const long double wide = x;
    log_case.add(x, math::log(x), std::log(wide));
    log2_case.add(x, math::log2(x), std::log2(wide));
    log10_case.add(x, math::log10(x), std::log10(wide));
  };
  for (int i = 0; i < draws; ++i) {
    check(any_positive(random));
    check(between(random, 0.5, 2.0));
    check(1.0 + std::ldexp(random.uniform() - 0.5, -static_cast<int>(random.below(50))));
  }
  for (double x = 0x1p-1074; x < 0x1p-1020; x *= 2.0) check(1.5 * x);
  log_case.expect_at_most(1.0, "log");
  log2_case.expect_at_most(0.6, "log2");
  log10_case.expect_at_most(0.6, "log10");
}

TEST(math, logarithms_are_exact_where_the_result_is) {
  for (int k = -1074; k <= 1023; ++k) EXPECT_EQ(math::log2(std::ldexp(1.0, k)), k);
  double power = 1.0;
  for (int k = 0; k <= 22; ++k, power *= 10.0) EXPECT_EQ(math::log10(power), k);
  EXPECT_EQ(math::log(1.0), 0.0);
}

TEST(math, logarithms_of_special_values) {
  for (auto* f : {&math::log, &math::log2, &math::log10}) {
    EXPECT_EQ(f(0.0), -math::infinity);
    EXPECT_EQ(f(-0.0), -math::infinity);
    EXPECT_EQ(f(math::infinity), math::infinity);
    EXPECT_TRUE(std::isnan(f(-1.0)));
    EXPECT_TRUE(std::isnan(f(-0x1p-1074)));
    EXPECT_TRUE(std::isnan(f(-math::infinity)));
    EXPECT_TRUE(std::isnan(f(math::nan)));
  }
  EXPECT_EQ(math::log1p(-1.0), -math::infinity);
  EXPECT_EQ(math::log1p(math::infinity), math::infinity);
  EXPECT_TRUE(std::isnan(math::log1p(-1.5)));
  EXPECT_TRUE(std::isnan(math::log1p(math::nan)));
  EXPECT_EQ(math::log1p(0x1p-1074), 0x1p-1074);
}

TEST(math, log1p_is_within_an_ulp) {
  random_stream random(1, 2);
  worst_case worst;
  for (int i = 0; i < draws; ++i) {
    for (const double x : {any_positive(random), between(random, -1.0, 3.0), between(random, -1e-3, 1e-3)}) {
      worst.add(x, math::log1p(x), std::log1p(static_cast<long double>(x)));
    }
  }
  worst.expect_at_most(1.0, "log1p");
}

TEST(math, exponentials_are_within_an_ulp) {
  random_stream random(1, 3);
  worst_case exp_case;
  worst_case exp2_case;
  worst_case expm1_case;
  worst_case denormal_case;
  for (int i = 0; i < draws; ++i) {
    for (const double x : {between(random, -708.3, 709.7), between(random, -2.0, 2.0), between(random, -1e-5, 1e-5)}) {
      exp_case.add(x, math::exp(x), std::exp(static_cast<long double>(x)));
      expm1_case.add(x, math::expm1(x), std::expm1(static_cast<long double>(x)));
    }
    for (const double x : {between(random, -1021.9, 1023.9), between(random, -2.0, 2.0)}) {
      exp2_case.add(x, math::exp2(x), std::exp2(static_cast<long double>(x)));
    }
    const double x = between(random, -746.0, -708.0);
    denormal_case.add(x, math::exp(x), std::exp(static_cast<long double>(x)));
  }
  exp_case.expect_at_most(0.65, "exp");
  exp2_case.expect_at_most(0.65, "exp2");
  expm1_case.expect_at_most(1.0, "expm1");
  denormal_case.expect_at_most(1.0, "exp_denormal");
}

TEST(math, exponentials_of_special_values) {
  EXPECT_EQ(math::exp(0.0), 1.0);
  EXPECT_EQ(math::exp(710.0), math::infinity);
  EXPECT_EQ(math::exp(709.782712893384), std::exp(709.782712893384));
  EXPECT_EQ(math::exp(-745.13), 0x1p-1074);
  EXPECT_EQ(math::exp(-746.0), 0.0);
  EXPECT_EQ(math::exp(math::infinity), math::infinity);
  EXPECT_EQ(math::exp(-math::infinity), 0.0);
  EXPECT_TRUE(std::isnan(math::exp(math::nan)));
  EXPECT_EQ(math::expm1(-math::infinity), -1.0);
  EXPECT_EQ(math::expm1(math::infinity), math::infinity);
  EXPECT_EQ(math::expm1(0x1p-1074), 0x1p-1074);
  EXPECT_TRUE(std::isnan(math::expm1(math::nan)));
  for (int k = -1074; k <= 1023; ++k) EXPECT_EQ(math::exp2(k), std::ldexp(1.0, k));
  EXPECT_EQ(math::exp2(1024.0), math::infinity);
  EXPECT_EQ(math::exp2(-1080.0), 0.0);
  EXPECT_EQ(math::exp2(math::infinity), math::infinity);
  EXPECT_EQ(math::exp2(-math::infinity), 0.0);
  EXPECT_TRUE(std::isnan(math::exp2(math::nan)));
}

TEST(math, pow_is_within_an_ulp) {
  random_stream random(1, 4);
  worst_case worst;
  for (int i = 0; i < draws; ++i) {
    const double x = i % 2 == 0 ? any_positive(random) : between(random, 0.5, 2.0);
    const double limit = 700.0 / std::fabs(std::log(x) + 1e-9);
    const double y = between(random, -limit, limit);
    worst.add(x, math::pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y)));
  }
  worst.expect_at_most(0.7, "pow");
  for (int i = 0; i < 1000; ++i) {
    const double x = between(random, 0.0, 1e3);
    EXPECT_EQ(math::pow(x, 1.0), x);
    EXPECT_EQ(math::pow(i, 2.0), 1.0 * i * i);
    EXPECT_EQ(math::pow(1.0 * i * i, 0.5), i);
  }
}

TEST(math, pow_of_special_values) {
  EXPECT_EQ(math::pow(0.0, 2.0), 0.0);
  EXPECT_EQ(math::pow(0.0, -2.0), math::infinity);
  EXPECT_EQ(math::pow(5.0, 0.0), 1.0);
  EXPECT_EQ(math::pow(1.0, 1e300), 1.0);
  EXPECT_EQ(math::pow(2.0, 1e300), math::infinity);
  EXPECT_EQ(math::pow(2.0, -1e300), 0.0);
  EXPECT_EQ(math::pow(0.5, math::infinity), 0.0);
  EXPECT_EQ(math::pow(0.5, -math::infinity), math::infinity);
  EXPECT_EQ(math::pow(math::infinity, 0.5), math::infinity);
  EXPECT_EQ(math::pow(math::infinity, -0.5), 0.0);
  EXPECT_EQ(math::pow(2.0, -1074.0), 0x1p-1074);
  EXPECT_TRUE(std::isnan(math::pow(-2.0, 0.5)));
  EXPECT_TRUE(std::isnan(math::pow(math::nan, 2.0)));
  EXPECT_TRUE(std::isnan(math::pow(2.0, math::nan)));
}

TEST(math, sin_pi_and_cos_pi_are_within_an_ulp) {
  constexpr long double wide_pi = 3.14159265358979323846264338327950288L;
  random_stream random(1, 5);
  worst_case sin_case;
  worst_case cos_case;
  for (int i = 0; i < draws; ++i) {
    const double small = std::ldexp(random.uniform(), -static_cast<int>(random.below(60)));
    for (const double x : {between(random, 0.0, 0.25), small * 0.25}) {
      sin_case.add(x, math::sin_pi(x), std::sin(wide_pi * x));
      cos_case.add(x, math::cos_pi(x), std::cos(wide_pi * x));
    }
  }
  sin_case.expect_at_most(0.8, "sin_pi");
  cos_case.expect_at_most(0.6, "cos_pi");
}

TEST(math, sin_pi_and_cos_pi_keep_every_symmetry_exactly) {
  for (int k = -4096; k <= 4096; ++k) {
    const double x = k / 512.0;  // so that x + 1 and 1/2 - x are exact
    const double s = math::sin_pi(x);
    const double c = math::cos_pi(x);
    EXPECT_EQ(math::sin_pi(-x), -s);
    EXPECT_EQ(math::cos_pi(-x), c);
    EXPECT_EQ(math::sin_pi(x + 1.0), -s);
    EXPECT_EQ(math::cos_pi(x + 1.0), -c);
    EXPECT_EQ(math::sin_pi(0.5 - x), c);
    EXPECT_EQ(math::sin_pi(x + 0x1p40), s);
    EXPECT_NEAR(s, std::sin(math::pi * x), 1e-14);
    EXPECT_NEAR(c, std::cos(math::pi * x), 1e-14);
  }
  EXPECT_EQ(math::sin_pi(1.0), 0.0);
  EXPECT_EQ(math::sin_pi(0.5), 1.0);
  EXPECT_EQ(math::sin_pi(1.5), -1.0);
  EXPECT_EQ(math::cos_pi(0.5), 0.0);
  EXPECT_EQ(math::cos_pi(1.0), -1.0);
  EXPECT_EQ(math::cos_pi(9007199254740991.0), -1.0);
  EXPECT_EQ(math::cos_pi(1e300), 1.0);
  EXPECT_TRUE(std::isnan(math::sin_pi(math::infinity)));
  EXPECT_TRUE(std::isnan(math::cos_pi(-math::infinity)));
  EXPECT_TRUE(std::isnan(math::sin_pi(math::nan)));
}

TEST(math, atan_is_within_an_ulp) {
  random_stream random(1, 6);
  worst_case worst;
  for (int i = 0; i < draws; ++i) {
    for (const double x : {any_positive(random), between(random, -2.0, 2.0), -between(random, 0.0, 20.0)}) {
      worst.add(x, math::atan(x), std::atan(static_cast<long double>(x)));
    }
  }
  worst.expect_at_most(0.6, "atan");
  EXPECT_EQ(math::atan(0.0), 0.0);
  EXPECT_EQ(math::atan(math::infinity), math::pi / 2);
  EXPECT_EQ(math::atan(-math::infinity), -math::pi / 2);
  EXPECT_EQ(math::atan(1.0), math::pi / 4);
  EXPECT_TRUE(std::isnan(math::atan(math::nan)));
}

TEST(math, lgamma_is_close_everywhere) {
  random_stream random(1, 7);
  worst_case worst;
  for (int i = 0; i < draws; ++i) {
    const double x = between(random, 1e-3, 30.0);
    worst.add(x, math::lgamma(x), std::lgamma(static_cast<long double>(x)));
  }
  worst.expect_at_most(8.0, "lgamma");
  EXPECT_EQ(math::lgamma(1.0), 0.0);
  EXPECT_EQ(math::lgamma(2.0), 0.0);
  EXPECT_EQ(math::lgamma(0.0), math::infinity);
  EXPECT_EQ(math::lgamma(math::infinity), math::infinity);
  EXPECT_TRUE(std::isnan(math::lgamma(-0.5)));
  EXPECT_TRUE(std::isnan(math::lgamma(math::nan)));
}

TEST(math, gamma_functions_agree_with_the_references) {
  std::ifstream file(test::source_file("tests/golden/numerics_reference.csv"));
  ASSERT_TRUE(file.is_open());
  std::string line;
  int checked = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::stringstream fields(line);
    std::string name;
    std::string text[3];
    std::getline(fields, name, ',');
    for (auto& t : text) std::getline(fields, t, ',');
    const double a = std::strtod(text[0].c_str(), nullptr);
    const double b = std::strtod(text[1].c_str(), nullptr);
    const double value = std::strtod(text[2].c_str(), nullptr);
    if (name == "lgamma") {
      EXPECT_NEAR(math::lgamma(a) / value, 1.0, 1e-12) << a;
    } else {
      ASSERT_EQ(name, "chi_square_quantile");
      EXPECT_NEAR(math::chi_square_quantile(a, b) / value, 1.0, 1e-10) << a << " of " << b;
    }
    ++checked;
  }
  EXPECT_GT(checked, 250);
}

TEST(math, chi_square_quantile_of_special_values) {
  EXPECT_EQ(math::chi_square_quantile(0.0, 3.0), 0.0);
  EXPECT_EQ(math::chi_square_quantile(1.0, 3.0), math::infinity);
  EXPECT_EQ(math::chi_square_quantile(1e-10, 0.001), 0.0);  // below the smallest double
  EXPECT_TRUE(std::isnan(math::chi_square_quantile(-0.1, 3.0)));
  EXPECT_TRUE(std::isnan(math::chi_square_quantile(1.1, 3.0)));
  EXPECT_TRUE(std::isnan(math::chi_square_quantile(0.5, 0.0)));
  EXPECT_TRUE(std::isnan(math::chi_square_quantile(math::nan, 3.0)));
  // Two degrees of freedom have a closed form.
  for (const double p : {1e-9, 0.1, 0.5, 0.9, 0.999}) {
    EXPECT_NEAR(math::chi_square_quantile(p, 2.0) / (-2.0 * std::log1p(-p)), 1.0, 1e-13);
  }
}

TEST(math, angle_of_a_point_in_turns) {
  for (int i = -180; i <= 180; ++i) {
    const double turns = i / 360.0;
    const double found = math::atan2_turns(3.0 * math::sin_pi(2.0 * turns), 3.0 * math::cos_pi(2.0 * turns));
    EXPECT_NEAR(std::abs(i) == 180 ? std::fabs(found) : found, std::abs(i) == 180 ? 0.5 : turns, 1e-16) << i;
  }
  EXPECT_TRUE(std::isnan(math::atan2_turns(0.0, 0.0)));
  EXPECT_EQ(math::atan2_turns(0.0, -1.0), 0.5);
}

TEST(math, tangent_and_hyperbolic_functions_are_within_three_ulp) {
  random_stream random(1, 20);
  worst_case tan_case;
  worst_case sinh_case;
  worst_case cosh_case;
  worst_case asinh_case;
  for (int i = 0; i < draws; ++i) {
    const double t = between(random, -0.499, 0.499);
    tan_case.add(t, math::tan_pi(t), std::tan(3.141592653589793238462643383279502884L * static_cast<long double>(t)));
    for (const double x : {between(random, -700.0, 700.0), between(random, -3.0, 3.0), between(random, -1e-4, 1e-4)}) {
      const long double wide = x;
      sinh_case.add(x, math::sinh(x), std::sinh(wide));
      cosh_case.add(x, math::cosh(x), std::cosh(wide));
      asinh_case.add(x, math::asinh(x), std::asinh(wide));
    }
    const double any = any_positive(random);
    asinh_case.add(any, math::asinh(any), std::asinh(static_cast<long double>(any)));
  }
  tan_case.expect_at_most(2.0, "tan_pi");
  sinh_case.expect_at_most(3.0, "sinh");
  cosh_case.expect_at_most(3.0, "cosh");
  asinh_case.expect_at_most(3.0, "asinh");
}

TEST(math, tangent_and_hyperbolic_functions_of_special_values) {
  EXPECT_EQ(math::tan_pi(0.25), 1.0);
  EXPECT_EQ(math::tan_pi(0.0), 0.0);
  EXPECT_EQ(math::sinh(0.0), 0.0);
  EXPECT_EQ(math::sinh(math::infinity), math::infinity);
  EXPECT_EQ(math::sinh(-math::infinity), -math::infinity);
  EXPECT_NEAR(math::sinh(710.0) / std::sinh(710.0), 1.0, 1e-15);  // e^710 overflows
  EXPECT_EQ(math::cosh(0.0), 1.0);
  EXPECT_EQ(math::cosh(-math::infinity), math::infinity);
  EXPECT_EQ(math::asinh(0x1p-1074), 0x1p-1074);
  EXPECT_EQ(math::asinh(-math::infinity), -math::infinity);
  for (auto* f : {&math::tan_pi, &math::sinh, &math::cosh, &math::asinh}) EXPECT_TRUE(std::isnan(f(math::nan)));
  EXPECT_TRUE(std::isnan(math::tan_pi(math::infinity)));
}

/// FNV-1a over bits; every NaN counts the same.
struct bit_hash {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(double x) {
    std::uint64_t bits = 0x7ff8000000000000;
    if (!std::isnan(x)) std::memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 64; i += 8) value = (value ^ (bits >> i & 0xff)) * 0x100000001b3;
  }
};

// The promise of math.hpp. The figure holds for every compiler, optimisation level and architecture; when an algorithm is changed
// on purpose, it changes with numerics_id.
TEST(math, bits_are_the_same_everywhere) {
  random_stream random(2, 1);
  bit_hash hash;
  for (int i = 0; i < 20000; ++i) {
    const double x = any_positive(random);
    const double y = between(random, -30.0, 30.0);
    for (const double v : {math::log(x), math::log2(x), math::log10(x), math::log1p(y), math::log1p(x), math::exp(y * 25.0), math::expm1(y),
                           math::exp2(y * 35.0), math::pow(x, y * 0.1), math::sin_pi(y), math::cos_pi(y), math::atan(x), math::atan(y),
                           math::lgamma(y), random.normal()}) {
      hash.add(v);
    }
    if (i % 64 == 0) {
      const double p = random.uniform();  // drawn one after the other: the order of arguments is the compiler's choice
      hash.add(math::chi_square_quantile(p, between(random, 0.1, 200.0)));
    }
  }
  EXPECT_EQ(hash.value, 13706095168757739478u);
}

TEST(math, bits_of_the_functions_for_filter_design_are_the_same_everywhere) {
  random_stream random(2, 2);
  bit_hash hash;
  for (int i = 0; i < 20000; ++i) {
    const double x = any_positive(random);
    const double y = between(random, -30.0, 30.0);
    for (const double v : {math::tan_pi(y), math::sinh(y), math::cosh(y), math::asinh(y), math::asinh(x)}) hash.add(v);
  }
  EXPECT_EQ(hash.value, 17166540871824887531u);
}

}  // namespace
}  // namespace millwright
