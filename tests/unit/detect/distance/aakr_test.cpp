#include "millwright/detect/distance/aakr.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

/// Two columns on a bent line, with a little noise.
row_table bent(std::size_t count, std::uint64_t seed) {
  row_table rows(2);
  random_stream random(seed, 0);
  for (std::size_t r = 0; r < count; ++r) {
    const double t = 2.0 * random.uniform() - 1.0;
    rows.append(std::vector<double>{t + 0.02 * random.normal(), t * t + 0.02 * random.normal()}, {});
  }
  return rows;
}

aakr with(std::string_view method, std::string_view selection = "k_center") {
  aakr stage;
  stage.method = method;
  stage.selection = selection;
  return stage;
}

TEST(aakr, knows_a_curve_that_no_plane_fits) {
  for (const char* method : {"aakr", "mset"}) {
    for (const char* selection : {"k_center", "min_max"}) {
      const auto stage = fitted(with(method, selection), test::columns(2), bent(800, 1).view());
      row_table probe(2);
      probe.append(std::vector<double>{0.9, 0.81}, {});
      probe.append(std::vector<double>{0.0, 0.0}, {});
      probe.append(std::vector<double>{0.0, 0.5}, {});  // within the range of both columns, off the curve
      const row_table scores = run(stage, test::columns(2), probe.view());
      EXPECT_LT(scores.view()[0][0], 4.0) << method << " " << selection;
      EXPECT_LT(scores.view()[1][0], 4.0) << method << " " << selection;
      EXPECT_GT(scores.view()[2][0], 6.0) << method << " " << selection;
    }
  }
}

TEST(aakr, mset_interpolates_its_memory_up_to_the_ridge) {
  aakr stage = with("mset");
  stage.ridge = 1e-9;
  stage.bandwidth = 0.2;
  stage.max_memory = 40;
  stage = fitted(stage, test::columns(2), bent(40, 2).view());
  const row_table scores = run(stage, test::columns(2), bent(40, 2).view());
  for (std::size_t r = 0; r < 40; ++r) EXPECT_LT(scores.view()[r][0], 0.01) << r;
}

TEST(aakr, min_max_memory_holds_the_extremes_of_each_column) {
  const row_table rows = test::normal_rows(400, 3, 3);
  aakr stage = with("aakr", "min_max");
  stage.max_memory = 20;
  stage = fitted(stage, test::columns(3), rows.view());
  const std::size_t count = stage.memory_.shape()[1];
  EXPECT_LE(count, 20U);
  for (std::size_t c = 0; c < 3; ++c) {
    double low = 1e300;
    double high = -1e300;
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      low = std::min(low, rows.view()[r][c]);
      high = std::max(high, rows.view()[r][c]);
    }
    const auto column = stage.memory_.values().subspan(c * count, count);
    EXPECT_NEAR(*std::min_element(column.begin(), column.end()), (low - stage.center_[c]) / stage.scale_[c], 1e-12);
    EXPECT_NEAR(*std::max_element(column.begin(), column.end()), (high - stage.center_[c]) / stage.scale_[c], 1e-12);
  }
}

// 2 is the square root of the columns.
TEST(aakr, scores_of_normal_rows_are_on_the_scale_of_their_columns) {
  for (const char* method : {"aakr", "mset"}) {
    const auto stage = fitted(with(method), test::columns(4), test::normal_rows(1000, 4, 4).view());
    const row_table fresh = run(stage, test::columns(4), test::normal_rows(1000, 4, 5).view());
    double squares = 0.0;
    for (std::size_t r = 0; r < fresh.rows(); ++r) squares += fresh.view()[r][0] * fresh.view()[r][0];
    EXPECT_GT(std::sqrt(squares / 1000.0), 1.0) << method;
    EXPECT_LT(std::sqrt(squares / 1000.0), 2.3) << method;
  }
}

/// Columns that wander: a row resembles those just before and after it.
row_table wandering(std::size_t count, std::size_t columns, std::uint64_t seed) {
  row_table rows(columns);
  random_stream random(seed, 0);
  std::vector<double> row(columns);
  for (double& v : row) v = random.normal();
  for (std::size_t r = 0; r < count; ++r) {
    for (double& v : row) v = 0.9 * v + std::sqrt(1.0 - 0.9 * 0.9) * random.normal();
    rows.append(row, {});
  }
  return rows;
}

// Neighbours in time are near-copies in the memory; a residual scale learned with their help would be less than half of this one.
TEST(aakr, residuals_are_scaled_without_the_help_of_neighbours_in_time) {
  for (const char* method : {"aakr", "mset"}) {
    const auto stage = fitted(with(method), test::columns(52), wandering(500, 52, 1).view());
    const row_table fresh = run(stage, test::columns(52), wandering(2000, 52, 2).view());
    double squares = 0.0;
    for (std::size_t r = 0; r < fresh.rows(); ++r) squares += fresh.view()[r][0] * fresh.view()[r][0];
    const double ratio = std::sqrt(squares / (2000.0 * 52.0));
    EXPECT_GT(ratio, 0.7) << method;
    EXPECT_LT(ratio, 1.3) << method;
  }
}

TEST(aakr, refuses_hostile_models) {
  const port in = test::columns(2);
  EXPECT_EQ(test::refusal(aakr(), in), errc::not_fitted);
  for (const char* method : {"aakr", "mset"}) {
    const auto good = fitted(with(method), in, bent(60, 6).view());
    const std::size_t n = good.memory_.size();
    const auto refused = [&](std::string_view name, std::vector<double> values, std::vector<std::size_t> shape) {
      return test::refusal(test::with_learned<aakr, double>(good, name, std::move(values), std::move(shape)), in) == errc::corrupt_file;
    };
    EXPECT_TRUE(refused("memory", {}, {0}));
    EXPECT_TRUE(refused("memory", std::vector<double>(n - 1, 0.0), {n - 1}));
    EXPECT_TRUE(refused("memory", std::vector<double>(n, std::nan("")), {2, n / 2}));
    EXPECT_TRUE(refused("residual_scale", {1.0, 0.0}, {2}));
    EXPECT_TRUE(refused("residual_scale", {1.0}, {1}));
    EXPECT_TRUE(refused("bandwidth_used", {0.0}, {}));
    EXPECT_TRUE(refused("bandwidth_used", {std::nan("")}, {}));
    if (good.method == "mset") {
      EXPECT_TRUE(refused("response", {1.0}, {1}));
      EXPECT_TRUE(refused("response", std::vector<double>(n, HUGE_VAL), {2, n / 2}));
    }
  }
}

}  // namespace
}  // namespace millwright
