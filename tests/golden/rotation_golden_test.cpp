// Speed between pulses, order spectra and gear condition against NumPy and SciPy (generate_rotation.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/rotation/gear.hpp"
#include "millwright/rotation/order_spectrum.hpp"
#include "millwright/rotation/tacho.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

class rotation_golden : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(test::source_file("tests/golden/rotation_reference.txt"));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      for (std::string value; words >> value;) arrays[name].push_back(std::strtod(value.c_str(), nullptr));
    }
  }
  void SetUp() override { ASSERT_FALSE(arrays.empty()) << "tests/golden/rotation_reference.txt is missing"; }
  static const std::vector<double>& get(const std::string& name) {
    EXPECT_TRUE(arrays.count(name)) << name;
    return arrays[name];
  }
  static std::vector<float> get_float(const std::string& name) {
    const auto& values = get(name);
    return {values.begin(), values.end()};
  }
  template <class Real>
  static void expect_near(const std::vector<Real>& found, const std::vector<double>& expected, double tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(static_cast<double>(found[i]), expected[i], tolerance) << i;
  }
  static std::map<std::string, std::vector<double>> arrays;
};
std::map<std::string, std::vector<double>> rotation_golden::arrays;

TEST_F(rotation_golden, SpeedIsTheDerivativeOfTheCubic) {
  const auto rpm = tacho_speed(get("phase.times"), get("phase.at"));
  ASSERT_TRUE(rpm);
  expect_near(*rpm, get("phase.rpm"), 1e-8);
}

TEST_F(rotation_golden, OrderSpectrumIsThePeriodogram) {
  for (const std::string name : {"hann", "flattop", "boxcar"}) {
    order_frames frames;
    frames.window = *parse_taper(name);
    const auto wide = mean_order_spectrum<double>(get("spectrum.x"), 32, frames);
    const auto narrow = mean_order_spectrum<float>(get_float("spectrum.x"), 32, frames);
    ASSERT_TRUE(wide && narrow);
    expect_near(wide->amplitude, get("spectrum." + name), 1e-12);
    expect_near(narrow->amplitude, get("spectrum." + name), 2e-6);
  }
}

TEST_F(rotation_golden, GearSignalsAndCondition) {
  for (int c = 0; c < 2; ++c) {
    const std::string prefix = "gear." + std::to_string(c) + ".";
    const auto& shape = get(prefix + "shape");
    const auto length = static_cast<std::size_t>(shape[1]);
    gear_parameters gear;
    gear.teeth = {static_cast<std::int64_t>(shape[0])};
    gear.half_band = static_cast<std::int64_t>(shape[2]);
    const auto& records = get(prefix + "records");
    const auto run = gear_condition_metrics<double>(records, length, gear);
    const auto rough = gear_condition_metrics<float>(get_float(prefix + "records"), length, gear);
    ASSERT_TRUE(run && rough);
    const auto& expected = get(prefix + "metrics");
    const auto values = [](const gear_condition& m) {
      return std::vector<double>{m.rms,          m.kurtosis,       m.crest_factor,          m.fm0, m.fm4, m.m6a, m.m8a,
                                 m.energy_ratio, m.sideband_index, m.sideband_level_factor, m.na4, m.nb4};
    };
    ASSERT_EQ(expected.size(), run->size() * 12);
    for (std::size_t r = 0; r < run->size(); ++r) {
      for (std::size_t k = 0; k < 12; ++k) {
        const double e = expected[r * 12 + k];
        EXPECT_NEAR(values((*run)[r])[k], e, 1e-9 * std::abs(e)) << "record " << r << ", value " << k;
        EXPECT_NEAR(values((*rough)[r])[k], e, 1e-4 * std::abs(e)) << "float, record " << r << ", value " << k;
      }
    }
    const auto parts = split_gear_signals<double>(std::span(records).last(length), gear);
    ASSERT_TRUE(parts);
    expect_near(parts->regular, get(prefix + "regular"), 1e-12);
    expect_near(parts->residual, get(prefix + "residual"), 1e-12);
    expect_near(parts->difference, get(prefix + "difference"), 1e-12);
  }
}

}  // namespace
}  // namespace millwright
