// Features against NumPy and SciPy; features.json is made by generate_features.py.

#include <gtest/gtest.h>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millwright/numeric/cpu.hpp"
#include "support/paths.hpp"
#include "unit/features/features_support.hpp"

namespace millwright {
namespace {

nlohmann::json read_cases() {
  std::ifstream file(test::source_file("tests/golden/features.json"));
  return nlohmann::json::parse(file, nullptr, false);
}

/// Relative to what the reference can be trusted to: transforms add up rounding, logarithms of decibels and ratios of lines more.
double tolerance_of(const feature_definition& definition) {
  const std::string_view kind = definition.value.kind().id;
  for (const std::string_view transform : {"spectrum", "envelope", "cepstrum", "mfcc"}) {
    if (kind == transform) return 1e-10;
  }
  return 1e-12;
}

TEST(FeaturesGolden, AgreeWithNumPyAndSciPy) {
  const auto golden = read_cases();
  ASSERT_FALSE(golden.is_discarded());
  std::size_t compared = 0;
  for (const auto& item : golden["cases"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const double scale = item["scale"].get<double>();
    const double rate_hz = item["rate_hz"].get<double>();
    std::vector<float> samples;
    double spread = 0.0;
    double level = 0.0;
    for (const auto& i : item["integers"]) {
      samples.push_back(static_cast<float>(i.get<double>() * scale));
      level = std::max(level, std::abs(static_cast<double>(samples.back())));
    }
    std::vector<std::uint8_t> quality_bits(samples.size());
    for (const auto& i : item["invalid"]) {
      quality_bits[i.get<std::size_t>()] = static_cast<std::uint8_t>(bits(quality::missing));
      samples[i.get<std::size_t>()] = std::nanf("");  // must not be read
    }
    std::vector<std::string> names;
    std::vector<double> expected;
    for (const auto& [name, value] : item["values"].items()) {
      names.push_back("x." + name);
      expected.push_back(value.get<double>());
      if (name == "std") spread = value.get<double>();
    }
    // On a large offset the reference itself loses digits when it takes the mean off.
    const double slack = level > 1e4 * spread ? 1e4 : 1.0;
    test::extraction x(names);
    x.with_channel("x", rate_hz, {samples.size()});
    const auto out = x.prepare();
    ASSERT_TRUE(out) << out.error().message();
    const auto values = x.run(samples, item["invalid"].empty() ? std::vector<std::uint8_t>{} : quality_bits);
    EXPECT_EQ(x.quality_of_row, 0u);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const double tolerance = tolerance_of(*parse_feature_name(names[i])->definition) * slack;
      EXPECT_NEAR(values[i], expected[i], tolerance * std::abs(expected[i])) << names[i] << " relative " << values[i] / expected[i] - 1.0;
      ++compared;
    }
  }
  EXPECT_GT(compared, 400u);
}

/// Golden values exist for every feature of every family.
TEST(FeaturesGolden, CoverEveryFeature) {
  const auto golden = read_cases();
  ASSERT_FALSE(golden.is_discarded());
  for (const auto& family : feature_families()) {
    for (const auto& definition : family.features) {
      bool is_covered = false;
      for (const auto& item : golden["cases"]) {
        for (const auto& [name, value] : item["values"].items()) {
          is_covered = is_covered || parse_feature_name(std::string("x.") + name)->definition == &definition;
        }
      }
      EXPECT_TRUE(is_covered) << definition.name;
    }
  }
}

TEST(FeaturesGolden, SameBitsOnEveryLevel) {
  const auto golden = read_cases();
  ASSERT_FALSE(golden.is_discarded());
  const kernel_level initial = active_kernel_level();
  for (const auto& item : golden["cases"]) {
    std::vector<float> samples;
    for (const auto& i : item["integers"]) samples.push_back(static_cast<float>(i.get<double>() * item["scale"].get<double>()));
    std::vector<std::string> names;
    for (const auto& [name, value] : item["values"].items()) names.push_back("x." + name);
    std::vector<double> first;
    for (auto level : {kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
      if (!is_available(level)) continue;
      ASSERT_TRUE(force_kernel_level(level));
      test::extraction x(names);
      x.with_channel("x", item["rate_hz"].get<double>(), {samples.size()});
      ASSERT_TRUE(x.prepare());
      const auto values = x.run(samples);
      if (first.empty()) first = values;
      for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(values[i], first[i]) << names[i] << " on " << to_string(level);
    }
  }
  ASSERT_TRUE(force_kernel_level(initial));
}

}  // namespace
}  // namespace millwright
