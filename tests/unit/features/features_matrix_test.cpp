// Every feature against every kind of degenerate window: the value is a number or NaN, never an infinity, and the next window does not
// feel it.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

using test::all_features;
using test::extraction;

constexpr double rate_hz = 1000.0;

template <class Sample>
std::vector<Sample> noise(std::size_t n, std::uint32_t seed, double offset = 0.0) {
  std::mt19937 engine(seed);
  std::vector<Sample> x(n);
  for (auto& v : x) v = static_cast<Sample>(offset + static_cast<double>(engine()) / 2147483648.0 - 1.0);
  return x;
}

template <class Sample>
struct pattern {
  std::string name;
  std::vector<Sample> samples;
  bool is_constant = false;
};

template <class Sample>
std::vector<pattern<Sample>> patterns(std::size_t n) {
  using limits = std::numeric_limits<Sample>;
  const auto of = [n](auto value) {
    std::vector<Sample> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Sample>(value(i));
    return x;
  };
  const auto same = [n](Sample value) { return std::vector<Sample>(n, value); };
  const auto with_one = [n](Sample value) {
    auto x = noise<Sample>(n, 3);
    x[n / 2] = value;
    return x;
  };
  const auto sign = [](std::size_t i) { return i % 2 == 0 ? 1.0 : -1.0; };
  const auto sine = [](std::size_t i) { return std::sin(0.37 * static_cast<double>(i)); };
  auto spike = same(0);
  spike[n / 2] = 1;
  std::vector<pattern<Sample>> all = {
      {"zeros", same(0), true},
      {"constant", same(Sample(0.1)), true},
      {"alternating", of(sign)},
      {"single spike", spike},
      {"one NaN", with_one(limits::quiet_NaN())},
      {"all NaN", same(limits::quiet_NaN())},
      {"one +Inf", with_one(limits::infinity())},
      {"one -Inf", with_one(-limits::infinity())},
      {"all +Inf", same(limits::infinity())},
      {"denormals", of([](std::size_t i) { return static_cast<Sample>(i * 7 % 5) * limits::denorm_min(); })},
      {"constant denormal", same(limits::denorm_min()), true},
      {"DC 1e9 and noise", noise<Sample>(n, 4, 1e9)},
      {"clipped sine", of([&](std::size_t i) { return std::clamp(2.0 * sine(i), -1.0, 1.0); })},
      {"largest", of([&](std::size_t i) { return static_cast<Sample>(sign(i)) * limits::max(); })},
      {"one largest", with_one(limits::max())},
      {"constant largest", same(limits::max())},
  };
  if constexpr (sizeof(Sample) == sizeof(double)) {
    for (const double scale : {1e200, 1e154, 1e-154, 1e-200}) {
      all.push_back({"scaled by " + std::to_string(std::log10(scale)) + " decades", of([&](std::size_t i) { return scale * sine(i); })});
    }
  }
  return all;
}

/// Every feature, with its defaults, that can be had from n samples.
std::vector<std::string> features_of(std::size_t n) {
  std::vector<std::string> names;
  for (const auto& name : all_features("x", rate_hz, "", 512)) {
    extraction alone({name});
    alone.with_channel("x", rate_hz, {n});
    const auto out = alone.prepare();
    if (out)
      names.push_back(name);
    else
      EXPECT_NE(out.error().code, errc::out_of_memory);
  }
  return names;
}

template <class Sample>
class FeaturesMatrix : public testing::Test {};
using sample_types = testing::Types<float, double>;
TYPED_TEST_SUITE(FeaturesMatrix, sample_types);

TYPED_TEST(FeaturesMatrix, NoInfinityAndNothingLeftForTheNextWindow) {
  std::size_t most = 0;
  for (const std::size_t n : {1u, 2u, 3u, 31u, 127u, 256u, 509u, 512u}) {
    const auto names = features_of(n);
    most = std::max(most, names.size());
    const auto fresh = [&] {
      extraction x(names);
      x.extractor.takes_float64 = sizeof(TypeParam) == sizeof(double);
      x.with_channel("x", rate_hz, {n});
      EXPECT_TRUE(x.prepare());
      return x;
    };
    const auto run = [&](extraction& x, const std::vector<TypeParam>& samples, const std::uint8_t* quality) {
      const sample_span span(samples.data(), samples.size());
      std::vector<double> values(names.size(), -777.0);
      x.quality_of_row = x.extractor.process({&span, 1}, {&quality, 1}, values);
      return values;
    };
    const auto clean = noise<TypeParam>(n, 1);
    auto first = fresh();
    const auto expected = run(first, clean, nullptr);
    auto x = fresh();
    for (const auto& p : patterns<TypeParam>(n)) {
      // As an input that nobody has checked, and with what is not finite marked as such.
      std::vector<std::uint8_t> marks(n);
      bool is_finite = true;
      for (std::size_t i = 0; i < n; ++i) {
        if (std::isfinite(p.samples[i])) continue;
        marks[i] = static_cast<std::uint8_t>(bits(quality::not_finite));
        is_finite = false;
      }
      for (const std::uint8_t* quality : {static_cast<const std::uint8_t*>(nullptr), static_cast<const std::uint8_t*>(marks.data())}) {
        const auto values = run(x, p.samples, quality);
        bool undefined = false;
        for (std::size_t c = 0; c < values.size(); ++c) {
          EXPECT_FALSE(std::isinf(values[c])) << names[c] << " of " << p.name << ", " << n << " samples";
          undefined = undefined || std::isnan(values[c]);
          if (!is_finite && quality == nullptr) {
            EXPECT_TRUE(std::isnan(values[c])) << names[c] << " of " << p.name << ", " << n << " samples";
          }
          if (p.is_constant && parse_feature_name(names[c])->definition->is_ratio) {
            EXPECT_TRUE(std::isnan(values[c])) << names[c] << " of " << p.name << ", " << n << " samples";
          }
        }
        EXPECT_EQ(x.quality_of_row, undefined ? bits(quality::undefined_feature) : bits(quality::good)) << p.name;
        const auto after = run(x, clean, nullptr);
        for (std::size_t c = 0; c < after.size(); ++c) {
          EXPECT_EQ(std::bit_cast<std::uint64_t>(after[c]), std::bit_cast<std::uint64_t>(expected[c]))
              << names[c] << " after " << p.name << ", " << n << " samples: " << after[c] << ", not " << expected[c];
        }
      }
    }
  }
  EXPECT_EQ(most, all_features("x", rate_hz, "", 512).size()) << "features that no length accepts";
}

/// Squares of denormals are 0 in float64, so there is nothing to divide by.
TEST(FeaturesMatrixFloat64, DenormalsHaveNoAutocorrelation) {
  const std::vector<std::string> names = {"autocorrelation", "autocorrelation_first_zero", "autocorrelation_first_peak",
                                          "autocorrelation_decay"};
  std::vector<double> x(256);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i * 7 % 5) * std::numeric_limits<double>::denorm_min();
  const auto values = extract_features(names, x, rate_hz);
  ASSERT_TRUE(values);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_TRUE(std::isnan((*values)[i])) << names[i] << " " << (*values)[i];
}

}  // namespace
}  // namespace millwright
