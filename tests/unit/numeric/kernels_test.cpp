#include "millwright/detail/kernels.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {
namespace {

using detail::kernel_table;
using detail::raw_sums;

constexpr kernel_level every_level[] = {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512,
                                        kernel_level::neon64};

/// Equal bits, but one NaN is as good as another.
::testing::AssertionResult same_bits(double a, double b) {
  if ((std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << a << " and " << b << " differ";
}

/// The contract of detail/kernels.hpp in plain loops: 16 lanes, element i in lane i mod 16, then 16 -> 8 -> 4 -> 2 -> 1.
template <class Term>
double lane_sum_of(std::size_t n, Term term) {
  double lane[16] = {};
  for (std::size_t i = 0; i < n; ++i) lane[i % 16] += term(i);
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
  }
  return lane[0];
}

struct pattern {
  std::string name;
  std::vector<float> x;
};

constexpr std::size_t longest = 300;

/// Inputs that have broken such kernels: every feature of IEEE 754 that a shortcut could lose.
std::vector<pattern> patterns() {
  random_stream random(5, 1);
  std::vector<pattern> all;
  const auto add = [&all](const char* name, auto value) {
    pattern p{name, std::vector<float>(longest)};
    for (std::size_t i = 0; i < longest; ++i) p.x[i] = static_cast<float>(value(i));
    all.push_back(std::move(p));
  };
  const float inf = std::numeric_limits<float>::infinity();
  add("normal", [&](std::size_t) { return random.normal(); });
  add("constant", [](std::size_t) { return 0.1; });
  add("zero", [](std::size_t) { return 0.0; });
  add("signed_zeros", [](std::size_t i) { return i % 3 == 0 ? -0.0 : 0.0; });
  add("offset", [&](std::size_t) { return 1e9 + random.normal(); });
  add("denormal", [&](std::size_t) { return std::ldexp(random.uniform() - 0.5, -130); });
  add("huge", [&](std::size_t) { return (random.uniform() - 0.5) * 6e38; });
  add("every_magnitude", [&](std::size_t) {
    const auto exponent = static_cast<int>(random.below(250)) - 140;  // drawn first: the order of arguments is the compiler's choice
    return std::ldexp(random.uniform() - 0.5, exponent);
  });
  add("one_nan", [&](std::size_t i) { return i == 37 ? std::numeric_limits<double>::quiet_NaN() : random.normal(); });
  add("one_infinity", [&](std::size_t i) { return i == 5 ? static_cast<double>(inf) : random.normal(); });
  add("two_infinities", [&](std::size_t i) {
    return i == 5 ? static_cast<double>(inf) : i == 90 ? -static_cast<double>(inf) : random.normal();
  });
  return all;
}

/// Every length to three rows of lanes and a few beyond, from starts that are aligned to nothing.
template <class Check>
void for_each_case(Check check) {
  const auto inputs = patterns();
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    for (const pattern& p : inputs) {
      for (std::size_t n = 0; n <= longest - 3; n = n < 52 ? n + 1 : n + 49) {
        SCOPED_TRACE(std::string(to_string(level)) + ", " + p.name + ", n = " + std::to_string(n));
        const std::vector<float> x(p.x.begin(), p.x.begin() + static_cast<std::ptrdiff_t>(n % 3 + n));  // ends where a memory checker looks
        check(*kernels, x.data() + n % 3, n);
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(kernels, raw_sums_keep_the_lane_contract) {
  for_each_case([](const kernel_table& kernels, const float* x, std::size_t n) {
    const auto got = kernels.raw_with_roots(x, n);
    const auto plain = kernels.raw(x, n);
    const auto at = [x](std::size_t i) { return static_cast<double>(x[i]); };
    EXPECT_TRUE(same_bits(got.sum, lane_sum_of(n, at)));
    EXPECT_TRUE(same_bits(got.sum_abs, lane_sum_of(n, [&](std::size_t i) { return std::fabs(at(i)); })));
    EXPECT_TRUE(same_bits(got.sum_squares, lane_sum_of(n, [&](std::size_t i) { return at(i) * at(i); })));
    double minimum = math::infinity;
    double maximum = -math::infinity;
    for (std::size_t i = 0; i < n; ++i) {
      if (at(i) < minimum) minimum = at(i);
      if (at(i) > maximum) maximum = at(i);
    }
    EXPECT_EQ(got.minimum, minimum);
    EXPECT_EQ(got.maximum, maximum);
    EXPECT_EQ(plain.sum_sqrt_abs, 0.0);
    for (const auto sum : {&raw_sums::sum, &raw_sums::sum_abs, &raw_sums::sum_squares, &raw_sums::minimum, &raw_sums::maximum}) {
      EXPECT_TRUE(same_bits(plain.*sum, got.*sum));
    }
    const double roots = lane_sum_of(n, [&](std::size_t i) { return std::sqrt(std::fabs(at(i))); });
    if (std::isfinite(roots)) {
      EXPECT_NEAR(got.sum_sqrt_abs, roots, 0x1p-46 * roots);
    } else {
      EXPECT_TRUE(same_bits(got.sum_sqrt_abs, roots));
    }
  });
}

TEST(kernels, float64_samples_give_the_sums_of_the_float32_ones) {
  for_each_case([](const kernel_table& kernels, const float* x, std::size_t n) {
    const std::vector<double> wide(x, x + n);
    const auto narrow_raw = kernels.raw_with_roots(x, n);
    const auto wide_raw = kernels.wide.raw_with_roots(wide.data(), n);
    for (const auto sum : {&raw_sums::sum, &raw_sums::sum_abs, &raw_sums::sum_squares, &raw_sums::minimum, &raw_sums::maximum}) {
      EXPECT_TRUE(same_bits(wide_raw.*sum, narrow_raw.*sum));
      EXPECT_TRUE(same_bits(kernels.wide.raw(wide.data(), n).*sum, narrow_raw.*sum));
    }
    const double roots = lane_sum_of(n, [&](std::size_t i) { return std::sqrt(std::fabs(wide[i])); });
    if (std::isfinite(roots)) {
      EXPECT_NEAR(wide_raw.sum_sqrt_abs, roots, 0x1p-45 * roots);
    } else {
      EXPECT_TRUE(same_bits(wide_raw.sum_sqrt_abs, roots));
    }
    const auto narrow_central = kernels.central(x, n, 0.3);
    const auto wide_central = kernels.wide.central(wide.data(), n, 0.3);
    EXPECT_TRUE(same_bits(wide_central.m2, narrow_central.m2));
    EXPECT_TRUE(same_bits(wide_central.m3, narrow_central.m3));
    EXPECT_TRUE(same_bits(wide_central.m4, narrow_central.m4));
    const auto narrow_differences = kernels.differences(x, n, 0.3);
    const auto wide_differences = kernels.wide.differences(wide.data(), n, 0.3);
    EXPECT_TRUE(same_bits(wide_differences.sum_abs_d1, narrow_differences.sum_abs_d1));
    EXPECT_TRUE(same_bits(wide_differences.sum_d2_squares, narrow_differences.sum_d2_squares));
    EXPECT_EQ(wide_differences.crossings, narrow_differences.crossings);
    std::vector<double> window(n, 0.7);
    std::vector<double> narrow_y(n);
    std::vector<double> wide_y(n);
    kernels.taper(x, window.data(), 0.125, n, narrow_y.data());
    kernels.wide.taper(wide.data(), window.data(), 0.125, n, wide_y.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same_bits(wide_y[i], narrow_y[i]));
    EXPECT_TRUE(same_bits(kernels.wide.trend(wide.data(), n, 0.3), kernels.trend(x, n, 0.3)));
    const auto slope = [&](std::size_t i) { return (static_cast<double>(i) - 0.5 * (static_cast<double>(n) - 1.0)) * (wide[i] - 0.3); };
    EXPECT_TRUE(same_bits(kernels.trend(x, n, 0.3), lane_sum_of(n, slope)));
    kernels.log(wide.data(), 1e-300, n, wide_y.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same_bits(wide_y[i], math::log(wide[i] + 1e-300)) || wide[i] + 1e-300 < 0.0);
  });
}

TEST(kernels, each_square_root_is_good_to_46_bits_or_45_of_float64) {
  random_stream random(5, 2);
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    double worst = 0.0;
    double worst_wide = 0.0;
    for (int i = 0; i < 50000; ++i) {
      float x[16];
      double wide[16];
      for (std::size_t k = 0; k < 16; ++k) {
        x[k] = k == 0 ? std::bit_cast<float>(static_cast<std::uint32_t>(random.below(0x7f7fffff)) + 1) : 0.0f;
        wide[k] = k == 0 ? std::ldexp(1.0 + random.uniform(), static_cast<int>(random.below(120)) - 20) : 0.0;
      }
      const auto error = [](double got, double value) { return std::fabs(got / std::sqrt(value) - 1.0); };
      worst = std::fmax(worst, error(kernels->raw_with_roots(x, 16).sum_sqrt_abs, static_cast<double>(x[0])));
      worst = std::fmax(worst, error(kernels->raw_with_roots(x, 1).sum_sqrt_abs, static_cast<double>(x[0])));
      worst_wide = std::fmax(worst_wide, error(kernels->wide.raw_with_roots(wide, 16).sum_sqrt_abs, wide[0]));
    }
    EXPECT_LT(worst, 0x1p-46) << to_string(level);
    EXPECT_LT(worst_wide, 0x1p-45) << to_string(level);
  }
}

TEST(kernels, roots_of_float64_samples_beyond_single_precision_are_exact) {
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    for (const double scale : {1e-320, 1e-200, 1e-42, 1e-20, 1e31, 1e39, 1e200, 1.7e308}) {
      std::vector<double> x(37);
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = scale / static_cast<double>(i + 1);
      const double roots = lane_sum_of(x.size(), [&](std::size_t i) { return std::sqrt(x[i]); });
      EXPECT_TRUE(same_bits(kernels->wide.raw_with_roots(x.data(), x.size()).sum_sqrt_abs, roots)) << to_string(level) << " " << scale;
    }
    // Among samples of ordinary size, tiny ones may lose their roots.
    const std::vector<double> mixed = {1.0, 1e-300, 0.25, 0.0, -1e-45};
    EXPECT_NEAR(kernels->wide.raw_with_roots(mixed.data(), mixed.size()).sum_sqrt_abs, 1.5, 1e-13);
  }
}

TEST(kernels, central_sums_keep_the_lane_contract) {
  for_each_case([](const kernel_table& kernels, const float* x, std::size_t n) {
    const double mean = 0.25;
    const auto got = kernels.central(x, n, mean);
    const auto d = [x, mean](std::size_t i) { return static_cast<double>(x[i]) - mean; };
    EXPECT_TRUE(same_bits(got.m2, lane_sum_of(n, [&](std::size_t i) { return d(i) * d(i); })));
    EXPECT_TRUE(same_bits(got.m3, lane_sum_of(n, [&](std::size_t i) { return d(i) * d(i) * d(i); })));
    EXPECT_TRUE(same_bits(got.m4, lane_sum_of(n, [&](std::size_t i) { return (d(i) * d(i)) * (d(i) * d(i)); })));
  });
}

TEST(kernels, differences_keep_the_lane_contract) {
  for (const double level : {0.0, 0.1, -1e-40, 1e9, 1e300, math::infinity, -math::infinity, math::nan}) {
    for_each_case([level](const kernel_table& kernels, const float* x, std::size_t n) {
      const auto got = kernels.differences(x, n, level);
      const auto d1 = [x](std::size_t i) { return static_cast<double>(x[i + 1]) - static_cast<double>(x[i]); };
      const auto d2 = [&](std::size_t i) { return d1(i + 1) - d1(i); };
      const std::size_t firsts = n > 1 ? n - 1 : 0;
      const std::size_t seconds = n > 2 ? n - 2 : 0;
      EXPECT_TRUE(same_bits(got.sum_abs_d1, lane_sum_of(firsts, [&](std::size_t i) { return std::fabs(d1(i)); })));
      EXPECT_TRUE(same_bits(got.sum_d1_squares, lane_sum_of(firsts, [&](std::size_t i) { return d1(i) * d1(i); })));
      EXPECT_TRUE(same_bits(got.sum_d2_squares, lane_sum_of(seconds, [&](std::size_t i) { return d2(i) * d2(i); })));
      // The plain sums telescope, which rounds once instead of at every step.
      long double sum_d1 = 0.0L;
      long double sum_d2 = 0.0L;
      long double scale = 0.0L;
      std::int64_t crossings = 0;
      for (std::size_t i = 0; i < firsts; ++i) {
        sum_d1 += d1(i);
        scale += std::fabs(d1(i));
        crossings += (static_cast<double>(x[i + 1]) > level) != (static_cast<double>(x[i]) > level) ? 1 : 0;
      }
      for (std::size_t i = 0; i < seconds; ++i) sum_d2 += d2(i);
      EXPECT_EQ(got.crossings, crossings);
      if (std::isfinite(scale)) {
        EXPECT_NEAR(got.sum_d1, static_cast<double>(sum_d1), 1e-15 * static_cast<double>(scale));
        EXPECT_NEAR(got.sum_d2, static_cast<double>(sum_d2), 2e-15 * static_cast<double>(scale));
      } else {
        EXPECT_TRUE(std::isnan(got.sum_d1));
        EXPECT_TRUE(std::isnan(got.sum_d2));
      }
    });
  }
}

TEST(kernels, crossings_of_a_square_wave) {
  std::vector<float> x(100000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 == 0 ? 1.0f : -1.0f;
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    EXPECT_EQ(kernels->differences(x.data(), x.size(), 0.0).crossings, 99999);
  }
}

TEST(kernels, element_wise_kernels_equal_plain_loops) {
  random_stream random(5, 3);
  std::vector<double> window(longest);
  std::vector<double> z(2 * longest);
  for (auto& v : window) v = random.uniform();
  for (auto& v : z) v = random.normal();
  for_each_case([&](const kernel_table& kernels, const float* x, std::size_t n) {
    std::vector<double> y(n + 1, -7.0);
    kernels.taper(x, window.data(), 0.125, n, y.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same_bits(y[i], (static_cast<double>(x[i]) - 0.125) * window[i]));
    EXPECT_EQ(y[n], -7.0);  // nothing past the end

    std::vector<double> psd(n + 1, 0.5);
    kernels.add_power(z.data(), n, psd.data());
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_TRUE(same_bits(psd[i], 0.5 + (z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1])));
    }
    EXPECT_EQ(psd[n], 0.5);
  });
}

TEST(kernels, squared_distances_equal_plain_loops) {
  constexpr std::size_t dimensions = 7;
  constexpr std::size_t rows = 6;
  for (const std::size_t n : {0, 1, 5, 16, 33, 100}) {
    const std::size_t stride = n + 3;
    std::vector<double> points(dimensions * stride);
    std::vector<double> x(rows * dimensions);
    random_stream random(17, n);
    for (double& v : points) v = random.normal();
    for (double& v : x) v = random.normal();
    x[3] = 1e200;
    std::vector<double> expected(rows * stride, -1.0);  // nothing is written between rows, nor past the end
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < n; ++i) {
        double& sum = expected[r * stride + i] = 0.0;
        for (std::size_t d = 0; d < dimensions; ++d) {
          const double difference = x[r * dimensions + d] - points[d * stride + i];
          sum += difference * difference;
        }
      }
    }
    for (const kernel_level level : every_level) {
      const kernel_table* kernels = detail::kernels_of(level);
      if (kernels == nullptr) continue;
      std::vector<double> out(rows * stride, -1.0);
      kernels->squared_distances(x.data(), rows, {points.data(), dimensions, stride, n}, out.data(), stride);
      for (std::size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(same_bits(out[i], expected[i])) << to_string(level) << " " << i;
    }
  }
}

TEST(kernels, gaussians_are_those_of_the_scalar_exponential) {
  for (const std::size_t n : {0, 1, 5, 16, 33, 100}) {
    std::vector<double> squares(n);
    random_stream random(18, n);
    for (double& v : squares) v = 2.0 + 100.0 * random.uniform();
    if (n > 1) squares[1] = math::infinity;
    if (n > 2) squares[2] = 2.0;
    for (const kernel_level level : every_level) {
      const kernel_table* kernels = detail::kernels_of(level);
      if (kernels == nullptr) continue;
      std::vector<double> y = squares;
      kernels->gaussians(0.3, 2.0, n, y.data());
      std::vector<double> one_by_one = squares;
      for (double& v : one_by_one) detail::kernels_of(kernel_level::scalar)->gaussians(0.3, 2.0, 1, &v);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_TRUE(same_bits(y[i], one_by_one[i])) << to_string(level) << " " << i;
        const double exact = math::exp(-0.3 * (squares[i] - 2.0));
        EXPECT_NEAR(y[i], exact, 2 * 0x1p-52 * exact) << i;
      }
    }
  }
}

TEST(kernels, sum_and_dot_keep_the_lane_contract) {
  for_each_case([](const kernel_table& kernels, const float* x, std::size_t n) {
    const std::vector<double> a(x, x + n);
    const std::vector<double> b(a.rbegin(), a.rend());
    EXPECT_TRUE(same_bits(kernels.sum(a.data(), n), lane_sum_of(n, [&](std::size_t i) { return a[i]; })));
    EXPECT_TRUE(same_bits(kernels.dot(a.data(), b.data(), n), lane_sum_of(n, [&](std::size_t i) { return a[i] * b[i]; })));
  });
}

TEST(kernels, spectral_sums_keep_the_lane_contract_and_use_the_scalar_logarithm) {
  for_each_case([](const kernel_table& kernels, const float* x, std::size_t n) {
    std::vector<double> p(n);
    for (std::size_t i = 0; i < n; ++i) p[i] = std::fabs(static_cast<double>(x[i]));
    std::vector<double> logs(n);
    const auto got = kernels.spectral(p.data(), n, logs.data());
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same_bits(logs[i], math::log(p[i] + 1e-300)));
    const auto logarithm = [&](std::size_t i) { return math::log(p[i] + 1e-300); };
    const auto moment = [&](std::size_t i) { return static_cast<double>(i) * p[i]; };
    EXPECT_TRUE(same_bits(got.power, lane_sum_of(n, [&](std::size_t i) { return p[i]; })));
    EXPECT_TRUE(same_bits(got.first_moment, lane_sum_of(n, moment)));
    EXPECT_TRUE(same_bits(got.second_moment, lane_sum_of(n, [&](std::size_t i) { return static_cast<double>(i) * moment(i); })));
    EXPECT_TRUE(same_bits(got.log_power, lane_sum_of(n, logarithm)));
    EXPECT_TRUE(same_bits(got.power_log_power, lane_sum_of(n, [&](std::size_t i) { return p[i] * logarithm(i); })));
    const double centre = 7.3;
    const auto distance = [&](std::size_t i) {
      const std::size_t lane = i % 16;
      return (static_cast<double>(i - lane) - centre) + static_cast<double>(lane);
    };
    const auto moments = kernels.spectral_moments(p.data(), n, centre);
    EXPECT_TRUE(same_bits(moments.m2, lane_sum_of(n, [&](std::size_t i) { return distance(i) * distance(i) * p[i]; })));
    EXPECT_TRUE(same_bits(moments.m3, lane_sum_of(n, [&](std::size_t i) { return distance(i) * distance(i) * distance(i) * p[i]; })));
    EXPECT_TRUE(same_bits(moments.m4, lane_sum_of(n, [&](std::size_t i) {
                            const double square = distance(i) * distance(i);
                            return square * square * p[i];
                          })));
  });
}

TEST(kernels, the_vector_logarithm_equals_the_scalar_one_at_every_magnitude) {
  random_stream random(5, 4);
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    for (int i = 0; i < 2000; ++i) {
      double p[16] = {};
      for (auto& v : p) v = std::bit_cast<double>(random.below(0x7ff0000000000000));
      p[3] = 1.0 + std::ldexp(random.uniform() - 0.5, -static_cast<int>(random.below(50)));
      // One value in a row of zeros: log_power is then that logarithm and a known sum of the others.
      for (std::size_t k = 0; k < 16; ++k) {
        double row[16] = {};
        double logs[16];
        row[k] = p[k];
        const double expected = lane_sum_of(16, [&](std::size_t j) { return math::log(row[j] + 1e-300); });
        ASSERT_TRUE(same_bits(kernels->spectral(row, 16, logs).log_power, expected)) << to_string(level) << " " << p[k];
      }
    }
  }
}

TEST(kernels, the_power_spectrum_of_nothing_is_nothing) {
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    EXPECT_EQ(kernels->level, level);
    EXPECT_EQ(kernels->raw(nullptr, 0).minimum, math::infinity);
    EXPECT_EQ(kernels->raw(nullptr, 0).maximum, -math::infinity);
    EXPECT_EQ(kernels->spectral(nullptr, 0, nullptr).power, 0.0);
    EXPECT_EQ(kernels->differences(nullptr, 0, 0.0).crossings, 0);
  }
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

// All of the above compares levels within one build; this figure holds for every compiler, optimisation level and architecture.
TEST(kernels, bits_are_the_same_everywhere) {
  for (const kernel_level level : every_level) {
    const kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    bit_hash hash;
    for (const pattern& p : patterns()) {
      std::vector<double> y(longest);
      for (std::size_t i = 0; i < longest; ++i) y[i] = std::fabs(static_cast<double>(p.x[i]));
      for (const std::size_t n : {longest, longest - 9}) {
        const auto raw = kernels->raw_with_roots(p.x.data(), n);
        const auto central = kernels->central(p.x.data(), n, 0.3);
        const auto differences = kernels->differences(p.x.data(), n, 0.3);
        std::vector<double> logs(n);
        const auto spectral = kernels->spectral(y.data(), n, logs.data());
        for (const double v : {raw.sum,
                               raw.sum_abs,
                               raw.sum_sqrt_abs,
                               raw.sum_squares,
                               raw.minimum,
                               raw.maximum,
                               central.m2,
                               central.m3,
                               central.m4,
                               differences.sum_abs_d1,
                               differences.sum_d1,
                               differences.sum_d1_squares,
                               differences.sum_d2,
                               differences.sum_d2_squares,
                               static_cast<double>(differences.crossings),
                               spectral.power,
                               spectral.first_moment,
                               spectral.second_moment,
                               spectral.log_power,
                               spectral.power_log_power,
                               kernels->sum(y.data(), n),
                               kernels->dot(y.data(), y.data(), n)}) {
          hash.add(v);
        }
      }
    }
    EXPECT_EQ(hash.value, 10244236164943491407u) << to_string(level);
  }
}

}  // namespace
}  // namespace millwright
