#include "millwright/context/context_normalizer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "statistics/kmeans.hpp"
#include "statistics/robust_scale.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

port speed_and(std::size_t features) {
  port p = test::columns(features);
  p.columns.insert(p.columns.begin() + 1, {"speed.mean", true});
  return p;
}

/// Column 1 is the speed, at one of three set points; features follow it: location 10 x speed, spread speed.
row_table three_speeds(std::size_t rows, std::size_t features, std::uint64_t seed) {
  random_stream random(seed, 1);
  row_table table(features + 1);
  std::vector<double> row(features + 1);
  for (std::size_t r = 0; r < rows; ++r) {
    const double set_point = 1.0 + static_cast<double>(random.below(3));
    const double speed = set_point * 100.0 + random.normal();
    for (std::size_t c = 0; c < row.size(); ++c) row[c] = 10.0 * set_point + set_point * random.normal();
    row[1] = speed;
    table.append(row, {static_cast<time_ns>(r), 0, -1});
  }
  return table;
}

context_normalizer by_speed(std::int64_t regimes) {
  context_normalizer n;
  n.by = {"speed"};
  n.regimes = regimes;
  return n;
}

TEST(robust_scale, falls_back_to_the_standard_deviation_and_to_inactive) {
  std::vector<double> values{1.0, 2.0, 3.0, 4.0, 100.0};
  auto s = detail::robust_spread_of(values);
  EXPECT_EQ(s.location, 3.0);
  EXPECT_DOUBLE_EQ(s.scale, 1.4826022185056018);
  values = {5.0, 5.0, 5.0, 5.0, 9.0};
  s = detail::robust_spread_of(values);
  EXPECT_EQ(s.location, 5.0);
  EXPECT_DOUBLE_EQ(s.scale, 1.6);
  values = {1e6, 1e6, 1e6 + 1e-8};
  EXPECT_EQ(detail::robust_spread_of(values).scale, 0.0);
  values = {-1e308, 1e308, 1e308, 1e308};
  EXPECT_TRUE(std::isfinite(detail::robust_spread_of(values).scale));
}

TEST(kmeans, finds_separate_groups_and_numbers_them_by_centre) {
  std::vector<double> points;
  for (double center : {5.0, -3.0, 1.0}) {
    for (double offset : {-0.1, 0.0, 0.1}) points.push_back(center + offset);
  }
  const auto found = detail::kmeans(points, 1, 3);
  ASSERT_EQ(found.count(), 3U);
  EXPECT_NEAR(found.centers[0], -3.0, 1e-12);
  EXPECT_NEAR(found.centers[2], 5.0, 1e-12);
  EXPECT_EQ(found.nearest, (std::vector<std::int32_t>{2, 2, 2, 0, 0, 0, 1, 1, 1}));
}

TEST(kmeans, makes_no_more_clusters_than_there_are_distinct_points) {
  const std::vector<double> points{1.0, 2.0, 1.0, 2.0};
  EXPECT_EQ(detail::kmeans(points, 1, 5).count(), 2U);
  EXPECT_EQ(detail::kmeans(points, 2, 5).count(), 1U);
}

TEST(context_normalizer, without_context_standardises_by_median_and_mad) {
  const row_table rows = test::normal_rows(2001, 3, 1);
  const auto stage = fitted(context_normalizer(), test::columns(3), rows.view());
  EXPECT_EQ(stage.regime_count(), 1U);
  const row_table z = run(stage, test::columns(3), rows.view());
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> column;
    for (std::size_t r = 0; r < z.rows(); ++r) column.push_back(z.view()[r][c]);
    const auto s = detail::robust_spread_of(column);
    EXPECT_NEAR(s.location, 0.0, 1e-15);
    EXPECT_NEAR(s.scale, 1.0, 1e-12);
  }
  EXPECT_EQ(z.view().meta[0].regime, 0);
}

TEST(context_normalizer, removes_what_the_regime_explains) {
  const row_table rows = three_speeds(3000, 4, 2);
  const port in = speed_and(4);
  const auto stage = fitted(by_speed(3), in, rows.view());
  test::ready<context_normalizer> ready(stage, in);
  ASSERT_EQ(ready.out.columns.size(), 4U);
  EXPECT_EQ(ready.out.columns[0].name, "f0");
  EXPECT_EQ(ready.out.columns[1].name, "f1");
  EXPECT_FALSE(ready.out.columns[1].is_context);
  const row_table z = ready.process(rows.view());
  double sum[3] = {};
  double squares[3] = {};
  double count[3] = {};
  for (std::size_t r = 0; r < z.rows(); ++r) {
    const auto g = static_cast<std::size_t>(z.view().meta[r].regime);
    ASSERT_LT(g, 3U);
    EXPECT_EQ(g, static_cast<std::size_t>(std::lround(rows.view()[r][1] / 100.0)) - 1) << "numbered by ascending speed";
    for (double v : z.view()[r]) {
      sum[g] += v;
      squares[g] += v * v;
      count[g] += 1.0;
    }
  }
  double between = 0.0;
  for (int g = 0; g < 3; ++g) {
    EXPECT_NEAR(squares[g] / count[g], 1.0, 0.15);
    between += (sum[g] / count[g]) * (sum[g] / count[g]) / 3.0;
  }
  EXPECT_LT(between, 0.01) << "share of the variance between regimes";
}

TEST(context_normalizer, flags_a_context_it_never_saw) {
  const row_table rows = three_speeds(600, 2, 3);
  const port in = speed_and(2);
  row_table probe(3);
  probe.append(std::vector<double>{10.0, 150.0, 10.0}, {});
  probe.append(std::vector<double>{10.0, 900.0, 10.0}, {});
  probe.append(std::vector<double>{10.0, nan, 10.0}, {});
  probe.append(std::vector<double>{nan, 100.0, 10.0}, {0, bits(quality::not_scored), -1});
  probe.append(std::vector<double>{std::numeric_limits<double>::infinity(), 100.5, 10.0}, {});
  const row_table z = run(fitted(by_speed(3), in, rows.view()), in, probe.view());
  for (std::size_t r = 0; r < 2; ++r) {
    EXPECT_EQ(z.view().meta[r].quality, bits(quality::novel_context) | bits(quality::not_scored));
    EXPECT_EQ(z.view().meta[r].regime, -1);
    EXPECT_TRUE(std::isnan(z.view()[r][0]));
  }
  EXPECT_EQ(z.view().meta[2].quality, bits(quality::undefined_feature) | bits(quality::not_scored));
  EXPECT_EQ(z.view().meta[3].quality, bits(quality::not_scored));
  EXPECT_EQ(z.view().meta[3].regime, 0);
  EXPECT_TRUE(std::isnan(z.view()[3][0]));
  EXPECT_FALSE(std::isnan(z.view()[3][1]));
  EXPECT_EQ(z.view().meta[4].quality, 0U);
  EXPECT_TRUE(std::isnan(z.view()[4][0]));
}

TEST(context_normalizer, a_steady_context_allows_small_changes_only) {
  row_table rows(3);
  random_stream random(5, 0);
  for (int r = 0; r < 100; ++r) rows.append(std::vector<double>{random.normal(), 1800.0, random.normal()}, {});
  row_table probe(3);
  for (double speed : {1800.0, 1830.0, 1900.0, 900.0}) probe.append(std::vector<double>{0.0, speed, 0.0}, {});
  const port in = speed_and(2);
  const auto stage = fitted(by_speed(4), in, rows.view());
  EXPECT_EQ(stage.regime_count(), 1U);
  const row_table z = run(stage, in, probe.view());
  EXPECT_EQ(z.view().meta[0].quality, 0U);
  EXPECT_EQ(z.view().meta[1].quality, 0U);
  EXPECT_TRUE(has(z.view().meta[2].quality, quality::novel_context));
  EXPECT_TRUE(has(z.view().meta[3].quality, quality::novel_context));
}

TEST(context_normalizer, bins_hold_their_lower_edge_and_empty_ones_are_novel) {
  context_normalizer n = by_speed(1);
  n.method = "bins";
  n.edges = {50.0, 150.0, 250.0, 350.0, 500.0};
  const port in = speed_and(2);
  const auto stage = fitted(n, in, three_speeds(600, 2, 4).view());
  EXPECT_EQ(stage.regime_count(), 4U);
  row_table probe(3);
  for (double speed : {50.0, 149.0, 150.0, 349.0, 350.0, 500.0, 49.9, 500.1}) probe.append(std::vector<double>{1.0, speed, 1.0}, {});
  const row_table z = run(stage, in, probe.view());
  const std::vector<std::int32_t> expected{0, 0, 1, 2, -1, -1, -1, -1};
  for (std::size_t r = 0; r < expected.size(); ++r) EXPECT_EQ(z.view().meta[r].regime, expected[r]) << r;
}

TEST(context_normalizer, bins_of_two_context_columns_form_a_grid) {
  port in = test::columns(1);
  in.columns.push_back({"speed", true});
  in.columns.push_back({"load", true});
  context_normalizer n;
  n.by = {"speed", "load"};
  n.method = "bins";
  n.edges = {0.0, 1.0, 2.0, 0.0, 10.0, 20.0, 30.0};
  n.edge_counts = {3.0, 4.0};
  row_table rows(3);
  for (int r = 0; r < 120; ++r) rows.append(std::vector<double>{r * 0.1, (r % 2) + 0.5, (r % 3) * 10.0 + 5.0}, {});
  const auto stage = fitted(n, in, rows.view());
  EXPECT_EQ(stage.regime_count(), 6U);
  row_table probe(3);
  probe.append(std::vector<double>{1.0, 1.5, 5.0}, {});
  probe.append(std::vector<double>{1.0, 0.5, 25.0}, {});
  const row_table z = run(stage, in, probe.view());
  EXPECT_EQ(z.view().meta[0].regime, 3);
  EXPECT_EQ(z.view().meta[1].regime, 2);
}

TEST(context_normalizer, small_regimes_use_location_and_scale_of_all_rows) {
  const port in = speed_and(2);
  context_normalizer n = by_speed(3);
  n.min_rows = 1000000;
  const row_table rows = three_speeds(600, 2, 6);
  const auto stage = fitted(n, in, rows.view());
  context_normalizer one;
  const auto all = fitted(one, in, rows.view());
  for (std::size_t g = 0; g < 3; ++g) EXPECT_EQ(stage.location_[g * 2], all.location_[0]);
}

TEST(context_normalizer, lists_features_that_do_not_vary) {
  row_table rows(2);
  random_stream random(1, 1);
  for (int r = 0; r < 50; ++r) rows.append(std::vector<double>{random.normal(), 7.0}, {});
  const auto stage = fitted(context_normalizer(), test::columns(2), rows.view());
  EXPECT_EQ(stage.inactive(0), std::vector<std::size_t>{1});
  row_table probe(2);
  probe.append(std::vector<double>{0.0, 1e9}, {});
  EXPECT_EQ(run(stage, test::columns(2), probe.view()).view()[0][1], 0.0);
}

TEST(context_normalizer, merging_parts_equals_observing_all) {
  const row_table rows = three_speeds(500, 3, 8);
  const port in = speed_and(3);
  context_normalizer a = by_speed(3);
  context_normalizer b = by_speed(3);
  test::must(a.observe(in, rows.slice(0, 200)));
  test::must(b.observe(in, rows.slice(200, 300)));
  test::must(a.merge(std::move(b)));
  test::must(a.finish());
  EXPECT_TRUE(test::same_model(a, fitted(by_speed(3), in, rows.view())));
}

TEST(context_normalizer, says_why_it_cannot_learn) {
  const port in = speed_and(2);
  context_normalizer n = by_speed(2);
  EXPECT_EQ(test::refusal(n, in), errc::not_fitted);
  row_table rows(3);
  for (int r = 0; r < 50; ++r) rows.append(std::vector<double>{1.0, 2.0, nan}, {});
  test::must(n.observe(in, rows.view()));
  const auto r = n.finish();
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().what.view().find("\"f1\" is not finite in 50"), std::string_view::npos) << r.error().message();

  n.by = {"sped"};
  const auto unknown = n.observe(in, rows.view());
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("speed.mean"), std::string::npos) << unknown.error().message();

  context_normalizer only = by_speed(2);
  port context_only;
  context_only.columns = {{"speed.mean", true}};
  EXPECT_FALSE(only.observe(context_only, row_table(1).view()));

  context_normalizer bins = by_speed(2);
  bins.method = "bins";
  bins.edges = {1.0, 1.0};
  EXPECT_FALSE(bins.observe(in, rows.view()));
  bins.edges = {};
  EXPECT_FALSE(bins.observe(in, rows.view()));
  bins.edges = {1000.0, 2000.0};
  row_table good(3);
  for (int i = 0; i < 50; ++i) good.append(std::vector<double>{1.0 * i, 2.0, 3.0}, {});
  test::must(bins.observe(in, good.view()));
  EXPECT_FALSE(bins.finish()) << "no row inside the bins";
}

TEST(context_normalizer, refuses_hostile_models) {
  const port in = speed_and(2);
  const auto good = fitted(by_speed(3), in, three_speeds(300, 2, 9).view());
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, std::int64_t>(good, "rows", {1, 2, 3, 4}, {4}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, std::int64_t>(good, "rows", {}, {0}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, double>(good, "scale", std::vector<double>(6, -1.0), {3, 2}), in),
            errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, double>(good, "location", std::vector<double>(6, nan), {3, 2}), in),
            errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, double>(good, "centers", {1.0}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, double>(good, "context_scale", {0.0}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<context_normalizer, double>(good, "novelty_limit", {1.0, nan, 1.0}, {3}), in),
            errc::corrupt_file);
  EXPECT_EQ(test::refusal(good, speed_and(3)), errc::incompatible);
}

}  // namespace
}  // namespace millwright
