#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "millwright/features/features.hpp"
#include "millwright/features/presets.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr double rate_hz = 25'600.0;
const channel vibration{"vib_x", "g", channel_role::vibration, rate_hz, {}, {}};
const bearing_geometry skf_6205{9, 0.3126, 1.537, 0.0};

std::vector<float> noisy_tone(std::size_t length) {
  random_stream random(5, 0);
  std::vector<float> x(length);
  for (std::size_t i = 0; i < length; ++i) {
    x[i] = static_cast<float>(math::sin_pi(2.0 * 700.0 * static_cast<double>(i) / rate_hz) + 0.5 * random.normal());
  }
  return x;
}

/// Every name parses, none comes twice, and on a signal with tone and noise every value is defined.
void expect_computable(const std::vector<std::string>& names, std::size_t length) {
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  const auto x = noisy_tone(length);
  const std::vector<signal> signals = {{"vib_x", rate_hz, x}};
  const auto values = test::must(extract_features(names, signals));
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_TRUE(std::isfinite(values[i])) << names[i];
}

TEST(Presets, NeedNothingButTheChannel) {
  expect_computable(minimal_features(vibration), 4096);
  expect_computable(efficient_features(vibration), 4096);
  expect_computable(acoustic_features(vibration), 4096);
}

TEST(Presets, GrowFromMinimalToComprehensive) {
  const auto minimal = minimal_features(vibration).size();
  const auto efficient = efficient_features(vibration).size();
  const auto comprehensive = comprehensive_features(vibration).size();
  EXPECT_LE(minimal, 6u);
  EXPECT_LT(minimal, efficient);
  EXPECT_LT(2 * efficient, comprehensive);
}

TEST(Presets, ComprehensiveFitsShortWindows) {
  for (const std::size_t length : {256, 1000, 4096}) expect_computable(comprehensive_features(vibration, length), length);
}

TEST(Presets, BearingLinesAreOrdersOrFrequencies) {
  const auto orders = test::must(bearing_features(vibration, skf_6205, {2000.0, 4000.0, 3, std::nullopt}));
  EXPECT_EQ(std::count_if(orders.begin(), orders.end(), [](const auto& n) { return n.find("fault_snr(order=") != std::string::npos; }), 4);
  EXPECT_NE(orders[6].find("order=3.584"), std::string::npos) << orders[6];
  const auto fixed = test::must(bearing_features(vibration, skf_6205, {2000.0, 4000.0, 3, 29.95}));
  EXPECT_EQ(std::count_if(fixed.begin(), fixed.end(), [](const auto& n) { return n.find("envelope_line_snr(f0=") != std::string::npos; }),
            4);
  expect_computable(fixed, 8192);
}

TEST(Presets, GearboxHasALineForShaftAndWheels) {
  const std::vector<std::int64_t> teeth = {29, 47};
  const auto names = test::must(gearbox_features(vibration, teeth, 20.0));
  EXPECT_NE(std::find(names.begin(), names.end(), "vib_x.log_line_rms(f0=580,harmonics=3)"), names.end());
  expect_computable(names, 8192);
}

TEST(Presets, OtherRolesKeepTheirDefaults) {
  const channel speed{"speed", "rpm", channel_role::context, 10.0, {}, {}};
  for (const auto& names :
       {minimal_features(speed), comprehensive_features(speed), test::must(bearing_features(speed, skf_6205)), acoustic_features(speed)}) {
    EXPECT_EQ(names, default_feature_names(speed));
  }
}

TEST(Presets, RefuseWhatCannotBe) {
  EXPECT_FALSE(bearing_features(vibration, skf_6205, {5000.0, 4000.0, 3, 0.0}));
  EXPECT_FALSE(bearing_features(vibration, skf_6205, {5000.0, 20'000.0, 3, 0.0}));
  EXPECT_FALSE(bearing_features(vibration, {2, 1.0, 5.0, 0.0}));
  EXPECT_FALSE(gearbox_features(vibration, {}));
  const auto verdict = preset_features("comprehensiv", vibration);
  ASSERT_FALSE(verdict);
  EXPECT_NE(verdict.error().message().find("comprehensive"), std::string::npos);
}

}  // namespace
}  // namespace millwright
