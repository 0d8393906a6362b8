#include "millwright/detect/with_lags.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "millwright/detect/covariance/mahalanobis.hpp"
#include "millwright/detect/distance/knn_distance.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using lagged = with_lags<mahalanobis>;
using test::fitted;
using test::run;

constexpr time_ns second = 1'000'000'000;

lagged with(std::int64_t lags) {
  lagged stage;
  stage.lags = lags;
  return stage;
}

/// Rows of `rows` and its `lags` predecessors side by side, newest first.
row_table side_by_side(const row_table& rows, std::size_t lags) {
  row_table wide(rows.columns() * (lags + 1));
  for (std::size_t r = lags; r < rows.rows(); ++r) {
    std::vector<double> values;
    for (std::size_t lag = 0; lag <= lags; ++lag) values.insert(values.end(), rows.view()[r - lag].begin(), rows.view()[r - lag].end());
    wide.append(values, rows.view().meta[r]);
  }
  return wide;
}

TEST(with_lags, equals_the_detector_on_rows_side_by_side) {
  const row_table training = test::normal_rows(300, 3, 1);
  const row_table probes = test::normal_rows(50, 3, 2);
  for (const std::size_t lags : {1, 4}) {
    const auto plain = fitted(mahalanobis(), test::columns(3 * (lags + 1)), side_by_side(training, lags).view());
    const row_table expected = run(plain, test::columns(3 * (lags + 1)), side_by_side(probes, lags).view());
    const row_table got =
        run(fitted(with(static_cast<std::int64_t>(lags)), test::columns(3), training.view()), test::columns(3), probes.view());
    for (std::size_t r = 0; r < lags; ++r) EXPECT_TRUE(std::isnan(got.view()[r][0])) << "not enough rows yet";
    for (std::size_t r = lags; r < probes.rows(); ++r) EXPECT_EQ(got.view()[r][0], expected.view()[r - lags][0]);
  }
}

TEST(with_lags, none_is_the_detector_itself) {
  const row_table training = test::normal_rows(300, 3, 3);
  const auto a = fitted(mahalanobis(), test::columns(3), training.view());
  const auto b = fitted(with(0), test::columns(3), training.view());
  EXPECT_TRUE(test::same_model<mahalanobis>(a, b)) << "and nothing more in the bundle";
  EXPECT_FALSE(b.lag_step_.is_set());
  EXPECT_TRUE(test::same_bits(run(a, test::columns(3), training.view()), run(b, test::columns(3), training.view())));
}

TEST(with_lags, rows_after_a_gap_wait_until_the_window_is_full_again) {
  const auto stage = fitted(with(2), test::columns(2), test::normal_rows(200, 2, 4).view());
  const auto scored = [&](row_table rows) {
    std::string text;
    const row_table out = run(stage, test::columns(2), rows.view());
    for (std::size_t r = 0; r < out.rows(); ++r) text += std::isnan(out.view()[r][0]) ? '-' : 'x';
    return text;
  };
  row_table rows = test::normal_rows(8, 2, 5);
  EXPECT_EQ(scored(rows), "--xxxxxx");
  rows.view()[3][1] = std::nan("");
  EXPECT_EQ(scored(rows), "--x---xx");
  rows = test::normal_rows(8, 2, 5);
  rows.view().meta[3].quality = bits(quality::not_scored);
  EXPECT_EQ(scored(rows), "--x---xx");
  rows = test::normal_rows(8, 2, 5);
  for (std::size_t r = 3; r < 8; ++r) rows.view().meta[r].end_time += second / 4;
  EXPECT_EQ(scored(rows), "--xxxxxx") << "a step of 1.25 s is no gap";
  for (std::size_t r = 3; r < 8; ++r) rows.view().meta[r].end_time += second / 2;
  EXPECT_EQ(scored(rows), "--x--xxx") << "one of 1.75 s is";
  rows = test::normal_rows(8, 2, 5);
  for (std::size_t r = 3; r < 8; ++r) rows.view().meta[r].end_time -= 10 * second;
  EXPECT_EQ(scored(rows), "--x--xxx") << "a clock that is set back";
  for (std::size_t r = 0; r < 8; ++r) rows.view().meta[r].end_time = r < 4 ? INT64_MIN : INT64_MAX;
  EXPECT_EQ(scored(rows), "--xx--xx");
  for (std::size_t r = 0; r < 8; ++r) rows.view().meta[r].end_time = 0;
  EXPECT_EQ(scored(rows), "--xxxxxx") << "times that are not known";
}

TEST(with_lags, sees_what_no_single_row_shows) {
  // A slow swing in training; the probe has the same values in an order that the swing never takes.
  row_table training(1);
  row_table probe(1);
  random_stream random(6, 0);
  for (int r = 0; r < 2000; ++r) training.append(std::vector<double>{math::sin_pi(r / 20.0) + 0.05 * random.normal()}, {});
  for (int r = 0; r < 40; ++r) probe.append(std::vector<double>{r % 2 == 0 ? 0.8 : -0.8}, {});
  const auto highest = [&](std::int64_t lags) {
    const auto stage = fitted(with(lags), test::columns(1), training.view());
    const row_table normal = run(stage, test::columns(1), training.view());
    const row_table odd = run(stage, test::columns(1), probe.view());
    double top = 0.0;
    for (std::size_t r = static_cast<std::size_t>(lags); r < normal.rows(); ++r) top = std::max(top, normal.view()[r][0]);
    return odd.view()[39][0] / top;
  };
  EXPECT_LT(highest(0), 1.0);
  EXPECT_GT(highest(2), 3.0);
}

TEST(with_lags, the_model_does_not_depend_on_the_parts_in_which_rows_came) {
  const row_table rows = test::normal_rows(120, 3, 7);
  const auto whole = fitted(with(3), test::columns(3), rows.view());
  lagged first = with(3);
  lagged second_part = with(3);
  test::must(first.observe(test::columns(3), rows.slice(0, 41)));
  test::must(first.observe(test::columns(3), rows.slice(41, 9)));
  test::must(second_part.observe(test::columns(3), rows.slice(50, 70)));
  test::must(first.merge(std::move(second_part)));
  test::must(first.finish());
  EXPECT_TRUE(test::same_model(whole, first));
}

TEST(with_lags, contributions_of_a_column_are_summed_over_its_lags) {
  test::ready<lagged> stage(fitted(with(2), test::columns(4), test::normal_rows(500, 4, 8).view()), test::columns(4));
  row_table rows = test::normal_rows(6, 4, 9);
  for (std::size_t r = 3; r < 5; ++r) rows.view()[r][1] += 12.0;  // one and two rows ago, seen from the last
  static_cast<void>(stage.process(rows.view()));
  std::vector<double> contributions(4, -1.0);
  stage.stage.explain(rows.view()[5], contributions);
  EXPECT_EQ(std::max_element(contributions.begin(), contributions.end()) - contributions.begin(), 1);
}

TEST(with_lags, refuses_what_makes_no_sense) {
  const auto good = fitted(with(2), test::columns(2), test::normal_rows(100, 2, 10).view());
  EXPECT_EQ(test::refusal(with(2), test::columns(2)), errc::not_fitted);
  EXPECT_EQ(test::refusal(good, test::columns(3)), errc::incompatible);
  for (const std::int64_t bad : {std::int64_t{-1}, INT64_MAX}) {
    EXPECT_EQ(test::refusal(test::with_learned<lagged, std::int64_t>(good, "lag_step", {bad}, {1}), test::columns(2)), errc::corrupt_file);
  }
  EXPECT_EQ(test::refusal(test::with_learned<lagged, std::int64_t>(good, "lag_step", {}, {0}), test::columns(2)), errc::corrupt_file);
  lagged more = good;
  more.lags = 999;
  EXPECT_EQ(test::refusal(more, test::columns(2)), errc::incompatible);
  EXPECT_EQ(test::refusal(more, test::columns(100)), errc::limit_exceeded);
  lagged few = with(30);
  test::must(few.observe(test::columns(2), test::normal_rows(20, 2, 11).view()));
  EXPECT_FALSE(few.finish());
}

}  // namespace
}  // namespace millwright
