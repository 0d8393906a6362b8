#include "millwright/calibrate/min_fusion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/rows_support.hpp"

namespace millwright {
namespace {

double fuse(const std::vector<double>& severities, const char* rule) {
  min_fusion stage;
  stage.rule = rule;
  row_table row(severities.size());
  row.append(severities, {});
  return test::run(stage, test::columns(severities.size()), row.view()).view()[0][0];
}

TEST(min_fusion, follows_the_definitions) {
  random_stream random(11, 0);
  for (std::size_t n : {2U, 3U, 4U, 5U, 8U}) {
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<double> severities(n);
      for (double& s : severities) s = trial % 3 == 0 ? static_cast<double>(random.below(4)) : 6.0 * random.uniform();  // with ties
      std::vector<double> p;
      for (double s : severities) p.push_back(std::pow(10.0, -s));
      std::sort(p.begin(), p.end());
      const double smallest = std::min(1.0, static_cast<double>(n) * p.front());
      const double median = std::min(1.0, 2.0 * p[(n + 1) / 2 - 1]);
      EXPECT_NEAR(fuse(severities, "bonferroni"), -std::log10(smallest), 1e-12);
      EXPECT_NEAR(fuse(severities, "twice_median"), -std::log10(median), 1e-12);
      EXPECT_NEAR(fuse(severities, "both"), -std::log10(std::min(1.0, 2.0 * std::min(smallest, median))), 1e-12);
    }
  }
}

TEST(min_fusion, is_valid_for_the_worst_dependence_that_the_rules_bound) {
  // Two detectors whose small p-values never coincide: Bonferroni is then exact.
  random_stream random(12, 0);
  const double level = 0.05;
  int bonferroni = 0;
  int both = 0;
  const int n = 40000;
  for (int i = 0; i < n; ++i) {
    const double u = 1.0 - random.uniform();
    const double v = u <= 0.5 ? u + 0.5 : u - 0.5;
    const std::vector<double> severities = {-std::log10(u), -std::log10(v)};
    bonferroni += fuse(severities, "bonferroni") >= -std::log10(level) ? 1 : 0;
    both += fuse(severities, "both") >= -std::log10(level) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(bonferroni) / n, level, 4 * std::sqrt(level / n));
  EXPECT_LE(static_cast<double>(both) / n, level);
}

TEST(min_fusion, one_column_nan_and_limits) {
  for (const char* rule : {"bonferroni", "twice_median", "both"}) {
    EXPECT_EQ(fuse({3.25}, rule), 3.25);
    EXPECT_TRUE(std::isnan(fuse({3.0, std::numeric_limits<double>::quiet_NaN(), 1.0}, rule)));
    EXPECT_EQ(fuse({0.0, 0.0, 0.0}, rule), 0.0);
    EXPECT_LE(fuse({std::numeric_limits<double>::infinity(), 1e9, 1e9}, rule), 1e9);
  }
  EXPECT_EQ(test::refusal(min_fusion(), port{}), errc::invalid_data);
  EXPECT_EQ(test::refusal(min_fusion(), test::columns(65)), errc::limit_exceeded);
  min_fusion unknown;
  unknown.rule = "fisher";
  EXPECT_EQ(test::refusal(unknown, test::columns(2)), errc::invalid_argument);
}

}  // namespace
}  // namespace millwright
