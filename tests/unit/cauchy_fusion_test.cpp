#include "millwright/threshold/cauchy_fusion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "rows_support.hpp"

namespace millwright {
namespace {

double fuse(std::vector<double> severities) { return cauchy_fusion::combine(severities); }

TEST(cauchy_fusion, one_column_is_the_identity) {
  for (double s : {0.0, 1e-9, 3.7, 1e9}) EXPECT_EQ(fuse({s}), s);
}

TEST(cauchy_fusion, equal_severities_stay) {
  for (double s : {0.01, 0.3, 1.0, 4.0, 11.9, 12.1, 100.0, 1e4}) {
    EXPECT_NEAR(fuse({s, s}), s, 1e-13 * s) << s;
    EXPECT_NEAR(fuse({s, s, s}), s, 1e-13 * s) << s;
  }
}

TEST(cauchy_fusion, follows_the_formula) {
  const double pi = std::acos(-1.0);
  for (double p : {0.9, 0.5, 0.1, 1e-3, 1e-6}) {
    for (double q : {0.7, 0.2, 0.03, 1e-5}) {
      const double t = 0.5 * (std::tan((0.5 - p) * pi) + std::tan((0.5 - q) * pi));
      const double fused = 0.5 - std::atan(t) / pi;
      EXPECT_NEAR(fuse({-std::log10(p), -std::log10(q)}), -std::log10(fused), 1e-9) << p << " " << q;
    }
  }
}

TEST(cauchy_fusion, is_driven_by_the_most_severe) {
  EXPECT_NEAR(fuse({10000.0, 0.0}), 10000.0 - std::log10(2.0), 1e-9);
  EXPECT_NEAR(fuse({10000.0, 0.0, 0.0, 5000.0}), 10000.0 - std::log10(4.0), 1e-9);
  EXPECT_GT(fuse({3.0, 0.0}), 2.6) << "a perfectly normal verdict does not overrule";
  EXPECT_TRUE(std::isfinite(fuse({1e9, 1e9})));
  EXPECT_TRUE(std::isfinite(fuse({std::numeric_limits<double>::infinity(), 0.0})));
}

TEST(cauchy_fusion, never_decreases) {
  for (double other : {0.0, 0.5, 3.0, 11.99, 12.0, 13.0, 400.0}) {
    double last = -1.0;
    for (double s = 0.0; s < 30.0; s += 0.01) {
      const double fused = fuse({s, other});
      ASSERT_GE(fused, last - 1e-12) << s << " " << other;
      ASSERT_GE(fused, 0.0);
      last = fused;
    }
  }
}

TEST(cauchy_fusion, passes_nan_on_and_needs_a_column) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(fuse({nan, 3.0})));
  EXPECT_TRUE(std::isnan(fuse({3.0, nan})));
  EXPECT_TRUE(std::isnan(fuse({nan})));
  EXPECT_EQ(test::refusal(cauchy_fusion(), port{}), errc::invalid_data);
  test::ready<cauchy_fusion> stage(cauchy_fusion(), test::columns(2));
  EXPECT_EQ(stage.out.columns.at(0).name, "severity");
  const row_table rows = test::normal_rows(5, 2, 1);
  EXPECT_EQ(stage.process(rows.view()).view()[3][0], cauchy_fusion::combine(rows.view()[3]));
}

}  // namespace
}  // namespace millwright
