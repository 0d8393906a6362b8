// Fast kurtograms against NumPy; kurtogram.json is made by generate_kurtogram.py.

#include <gtest/gtest.h>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millwright/vibration/kurtogram.hpp"
#include "support/paths.hpp"

namespace millwright {
namespace {

template <class Real>
class KurtogramGolden : public testing::Test {};
using real_types = testing::Types<float, double>;
TYPED_TEST_SUITE(KurtogramGolden, real_types);

TYPED_TEST(KurtogramGolden, AgreesWithNumPy) {
  std::ifstream file(test::source_file("tests/golden/kurtogram.json"));
  const auto golden = nlohmann::json::parse(file, nullptr, false);
  ASSERT_FALSE(golden.is_discarded());
  for (const auto& item : golden["cases"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    std::vector<TypeParam> samples;
    for (const auto& i : item["samples"]) samples.push_back(static_cast<TypeParam>(i.get<double>() * item["scale"].get<double>()));
    const auto map = fast_kurtogram<TypeParam>(samples, 1000.0);
    ASSERT_TRUE(map) << map.error().message();
    ASSERT_EQ(map->rows.size(), item["rows"].size());
    for (std::size_t r = 0; r < map->rows.size(); ++r) {
      const auto& row = map->rows[r];
      ASSERT_EQ(row.kurtosis.size(), item["rows"][r].size());
      EXPECT_NEAR(row.bandwidth_hz * static_cast<double>(row.kurtosis.size()), 500.0, 1e-9);
      for (std::size_t i = 0; i < row.kurtosis.size(); ++i) {
        const double expected = item["rows"][r][i].get<double>();
        EXPECT_NEAR(row.kurtosis[i], expected, 1e-8 * (1.0 + std::abs(expected))) << "row " << r << " band " << i;
      }
    }
  }
}

}  // namespace
}  // namespace millwright
