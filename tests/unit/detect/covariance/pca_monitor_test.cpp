#include "millwright/detect/covariance/pca_monitor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/covariance/deterministic_mcd.hpp"
#include "detect/covariance/pca_limits.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/symmetric_eigen.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

/// Six columns: two factors and noise.
row_table factor_rows(std::size_t count, std::uint64_t seed) {
  row_table rows = test::normal_rows(count, 8, seed);
  row_table mixed(6);
  for (std::size_t r = 0; r < count; ++r) {
    const auto v = rows.view()[r];
    mixed.append(std::vector<double>{v[0] + 0.3 * v[2], v[0] - v[1] + 0.3 * v[3], v[1] + 0.3 * v[4], v[0] + v[1] + 0.3 * v[5],
                                     2.0 * v[0] + 0.3 * v[6], v[1] - 2.0 * v[0] + 0.3 * v[7]},
                 {});
  }
  return mixed;
}

TEST(symmetric_eigen, sorts_and_fixes_signs) {
  const auto found = detail::eigen_of(std::vector<double>{2.0, 1.0, 1.0, 2.0}, 2);
  ASSERT_EQ(found.values.size(), 2U);
  EXPECT_NEAR(found.values[0], 3.0, 1e-15);
  EXPECT_NEAR(found.values[1], 1.0, 1e-15);
  EXPECT_NEAR(found.vectors[0], std::sqrt(0.5), 1e-15);
  EXPECT_GT(std::max(found.vectors[2], found.vectors[3]), 0.7);
}

TEST(pca_limits, sums_powers_not_powers_of_sums) {
  const std::vector<double> left{2.0, 1.0};
  const auto m = detail::residual_moments_of(left);
  EXPECT_EQ(m.theta1, 3.0);
  EXPECT_EQ(m.theta2, 5.0);
  EXPECT_EQ(m.theta3, 9.0);
  EXPECT_EQ(detail::jackson_mudholkar_limit({}, 0.99), 0.0);
  // One weight alone is lambda chi2_1 exactly, for Box.
  EXPECT_NEAR(detail::box_limit(2.0, 4.0, 0.95), 2.0 * 3.841458820694124, 1e-9);
}

TEST(pca_monitor, limits_hold_for_new_rows) {
  for (const char* statistic : {"t2", "spe", "combined"}) {
    pca_monitor m;
    m.statistic = statistic;
    m.selection = "count";
    m.confidence = 0.95;
    const pca_monitor learned = fitted(m, test::columns(6), factor_rows(500, 1).view());
    const double limit = std::string_view(statistic) == "t2"    ? learned.t2_limit_
                         : std::string_view(statistic) == "spe" ? learned.spe_limit_
                                                                : learned.combined_limit_;
    const row_table scores = run(learned, test::columns(6), factor_rows(4000, 2).view());
    int above = 0;
    for (std::size_t r = 0; r < scores.rows(); ++r) above += scores.view()[r][0] > limit ? 1 : 0;
    EXPECT_NEAR(above / 4000.0, 0.05, 0.02) << statistic;
  }
}

TEST(pca_monitor, exact_relations_and_absurd_rows_are_defined) {
  row_table rows(3);
  for (std::size_t r = 0; r < 100; ++r) {
    const double a = std::sin(static_cast<double>(r));
    rows.append(std::vector<double>{a, 2.0 * a, 7.0}, {});
  }
  const pca_monitor learned = fitted(pca_monitor(), test::columns(3), rows.view());
  EXPECT_EQ(learned.components_.size(), 3U);
  row_table probe(3);
  probe.append(std::vector<double>{0.5, 1.0, 7.0}, {});
  probe.append(std::vector<double>{0.5, 1.1, 7.0}, {});
  probe.append(std::vector<double>{1e300, -1e308, 0.0}, {});
  probe.append(std::vector<double>{math::nan, 1.0, 7.0}, {});
  const row_table scores = run(learned, test::columns(3), probe.view());
  EXPECT_LT(scores.view()[0][0], 1.0);
  EXPECT_GT(scores.view()[1][0], 1e3);
  EXPECT_GT(scores.view()[2][0], scores.view()[1][0]);
  EXPECT_TRUE(std::isfinite(scores.view()[2][0]));
  EXPECT_TRUE(std::isnan(scores.view()[3][0]));
}

TEST(pca_monitor, says_why_it_cannot_learn_and_refuses_hostile_models) {
  const auto refuses = [](pca_monitor m, const row_table& rows) {
    test::must(m.observe(test::columns(rows.columns()), rows.view()));
    return !m.finish();
  };
  const row_table rows = factor_rows(100, 3);
  pca_monitor m;
  EXPECT_EQ(test::refusal(m, test::columns(6)), errc::not_fitted);
  m.selection = "count";
  m.components = 7;
  EXPECT_TRUE(refuses(m, rows));
  m.components = 6;
  m.statistic = "spe";
  EXPECT_TRUE(refuses(m, rows));
  m = {};
  m.selection = "parallel";
  EXPECT_FALSE(refuses(m, rows));
  m.scaling = "none";
  EXPECT_TRUE(refuses(m, rows));
  row_table huge = factor_rows(100, 3);
  huge.view()[5][2] = 1e300;
  EXPECT_TRUE(refuses(pca_monitor(), huge));

  const pca_monitor good = fitted(pca_monitor(), test::columns(6), rows.view());
  EXPECT_EQ(test::refusal(good, test::columns(5)), errc::incompatible);
  const auto hostile = [&](std::string_view name, std::vector<double> values, std::vector<std::size_t> shape) {
    return test::refusal(test::with_learned<pca_monitor, double>(good, name, std::move(values), std::move(shape)), test::columns(6));
  };
  EXPECT_EQ(hostile("components", {1.0, 0.0}, {1, 2}), errc::corrupt_file);
  EXPECT_EQ(hostile("components", std::vector<double>(12, 1e200), {2, 6}), errc::corrupt_file);
  EXPECT_EQ(hostile("scale", std::vector<double>(6, -1.0), {6}), errc::corrupt_file);
  EXPECT_EQ(hostile("eigenvalues", {}, {0}), errc::corrupt_file);
  EXPECT_EQ(hostile("eigenvalues", {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {6}), errc::corrupt_file);
  EXPECT_EQ(hostile("eigenvalues", std::vector<double>(6, math::nan), {6}), errc::corrupt_file);
}

TEST(deterministic_mcd, subset_sizes_follow_the_share) {
  EXPECT_EQ(detail::mcd_subset_size(100, 4, 0.5), 52U);
  EXPECT_EQ(detail::mcd_subset_size(100, 4, 0.75), 76U);
  EXPECT_EQ(detail::mcd_subset_size(100, 4, 1.0), 100U);
}

TEST(deterministic_mcd, names_a_hyperplane) {
  row_table rows = test::normal_rows(60, 2, 4);
  std::vector<double> values;
  for (std::size_t r = 0; r < 60; ++r) values.push_back(rows.view()[r][0]);
  for (std::size_t r = 0; r < 60; ++r) values.push_back(r < 50 ? 3.0 * rows.view()[r][0] : rows.view()[r][1]);
  const auto found = detail::deterministic_mcd("test", values, 2, 0.75);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message().find("hyperplane"), std::string::npos);
}

}  // namespace
}  // namespace millwright
