// Tapers against SciPy; tapers.json is made by generate_tapers.py.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millwright/signal/taper.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

nlohmann::json read_golden() {
  std::ifstream file(test::source_file("tests/golden/tapers.json"));
  return nlohmann::json::parse(file, nullptr, false);
}

TEST(TaperGolden, ValuesAgreeWithSciPy) {
  const auto golden = read_golden();
  ASSERT_FALSE(golden.is_discarded());
  std::size_t compared = 0;
  for (const auto& item : golden["tapers"]) {
    const auto name = item["window"].get<std::string>();
    const auto n = item["n"].get<std::size_t>();
    SCOPED_TRACE(name + " " + std::to_string(n));
    const auto values = get_window(name, n, item["fftbins"].get<bool>());
    ASSERT_TRUE(values) << values.error().message();
    ASSERT_EQ(values->size(), n);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_NEAR((*values)[i], item["values"][i].get<double>(), 5e-15) << i;
      ++compared;
    }
  }
  EXPECT_GT(compared, 1800u);
}

TEST(TaperGolden, NoiseBandwidthsAgreeWithSciPy) {
  const auto golden = read_golden();
  for (const auto& item : golden["bandwidths"]) {
    const auto values = get_window(item["window"].get<std::string>(), 1024);
    ASSERT_TRUE(values);
    EXPECT_NEAR(enbw(*values), item["enbw"].get<double>(), 1e-12) << item["window"];
  }
}

TEST(TaperGolden, BesselAgreesWithSciPy) {
  const auto golden = read_golden();
  ASSERT_GE(golden["bessel"].size(), 10u);
  for (const auto& item : golden["bessel"]) {
    const double expected = item["i0"].get<double>();
    EXPECT_NEAR(bessel_i0(item["x"].get<double>()), expected, 2e-15 * expected) << item["x"];
    EXPECT_EQ(bessel_i0(-item["x"].get<double>()), bessel_i0(item["x"].get<double>()));
  }
}

}  // namespace
}  // namespace millwright
