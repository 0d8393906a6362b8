#include "millwright/vibration/kurtogram.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr double rate = 20000.0;

/// Sum of 12 uniform numbers less 6 is Gaussian enough.
double noise(random_stream& random) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += random.uniform();
  return sum;
}

/// Noise, and decaying oscillations of `resonance_hz` every 10 ms.
std::vector<double> impulses(std::size_t n, std::uint64_t seed, double resonance_hz, double height) {
  random_stream random(seed, 0);
  std::vector<double> x(n);
  for (double& v : x) v = noise(random);
  for (std::size_t start = 37; start < n; start += 200) {
    for (std::size_t i = 0; i < 150 && start + i < n; ++i) {
      const double t = static_cast<double>(i) / rate;
      x[start + i] += height * math::exp(-0.05 * 2.0 * math::pi * resonance_hz * t) * math::sin_pi(2.0 * resonance_hz * t);
    }
  }
  return x;
}

TEST(Kurtogram, FindsTheResonance) {
  for (const double resonance : {2000.0, 3000.0, 4400.0, 7700.0}) {
    const auto x = impulses(16384, 3, resonance, 5.0);
    const auto map = test::must(fast_kurtogram<double>(x, rate));
    EXPECT_LE(map.best.f_lo_hz, resonance);
    EXPECT_GE(map.best.f_hi_hz, resonance);
    EXPECT_GT(map.best.kurtosis, 0.5);
  }
}

TEST(Kurtogram, RowsHalveAndThird) {
  const auto x = impulses(4096, 3, 3000.0, 1.0);
  const auto map = test::must(fast_kurtogram<double>(x, rate));
  ASSERT_EQ(map.rows.size(), 10u);
  const std::size_t bands[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
  for (std::size_t r = 0; r < 10; ++r) {
    EXPECT_EQ(map.rows[r].kurtosis.size(), bands[r]);
    EXPECT_NEAR(map.rows[r].level, std::log2(static_cast<double>(bands[r])), 1e-12);
  }
  EXPECT_EQ(test::must(fast_kurtogram<double>(x, rate, 2)).rows.size(), 4u);
}

TEST(Kurtogram, ScaleDoesNotMatter) {
  const auto x = impulses(2048, 3, 3000.0, 1.0);
  auto small = x;
  for (double& v : small) v *= 0x1p-100;
  const auto a = test::must(fast_kurtogram<double>(x, rate));
  const auto b = test::must(fast_kurtogram<double>(small, rate));
  for (std::size_t r = 0; r < a.rows.size(); ++r) EXPECT_EQ(a.rows[r].kurtosis, b.rows[r].kurtosis);
  // Also where fourth powers, squares or the sum itself are beyond a double.
  for (const double scale : {0x1p265, 0x1p600, 0x1p1020, 0x1p-600, 0x1p-1000}) {
    auto scaled = x;
    for (double& v : scaled) v *= scale;
    const std::span<const double> records[] = {scaled, scaled};
    const auto c = test::must(choose_band<double>(records, rate));
    EXPECT_EQ(c.best.f_lo_hz, a.best.f_lo_hz) << scale;
    EXPECT_EQ(c.best.kurtosis, a.best.kurtosis) << scale;
    for (std::size_t r = 0; r < a.rows.size(); ++r) EXPECT_EQ(a.rows[r].kurtosis, c.rows[r].kurtosis) << scale;
  }
}

TEST(Kurtogram, ConstantsAreNotImpulsive) {
  const std::vector<float> constant(1000, 0.1f);
  const auto map = test::must(fast_kurtogram<float>(constant, rate));
  EXPECT_EQ(map.best.kurtosis, 0.0);
  EXPECT_EQ(map.best.f_hi_hz, 0.5 * rate);  // ties go to the widest
}

TEST(Kurtogram, RefusesWhatItCannotUse) {
  std::vector<double> x(255, 0.0);
  EXPECT_FALSE(fast_kurtogram<double>(x, rate));
  EXPECT_FALSE(fast_kurtogram<double>({}, rate));
  x.resize(1000);
  EXPECT_FALSE(fast_kurtogram<double>(x, rate, 3));
  EXPECT_FALSE(fast_kurtogram<double>(x, -1.0));
  x[5] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(fast_kurtogram<double>(x, rate));
}

TEST(ChooseBand, AnImpactInOneRecordDecidesNothing) {
  std::vector<std::vector<double>> records;
  for (std::uint64_t seed = 0; seed < 4; ++seed) records.push_back(impulses(16384, seed, 3000.0, 5.0));
  for (std::size_t i = 0; i < 40; ++i) {  // something drops on the machine, and rings at 8.5 kHz
    records[2][5000 + i] += 100.0 * math::exp(-0.05 * static_cast<double>(i)) * math::sin_pi(0.85 * static_cast<double>(i));
  }
  EXPECT_GT(test::must(fast_kurtogram<double>(records[2], rate)).best.center_hz(), 6000.0);
  std::vector<std::span<const double>> spans(records.begin(), records.end());
  const auto chosen = test::must(choose_band<double>(spans, rate)).best;
  EXPECT_LE(chosen.f_lo_hz, 3000.0);
  EXPECT_GE(chosen.f_hi_hz, 3000.0);
}

TEST(ChooseBand, KeepsItsLimits) {
  const auto first = impulses(8192, 1, 3000.0, 5.0);
  const auto second = impulses(5000, 2, 3000.0, 5.0);
  const std::span<const double> records[] = {first, second};
  band_limits limits;
  limits.f_min_hz = 4000.0;
  limits.f_max_hz = 9000.0;
  limits.min_bandwidth_hz = 1250.0;
  const auto chosen = test::must(choose_band<double>(records, rate, limits));
  EXPECT_EQ(chosen.rows.size(), 10u);  // as many levels as the shorter one has
  EXPECT_GE(chosen.best.f_lo_hz, 4000.0);
  EXPECT_LE(chosen.best.f_hi_hz, 9000.0);
  EXPECT_GE(chosen.best.bandwidth_hz(), 1250.0);
  limits.min_bandwidth_hz = 9000.0;
  EXPECT_FALSE(choose_band<double>(records, rate, limits));
  EXPECT_FALSE(choose_band<double>({}, rate));
}

}  // namespace
}  // namespace millwright
