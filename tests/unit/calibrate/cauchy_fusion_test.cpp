#include "millwright/calibrate/cauchy_fusion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/rows_support.hpp"

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

TEST(cauchy_fusion, weights_equal_high_precision) {
  // T = sum w tan((1/2 - p) pi) / sum w, p = 1/2 - atan(T) / pi, by mpmath with 60 digits:
  //   p = [min(mpf(10)**-s, mpf("0.99")) for s in severities]
  //   T = sum(w * tan((mpf(1)/2 - q) * pi) for w, q in zip(weights, p)) / sum(weights)
  //   -log10(1/2 - atan(T) / pi), or -log10(atan(1/T) / pi) for T > 0
  struct reference {
    std::vector<double> severities, weights;
    double fused;
  };
  const std::vector<reference> cases = {
      {{2.0, 0.5}, {0.8, 0.2}, 1.9053849014259606591},
      {{1.0, 3.0, 0.2}, {0.1, 0.6, 0.3}, 2.7785558030361730147},
      {{0.1, 0.2, 0.0}, {0.5, 0.25, 0.25}, 0.016064821310036425851},
      {{11.9, 0.0}, {0.001, 1.0}, 8.8995658678642306917},
      {{12.5, 3.0}, {0.01, 0.99}, 10.500000013596216477},
      {{40.0, 39.0, 1.0}, {0.2, 0.7, 0.1}, 39.431363764158987335},
      {{5000.0, 4000.0}, {1e-06, 1.0}, 4993.9999995657057352},
      {{0.0, 6.0}, {1.0, 1e-06}, 0.004409108460398261031},
  };
  for (const auto& c : cases) EXPECT_NEAR(cauchy_fusion::combine(c.severities, c.weights), c.fused, 1e-11 * c.fused) << c.fused;
}

TEST(cauchy_fusion, weights_without_meaning_change_nothing) {
  random_stream random(4, 0);
  for (int i = 0; i < 200; ++i) {
    std::vector<double> s(3);
    for (double& v : s) v = 20.0 * random.uniform();
    EXPECT_EQ(cauchy_fusion::combine(s, std::vector<double>{1, 1, 1}), fuse(s)) << "equal weights: the same bits as none";
    EXPECT_NEAR(cauchy_fusion::combine(s, std::vector<double>{0.25, 0.25, 0.25}), fuse(s), 1e-12 * fuse(s));
    EXPECT_EQ(cauchy_fusion::combine(s, std::vector<double>{1, 0, 1}), fuse({s[0], s[2]})) << "weight 0: not heard";
    EXPECT_NEAR(cauchy_fusion::combine(s, std::vector<double>{0, 7, 0}), s[1], 1e-12 * s[1]);
  }
}

TEST(cauchy_fusion, never_decreases_with_weights) {
  for (double first : {1e-6, 0.3, 1.0}) {
    const std::vector<double> weights = {first, 1.0};
    for (double other : {0.0, 3.0, 12.0, 400.0}) {
      double last = -1.0;
      for (double s = 0.0; s < 30.0; s += 0.01) {
        const double fused = cauchy_fusion::combine(std::vector<double>{s, other}, weights);
        ASSERT_GE(fused, last - 1e-10) << s << " " << other;
        last = fused;
      }
    }
  }
}

TEST(cauchy_fusion, refuses_weights_that_do_not_fit) {
  const auto refusal = [](std::vector<double> weights) {
    cauchy_fusion stage;
    stage.weights = std::move(weights);
    return test::refusal(stage, test::columns(2));
  };
  EXPECT_EQ(refusal({1.0}), errc::invalid_argument);
  EXPECT_EQ(refusal({1.0, 1.0, 1.0}), errc::invalid_argument);
  EXPECT_EQ(refusal({0.0, 0.0}), errc::invalid_argument);
  EXPECT_EQ(refusal({-1.0, 1.0}), errc::invalid_argument);
  EXPECT_EQ(refusal({1e6, 0.5}), errc::invalid_argument);
  EXPECT_EQ(refusal({std::numeric_limits<double>::quiet_NaN(), 1.0}), errc::invalid_argument);
  cauchy_fusion stage;
  stage.weights = {1e6, 0.0};
  EXPECT_EQ(test::run(stage, test::columns(2), test::normal_rows(3, 2, 1).view()).columns(), 1u);
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
