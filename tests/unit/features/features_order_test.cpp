// Features of sorted samples, of their order in time, and of rainflow cycles.
#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "millwright/features/rainflow_view.hpp"
#include "millwright/features/sorted_view.hpp"
#include "millwright/numeric/random.hpp"
#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

std::vector<double> values_of(const std::vector<std::string>& names, const std::vector<float>& x) {
  const auto values = extract_features(names, std::span<const float>(x), 1000.0);
  EXPECT_TRUE(values) << values.error().message();
  return values ? *values : std::vector<double>(names.size(), -777.0);
}
double value_of(const std::string& name, const std::vector<float>& x) { return values_of({name}, x)[0]; }

std::vector<float> noise(std::size_t n, std::uint64_t seed = 1) {
  random_stream random(seed, 0);
  std::vector<float> x(n);
  for (auto& v : x) v = static_cast<float>(random.normal());
  return x;
}

std::map<double, double> rainflow_of(const std::vector<float>& x) {
  rainflow_view view;
  view_request request;
  request.length = x.size();
  alignas(64) static std::byte own[65536];
  alignas(64) static std::byte shared[65536];
  workspace memory({own, sizeof own});
  workspace scratch({shared, sizeof shared});
  EXPECT_TRUE(view.prepare(request, memory, scratch));
  samples_view samples;
  const std::vector<double> wide(x.begin(), x.end());
  samples.x = wide;
  EXPECT_TRUE(view.compute({}, samples));
  std::map<double, double> counts;
  for (const double range : view.whole) counts[range] += 1.0;
  for (const double range : view.halves) counts[range] += 0.5;
  return counts;
}

TEST(Rainflow, TheExampleOfTheStandard) {
  // ASTM E1049-85, figure 6: peaks and valleys A .. I, counted by hand in the standard.
  const std::map<double, double> expected = {{3, 0.5}, {4, 1.5}, {6, 0.5}, {8, 1.0}, {9, 0.5}};
  EXPECT_EQ(rainflow_of({-2, 1, -3, 5, -1, 3, -4, 4, -2}), expected);
  // Samples on the way and equal neighbours change nothing.
  EXPECT_EQ(rainflow_of({-2, -2, 0, 1, -1, -3, -3, 5, -1, 0, 3, -4, -4, 4, 1, -2, -2}), expected);
  const std::vector<float> x = {-2, 1, -3, 5, -1, 3, -4, 4, -2};
  EXPECT_EQ(value_of("rainflow_cycles", x), 4.0);
  EXPECT_EQ(value_of("rainflow_max_range", x), 9.0);
  const double damage = 0.5 * 27 + 1.5 * 64 + 0.5 * 216 + 512 + 0.5 * 729;
  EXPECT_NEAR(value_of("damage_equivalent_range", x), std::cbrt(damage), 1e-12);
  EXPECT_NEAR(value_of("damage_equivalent_range(cycles=8)", x), 0.5 * std::cbrt(damage), 1e-12);
}

TEST(Rainflow, OfNothingAndOfOneSwing) {
  EXPECT_EQ(value_of("rainflow_cycles", {1, 1, 1}), 0.0);
  EXPECT_EQ(value_of("damage_equivalent_range", {1, 1, 1}), 0.0);
  EXPECT_EQ(value_of("rainflow_cycles", {5}), 0.0);
  EXPECT_EQ(value_of("rainflow_cycles", {0, 2}), 0.5);
  EXPECT_EQ(value_of("rainflow_max_range", {0, 2, 2}), 2.0);
}

TEST(Distribution, SortsEveryPatternOfFloats) {
  random_stream random(3, 0);
  for (const std::size_t n : {1u, 2u, 3u, 15u, 16u, 17u, 1000u, 4099u}) {
    std::vector<float> x(n);
    for (auto& v : x) v = static_cast<float>(std::ldexp(random.normal(), static_cast<int>(random.below(200)) - 100));
    if (n > 2) x[1] = -0.0f;
    std::vector<double> sorted(x.begin(), x.end());
    std::sort(sorted.begin(), sorted.end());
    for (const double q : {0.0, 0.1, 0.5, 0.77, 1.0}) {
      EXPECT_EQ(value_of("quantile(q=" + std::to_string(q) + ")", x), sorted_quantile(sorted, q)) << n;
      const std::vector<double> wide(x.begin(), x.end());
      const auto from_wide = extract_features({"quantile(q=" + std::to_string(q) + ")"}, std::span<const double>(wide), 1.0);
      EXPECT_EQ((*from_wide)[0], sorted_quantile(sorted, q));
    }
    // The median of the deviations by sorting them.
    const double median = sorted_quantile(sorted, 0.5);
    std::vector<double> deviations;
    for (const double v : sorted) deviations.push_back(std::abs(v - median));
    std::sort(deviations.begin(), deviations.end());
    EXPECT_EQ(value_of("median_abs_deviation", x), sorted_quantile(deviations, 0.5)) << n;
  }
}

// The sort goes by the place within the range: these are the ranges that part numbers well, badly, and not at all.
TEST(Distribution, SortsWhateverTheRange) {
  constexpr std::size_t n = 4096;
  random_stream random(3, 1);
  std::vector<double> noise(n);
  for (auto& v : noise) v = random.normal();
  std::vector<double> ties = noise;
  for (auto& v : ties) v = std::floor(2.0 * v);
  std::vector<double> falling(n);
  for (std::size_t i = 0; i < n; ++i) falling[i] = -static_cast<double>(i);
  std::vector<double> crowded = falling;
  crowded[17] = 1e12;
  std::vector<double> pair(n, -0.0);
  pair[5] = 1.0;
  std::vector<double> denormal = falling;
  for (auto& v : denormal) v *= 5e-324;
  std::vector<double> offset = noise;
  for (auto& v : offset) v += 1e9;
  for (const auto& x : {noise, ties, falling, crowded, pair, denormal, offset}) {
    std::vector<double> sorted = x;
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> names;
    std::vector<double> expected;
    for (std::size_t rank = 0; rank < n; rank += 13) {
      const double q = static_cast<double>(rank) / static_cast<double>(n - 1);
      names.push_back("quantile(q=" + std::to_string(q) + ")");
      expected.push_back(sorted_quantile(sorted, std::stod(std::to_string(q))));
    }
    const auto found = extract_features(names, std::span<const double>(x), 1.0);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, expected);
  }
}

TEST(Distribution, KnownShapes) {
  std::vector<float> uniform(10'001);
  for (std::size_t i = 0; i < uniform.size(); ++i) uniform[i] = static_cast<float>(i) / 10'000.0f;
  EXPECT_NEAR(value_of("moors_kurtosis", uniform), 1.0, 1e-6);
  EXPECT_NEAR(value_of("l_kurtosis", uniform), 0.0, 1e-3);
  EXPECT_NEAR(value_of("l_scale", uniform), 1.0 / 6.0, 1e-4);
  EXPECT_NEAR(value_of("histogram_entropy", uniform), 1.0, 1e-4);
  const auto gaussian = noise(200'000);
  EXPECT_NEAR(value_of("moors_kurtosis", gaussian), 1.233, 0.02);
  EXPECT_NEAR(value_of("l_kurtosis", gaussian), 0.1226, 0.002);
  EXPECT_NEAR(value_of("l_skewness", gaussian), 0.0, 0.005);
  EXPECT_NEAR(value_of("iqr", gaussian), 1.349, 0.01);
  EXPECT_NEAR(value_of("median_abs_deviation", gaussian), 0.6745, 0.005);
  auto cut = noise(1000);
  for (auto& v : cut) v = std::clamp(v, -1.0f, 1.0f);
  const auto at_limits = std::count_if(cut.begin(), cut.end(), [](float v) { return std::abs(v) == 1.0f; });
  EXPECT_EQ(value_of("clipping", cut), static_cast<double>(at_limits) / 1000.0);
}

TEST(Distribution, ConstantAndShortWindows) {
  const std::vector<float> constant(9, 2.5f);
  const auto v = values_of({"median", "iqr", "median_abs_deviation", "l_scale", "clipping"}, constant);
  EXPECT_EQ(v, (std::vector<double>{2.5, 0.0, 0.0, 0.0, 1.0}));
  for (const char* name : {"moors_kurtosis", "l_skewness", "l_kurtosis", "histogram_entropy"})
    EXPECT_TRUE(std::isnan(value_of(name, constant)));
  EXPECT_TRUE(std::isnan(value_of("l_scale", {1})));
  EXPECT_EQ(value_of("l_scale", {1, 4}), 1.5);
  EXPECT_TRUE(std::isnan(value_of("l_skewness", {1, 4})));
  EXPECT_TRUE(std::isnan(value_of("l_kurtosis", {1, 4, 5})));
  EXPECT_TRUE(std::isnan(value_of("moors_kurtosis", {0, 1, 1, 1, 1, 1, 1, 1, 2})));
}

TEST(Dynamics, PeriodOfASine) {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(std::sin(2.0 * std::numbers::pi * static_cast<double>(i) / 50.0));
  EXPECT_EQ(value_of("autocorrelation_first_zero", x), 13.0);
  EXPECT_EQ(value_of("autocorrelation_first_peak", x), 50.0);
  EXPECT_NEAR(value_of("autocorrelation(lag=50)", x), 0.95, 1e-4);
  EXPECT_LT(value_of("sample_entropy", x), 0.3);
  EXPECT_GT(value_of("sample_entropy", noise(1000)), 1.8);
  EXPECT_GT(value_of("permutation_entropy(order=5)", noise(20'000)), 0.99);
}

TEST(Dynamics, ShortConstantAndRamp) {
  const std::vector<std::string> all = {"autocorrelation",       "autocorrelation_first_zero", "autocorrelation_first_peak",
                                        "autocorrelation_decay", "permutation_entropy",        "sample_entropy"};
  for (const auto& x : {std::vector<float>(50, 3.0f), std::vector<float>{1}, std::vector<float>(2, 0.0f)}) {
    for (const double v : values_of(all, x)) EXPECT_TRUE(std::isnan(v));
  }
  EXPECT_TRUE(std::isnan(value_of("autocorrelation(lag=4)", {1, 2, 1, 2})));
  EXPECT_TRUE(std::isnan(value_of("permutation_entropy(order=4)", {1, 2, 3})));
  std::vector<float> ramp(100);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
  EXPECT_EQ(value_of("permutation_entropy", ramp), 0.0);
  EXPECT_NEAR(value_of("trend", ramp), 99.0, 1e-12);
  EXPECT_TRUE(std::isnan(value_of("trend", {1})));
}

TEST(Dynamics, SampleEntropyReadsTheLastSamplesOfALongWindow) {
  auto x = noise(5000);
  const std::vector<float> tail(x.end() - 2048, x.end());
  // The tolerance follows the whole window's deviation, so give both the same one.
  const double whole = value_of("sample_entropy", x);
  auto other_head = x;
  std::reverse(other_head.begin(), other_head.end() - 2048);
  EXPECT_NEAR(value_of("sample_entropy", other_head), whole, 0.05);
  EXPECT_NEAR(value_of("sample_entropy", tail), whole, 0.05);
}

TEST(SpectralShape, KnownSpectra) {
  const auto x = noise(100'000);
  EXPECT_NEAR(value_of("spectral_kurtosis(nperseg=1000)", x), 1.8, 0.02);
  EXPECT_NEAR(value_of("spectral_skewness(nperseg=1000)", x), 0.0, 0.02);
  EXPECT_NEAR(value_of("spectral_slope(nperseg=1000)", x), 0.0, 0.02);
  std::vector<float> walk(x.size());
  float sum = 0.0f;
  for (std::size_t i = 0; i < x.size(); ++i) walk[i] = sum += x[i];
  EXPECT_NEAR(value_of("spectral_slope(nperseg=1000)", walk), -1.8, 0.2);
  EXPECT_NEAR(value_of("band_ratio(f_lo=0,f_hi=500)", x), 1.0, 1e-12);
  EXPECT_TRUE(std::isnan(value_of("spectral_slope", {1, 2})));
}

TEST(OffsetInvariance, OfEveryNewFeature) {
  auto base = noise(2000);
  auto shifted = base;
  for (std::size_t i = 0; i < base.size(); ++i) {
    base[i] = std::round(base[i] * 1000.0f) * 8.0f;
    shifted[i] = base[i] + 1e8f;
  }
  for (const std::string name : {"iqr",
                                 "median_abs_deviation",
                                 "moors_kurtosis",
                                 "l_scale",
                                 "l_skewness",
                                 "l_kurtosis",
                                 "histogram_entropy",
                                 "autocorrelation",
                                 "autocorrelation(lag=7)",
                                 "autocorrelation_first_zero",
                                 "autocorrelation_decay",
                                 "permutation_entropy",
                                 "sample_entropy",
                                 "rainflow_cycles",
                                 "rainflow_max_range",
                                 "damage_equivalent_range",
                                 "trend",
                                 "spectral_kurtosis",
                                 "spectral_slope",
                                 "band_ratio(f_lo=10,f_hi=200)",
                                 "clipping"}) {
    const double expected = value_of(name, base);
    EXPECT_NEAR(value_of(name, shifted), expected, 1e-6 * std::abs(expected)) << name;
  }
}

}  // namespace
}  // namespace millwright
