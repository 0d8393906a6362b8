// What half-space trees, online isolation forest and random cut forest have in common.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "detect/forest/uniform_extremes.hpp"
#include "millwright/detect/forest/half_space_trees.hpp"
#include "millwright/detect/forest/online_isolation_forest.hpp"
#include "millwright/detect/forest/random_cut_forest.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::columns;
using test::fitted;
using test::normal_rows;
using test::run;

template <class Forest>
Forest small() {
  Forest f;
  f.trees = 20;
  f.window = 128;
  if constexpr (requires { f.samples; }) f.samples = 48;
  if constexpr (requires { f.leaf_rows; }) f.leaf_rows = 8;
  return f;
}

double mean_of(const row_table& scores, std::size_t first, std::size_t count) {
  double sum = 0.0;
  for (std::size_t r = first; r < first + count; ++r) sum += scores.view()[r][0];
  return sum / static_cast<double>(count);
}

row_table shifted(std::size_t rows, std::size_t width, std::uint64_t seed, double shift) {
  row_table table = normal_rows(rows, width, seed);
  for (std::size_t r = 0; r < rows; ++r) {
    for (double& v : table.view()[r]) v += shift;
  }
  return table;
}

template <class Forest>
std::vector<std::byte> checkpoint_of(Forest& stage) {
  state_writer count;
  stage.persist(count);
  std::vector<std::byte> bytes(count.bytes());
  state_writer writer(bytes);
  stage.persist(writer);
  return bytes;
}

template <class Forest>
class streaming_forests : public testing::Test {};
using forests = testing::Types<half_space_trees, online_isolation_forest, random_cut_forest>;
TYPED_TEST_SUITE(streaming_forests, forests);

TYPED_TEST(streaming_forests, rows_far_from_all_others_score_high) {
  const auto stage = fitted(small<TypeParam>(), columns(4), normal_rows(600, 4, 1).view());
  const row_table normal = run(stage, columns(4), normal_rows(300, 4, 2).view());
  const row_table far = run(stage, columns(4), shifted(20, 4, 3, 5.0).view());
  std::vector<double> scores;
  for (std::size_t r = 0; r < 300; ++r) scores.push_back(normal.view()[r][0]);
  std::sort(scores.begin(), scores.end());
  for (std::size_t r = 0; r < 20; ++r) EXPECT_GT(far.view()[r][0], scores[270]) << r;
}

TYPED_TEST(streaming_forests, follows_a_change_when_all_rows_are_learned_and_not_otherwise) {
  for (const std::string learn : {"always", "below", "never"}) {
    TypeParam forest = small<TypeParam>();
    forest.learn = learn;
    const auto stage = fitted(forest, columns(3), normal_rows(600, 3, 1).view());
    const row_table scores = run(stage, columns(3), shifted(1200, 3, 4, 6.0).view());
    const double normal = mean_of(run(stage, columns(3), normal_rows(200, 3, 5).view()), 0, 200);
    const double change = mean_of(scores, 0, 20);
    const double late = mean_of(scores, 1000, 200);
    EXPECT_GT(change, normal);
    if (learn == "always") {
      EXPECT_LT(late, 0.5 * (normal + change)) << "the new state is normal now";
    } else {
      EXPECT_GT(late, 0.75 * change + 0.25 * normal) << learn << ": the change is not learned";
    }
  }
}

TYPED_TEST(streaming_forests, goes_on_learning_normal_rows_under_the_guard) {
  // The guard cuts off the tail of every window; that must not shrink what counts as normal bit by bit.
  const auto stage = fitted(small<TypeParam>(), columns(3), normal_rows(1000, 3, 1).view());
  const row_table scores = run(stage, columns(3), normal_rows(20000, 3, 6).view());
  std::size_t refused = 0;
  for (std::size_t r = 15000; r < 20000; ++r) refused += scores.view()[r][0] > stage.guard_ ? 1U : 0U;
  EXPECT_LT(refused, 1000U) << "of 5000 rows";
}

TYPED_TEST(streaming_forests, rows_that_cannot_be_scored_leave_the_state_alone) {
  const auto stage = fitted(small<TypeParam>(), columns(2), normal_rows(300, 2, 1).view());
  const row_table rows = normal_rows(400, 2, 2);
  row_table with_bad(2);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    with_bad.append(rows.view()[r], {});
    with_bad.append(std::vector<double>{math::nan, 0.0}, {});
    with_bad.append(std::vector<double>{0.0, math::infinity}, {});
    with_bad.append(std::vector<double>{0.0, 0.0}, {0, bits(quality::not_scored), -1});
  }
  const row_table plain = run(stage, columns(2), rows.view());
  const row_table mixed = run(stage, columns(2), with_bad.view());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    ASSERT_EQ(mixed.view()[4 * r][0], plain.view()[r][0]) << r;
    for (std::size_t i = 1; i < 4; ++i) ASSERT_TRUE(std::isnan(mixed.view()[4 * r + i][0]));
  }
}

TYPED_TEST(streaming_forests, a_frozen_forest_scores_a_row_alike_whatever_came_before) {
  TypeParam forest = small<TypeParam>();
  forest.learn = "never";
  const auto stage = fitted(forest, columns(2), normal_rows(300, 2, 1).view());
  const row_table rows = normal_rows(100, 2, 2);
  const row_table forward = run(stage, columns(2), rows.view());
  row_table reversed(2);
  for (std::size_t r = 100; r-- > 0;) reversed.append(rows.view()[r], {});
  const row_table backward = run(stage, columns(2), reversed.view());
  for (std::size_t r = 0; r < 100; ++r) ASSERT_EQ(forward.view()[r][0], backward.view()[99 - r][0]);
}

TYPED_TEST(streaming_forests, the_order_of_merging_and_a_second_fit_give_the_same_model) {
  const row_table rows = normal_rows(300, 3, 1);
  const auto whole = fitted(small<TypeParam>(), columns(3), rows.view());
  TypeParam first = small<TypeParam>();
  TypeParam second = small<TypeParam>();
  test::must(first.observe(columns(3), rows.slice(0, 120)));
  test::must(second.observe(columns(3), rows.slice(120, 180)));
  test::must(first.merge(std::move(second)));
  test::must(first.finish());
  EXPECT_TRUE(test::same_model(first, whole));
}

TYPED_TEST(streaming_forests, few_wide_constant_equal_and_huge_rows_give_an_answer) {
  row_table same(2);
  for (int r = 0; r < 40; ++r) same.append(std::vector<double>{1.0, 2.0}, {});
  TypeParam forest = small<TypeParam>();
  test::must(forest.observe(columns(2), same.view()));
  EXPECT_EQ(forest.finish().error().code, errc::invalid_data);
  test::must(forest.observe(columns(2), same.slice(0, 7)));
  EXPECT_EQ(forest.finish().error().code, errc::invalid_data);

  row_table rows(3);  // one column constant, two values, one of them rare, as large as doubles go
  for (int r = 0; r < 40; ++r) rows.append(std::vector<double>{1.0, r == 3 ? 1.7e308 : -1.7e308, r % 2 == 0 ? 1.0 : 0.0}, {});
  forest.learn = "always";
  const auto stage = fitted(forest, columns(3), rows.view());
  row_table stream(3);
  for (int r = 0; r < 500; ++r) {
    stream.append(rows.view()[static_cast<std::size_t>(r % 40)], {});
    stream.append(std::vector<double>{-1e300, 1e-300, 1e308}, {});
  }
  const row_table scores = run(stage, columns(3), stream.view());
  for (std::size_t r = 0; r < scores.rows(); ++r) ASSERT_TRUE(std::isfinite(scores.view()[r][0])) << r;
}

TYPED_TEST(streaming_forests, hostile_models_are_refused) {
  const auto stage = fitted(small<TypeParam>(), columns(2), normal_rows(100, 2, 1).view());
  using numbers = std::vector<double>;
  const auto refused = [&](std::string_view name, numbers values, std::vector<std::size_t> shape) {
    return test::refusal(test::with_learned(stage, name, std::move(values), std::move(shape)), columns(2));
  };
  EXPECT_EQ(refused("row", numbers(6), {2, 3}), errc::corrupt_file);
  EXPECT_EQ(refused("row", numbers(6), {6}), errc::corrupt_file);
  EXPECT_EQ(refused("row", {}, {0, 2}), errc::corrupt_file);
  EXPECT_EQ(refused("row", numbers(20000), {10000, 2}), errc::corrupt_file);
  EXPECT_EQ(refused("row", numbers(20, math::nan), {10, 2}), errc::corrupt_file);
  EXPECT_EQ(refused("box_low", {0.0, math::infinity}, {2}), errc::corrupt_file);
  EXPECT_EQ(refused("box_high", {0.0}, {1}), errc::corrupt_file);
  EXPECT_EQ(refused("guard", {math::nan}, {}), errc::corrupt_file);
  EXPECT_EQ(refused("box_low", {0.0}, {1}), errc::incompatible);
}

TYPED_TEST(streaming_forests, damaged_checkpoints_are_refused_or_harmless) {
  const auto stage = fitted(small<TypeParam>(), columns(2), normal_rows(200, 2, 1).view());
  test::ready<TypeParam> original(stage, columns(2));
  static_cast<void>(original.process(normal_rows(300, 2, 2).view()));
  const std::vector<std::byte> bytes = checkpoint_of(original.stage);
  test::ready<TypeParam> other(stage, columns(2));
  const row_table rows = normal_rows(100, 2, 3);
  random_stream random(7, 0);
  for (int i = 0; i < 600; ++i) {
    std::vector<std::byte> damaged = bytes;
    // Half of the damage near the start, where counts and places are.
    const std::size_t range = i % 2 == 0 ? std::min<std::size_t>(damaged.size(), 4096) : damaged.size();
    for (int k = 0; k < 1 + i % 4; ++k) damaged[random.below(range)] = static_cast<std::byte>(random.below(256));
    state_reader reader(damaged);
    other.stage.persist(reader);
    if (!reader.ok() || !other.stage.state_is_valid()) continue;
    const row_table scores = other.process(rows.view());  // under sanitizers: nothing outside its memory, and it ends
    for (std::size_t r = 0; r < 5; ++r) static_cast<void>(scores.view()[r][0]);
  }
  state_reader reader(bytes);
  other.stage.persist(reader);
  ASSERT_TRUE(reader.ok() && other.stage.state_is_valid());
  EXPECT_TRUE(test::same_bits(other.process(rows.view()), original.process(rows.view())));
}

/// Share of trials in which a shift of one column ranks first.
template <class Forest>
double first_rank_share(Forest forest, double shift) {
  constexpr std::size_t width = 8;
  const auto stage = fitted(forest, columns(width), normal_rows(1000, width, 1).view());
  test::ready<Forest> ready(stage, columns(width));
  row_table trials = normal_rows(200, width, 9);
  std::size_t first = 0;
  std::vector<double> contributions(width);
  for (std::size_t r = 0; r < trials.rows(); ++r) {
    trials.view()[r][r % width] += shift;
    ready.stage.explain(trials.view()[r], contributions);
    first += static_cast<std::size_t>(std::max_element(contributions.begin(), contributions.end()) - contributions.begin()) == r % width;
  }
  return static_cast<double>(first) / 200.0;
}

TEST(streaming_forests, a_shift_of_one_column_ranks_it_first) {
  EXPECT_GE(first_rank_share(half_space_trees(), 8.0), 0.95);
  EXPECT_GE(first_rank_share(online_isolation_forest(), 8.0), 0.95);
  EXPECT_GE(first_rank_share(random_cut_forest(), 8.0), 0.95);
}

TEST(online_isolation_forest, extremes_of_uniform_points_are_distributed_as_those_of_drawn_points) {
  random_stream random(1, 0);
  constexpr int draws = 4000;
  constexpr std::int32_t count = 5;
  double shortcut[4] = {};
  double drawn[4] = {};
  for (int i = 0; i < draws; ++i) {
    const auto e = detail::extremes_of_uniform(2.0, 4.0, count, random);
    double low = 4.0;
    double high = 2.0;
    for (int k = 0; k < count; ++k) {
      const double v = 2.0 + 2.0 * random.uniform();
      low = std::min(low, v);
      high = std::max(high, v);
    }
    const double a[4] = {e.smallest, e.largest, e.smallest * e.largest, e.smallest * e.smallest};
    const double b[4] = {low, high, low * high, low * low};
    for (int k = 0; k < 4; ++k) {
      shortcut[k] += a[k] / draws;
      drawn[k] += b[k] / draws;
    }
  }
  for (int k = 0; k < 4; ++k) EXPECT_NEAR(shortcut[k], drawn[k], 0.01 * std::fabs(drawn[k])) << k;
}

TEST(online_isolation_forest, forgets_a_window_later_what_it_learned) {
  online_isolation_forest forest = small<online_isolation_forest>();
  forest.learn = "always";
  const auto stage = fitted(forest, columns(2), normal_rows(500, 2, 1).view());
  test::ready<online_isolation_forest> ready(stage, columns(2));
  static_cast<void>(ready.process(shifted(300, 2, 2, 9.0).view()));
  static_cast<void>(ready.process(normal_rows(300, 2, 3).view()));
  ASSERT_TRUE(ready.stage.state_is_valid()) << "counts of halves add up and the root counts the window";
  const double normal = mean_of(ready.process(normal_rows(50, 2, 4).view()), 0, 50);
  const double left = mean_of(ready.process(shifted(1, 2, 5, 9.0).view()), 0, 1);
  EXPECT_GT(left, normal);
}

}  // namespace
}  // namespace millwright
