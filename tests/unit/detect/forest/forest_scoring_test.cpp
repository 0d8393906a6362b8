// Blocks of rows by rank against walks one by one, on forests of every shape, at every kernel level.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "detect/forest/forest_layout.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr std::array levels{kernel_level::scalar, kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64};

/// A level for a time.
class at_level {
 public:
  explicit at_level(kernel_level level) : before_(active_kernel_level()) { test::must(force_kernel_level(level)); }
  at_level(const at_level&) = delete;
  at_level& operator=(const at_level&) = delete;
  ~at_level() { test::must(force_kernel_level(before_)); }

 private:
  kernel_level before_;
};

/// A forest of made-up trees: full to a depth, or with leaves anywhere; few different thresholds make ties.
isolation_forest made_up(std::size_t trees, std::size_t columns, std::size_t depth, double chance_of_leaf, std::uint64_t seed) {
  random_stream random(seed, 0);
  std::vector<double> threshold;
  std::vector<std::uint16_t> node;
  std::vector<std::int32_t> start{0};
  for (std::size_t t = 0; t < trees; ++t) {
    std::vector<std::size_t> level{0};  // of each node; grows meanwhile
    for (std::size_t i = 0; i < level.size(); ++i) {
      const bool leaf = level[i] == depth || (i > 0 && random.uniform() < chance_of_leaf);
      threshold.push_back(leaf ? static_cast<double>(level[i]) + 0.5 * static_cast<double>(random.below(5))
                               : std::floor(random.normal() * 8.0) / 8.0);
      node.push_back(static_cast<std::uint16_t>(leaf ? columns : random.below(columns)));
      node.push_back(static_cast<std::uint16_t>(leaf ? i : level.size()));
      if (!leaf) level.insert(level.end(), 2, level[i] + 1);
    }
    start.push_back(static_cast<std::int32_t>(threshold.size()));
  }
  isolation_forest f = with_defaults<isolation_forest>();
  const std::size_t count = threshold.size();
  f.threshold_ = learned_array<double>(std::move(threshold));
  f.node_ = learned_array<std::uint16_t>(std::move(node), {count, 2});
  f.tree_start_ = learned_array<std::int32_t>(std::move(start));
  f.box_low_ = learned_array<double>(std::vector<double>(columns, -1.0));
  f.box_high_ = learned_array<double>(std::vector<double>(columns, 1.0));
  f.sample_size_ = 256;
  return f;
}

/// Rows on and beside thresholds.
row_table probe_rows(std::size_t count, std::size_t columns, std::uint64_t seed) {
  row_table rows = test::normal_rows(count, columns, seed);
  rows_view all = rows.view();
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      double& x = all[r][c];
      if ((r + c) % 3 == 0) x = std::floor(x * 8.0) / 8.0;
      if ((r + c) % 7 == 0) x = std::nextafter(std::floor(x * 8.0) / 8.0, -math::infinity);
      if ((r + c) % 31 == 0) x *= 1e300;
    }
  }
  return rows;
}

std::vector<double> single_scores(const isolation_forest& f, const row_table& rows) {
  test::ready<isolation_forest> single(f, test::columns(rows.columns()));
  std::vector<double> scores;
  for (std::size_t r = 0; r < rows.rows(); ++r) scores.push_back(single.process(rows.slice(r, 1)).view()[0][0]);
  return scores;
}

void expect_same(const isolation_forest& f, const row_table& rows, const std::vector<double>& expected) {
  for (const kernel_level level : levels) {
    if (!is_available(level)) continue;
    const at_level forced(level);
    const row_table scores = test::run(f, test::columns(rows.columns()), rows.view());
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      ASSERT_TRUE(scores.view()[r][0] == expected[r] || (std::isnan(scores.view()[r][0]) && std::isnan(expected[r])))
          << to_string(level) << " row " << r << " of " << rows.rows();
    }
  }
}

TEST(forest_scoring, blocks_equal_single_rows_whatever_the_depth) {
  for (std::size_t depth = 0; depth <= 12; ++depth) {
    const isolation_forest f = made_up(19, 5, depth, depth > 8 ? 0.25 : 0.1, depth);
    const row_table rows = probe_rows(77, 5, depth);
    expect_same(f, rows, single_scores(f, rows));
  }
}

TEST(forest_scoring, blocks_equal_single_rows_whatever_the_number_of_rows_and_columns) {
  for (const std::size_t columns : {1, 2, 33, 300}) {
    const isolation_forest f = made_up(40, columns, 7, 0.0, columns);
    for (const std::size_t count : {1, 11, 12, 63, 64, 65, 130, 203}) {
      const row_table rows = probe_rows(count, columns, count);
      expect_same(f, rows, single_scores(f, rows));
    }
  }
}

/// Tables of every number of steps; values on thresholds, between them and beyond, infinities and NaN; blocks that are not full.
TEST(forest_scoring, a_rank_is_the_number_of_thresholds_not_above) {
  constexpr std::size_t columns = 3;
  for (std::size_t count : {1, 2, 3, 6, 7, 8, 15, 16, 31, 40, 63, 100, 127, 128, 200, 255}) {
    const auto steps = static_cast<unsigned>(std::bit_width(count));
    std::vector<double> sorted(count);
    for (std::size_t i = 0; i < count; ++i) sorted[i] = 0.5 * static_cast<double>(i) - 20.0;
    std::vector<double> table(detail::forest_table_size(steps), math::infinity);
    for (std::size_t i = 0; i < count; ++i) {  // the i-th number (from 1) lies in the level of its lowest bit
      const auto below = static_cast<unsigned>(std::countr_zero(i + 1));
      table[(std::size_t{1} << (steps - 1 - below)) + ((i + 1) >> (below + 1))] = sorted[i];
    }
    const std::vector<float> table_f32(table.begin(), table.end());
    std::vector<double> x(detail::forest_block * columns);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.25 * static_cast<double>(i * 89 % 600) - 25.0;
    x[0] = math::nan;
    x[columns] = -math::infinity;
    const std::vector<float> x_f32(x.begin(), x.end());
    for (const std::size_t rows : {detail::forest_block, std::size_t{13}}) {
      for (const kernel_level level : levels) {
        const detail::kernel_table* kernels = detail::kernels_of(level);
        if (kernels == nullptr || kernels->forest == nullptr) continue;
        SCOPED_TRACE(std::string(to_string(level)) + ", " + std::to_string(count) + " thresholds, " + std::to_string(rows) + " rows");
        std::array<std::int8_t, detail::forest_block> f64{};
        std::array<std::int8_t, detail::forest_block> f32{};
        std::array<std::int8_t, detail::forest_block> rounded{};
        kernels->forest->rank_f64(x.data(), columns, rows, table.data(), steps, f64.data());
        kernels->forest->rank_f32(x_f32.data(), columns, rows, table_f32.data(), steps, f32.data());
        kernels->forest->rank_rounded(x.data(), columns, rows, table_f32.data(), steps, rounded.data());
        for (std::size_t r = 0; r < detail::forest_block; ++r) {
          const double value = x[std::min(r, rows - 1) * columns];
          const auto rank = std::count_if(sorted.begin(), sorted.end(), [value](double t) { return t <= value; }) - 128;
          EXPECT_EQ(f64[r], rank) << r;
          EXPECT_EQ(f32[r], rank) << r;
          EXPECT_EQ(rounded[r], rank) << r;
        }
      }
    }
  }
}

TEST(forest_scoring, trees_too_large_for_ranks_walk) {
  const isolation_forest f = made_up(3, 4, 9, 0.0, 1);  // 511 inner nodes; many of them decide something
  const auto layout = detail::forest_layout::make(f.threshold_.values(), f.node_.values(), f.tree_start_.values(), 4);
  ASSERT_TRUE(layout);
  EXPECT_FALSE((*layout)->has_ranks);
  const row_table rows = probe_rows(100, 4, 1);
  expect_same(f, rows, single_scores(f, rows));
}

TEST(forest_scoring, one_column_takes_several_groups) {
  isolation_forest f = with_defaults<isolation_forest>();
  f.samples = 256;
  f.trees = 60;
  f = test::fitted(f, test::columns(1), test::normal_rows(2000, 1, 3).view());
  const auto layout = detail::forest_layout::make(f.threshold_.values(), f.node_.values(), f.tree_start_.values(), 1);
  ASSERT_TRUE(layout);
  EXPECT_TRUE((*layout)->has_ranks);
  EXPECT_GT((*layout)->groups.size(), 3U);
  EXPECT_LT((*layout)->nodes.size(), f.threshold_.size() / 2) << "nodes that decide nothing are left out";
  const row_table rows = probe_rows(150, 1, 4);
  expect_same(f, rows, single_scores(f, rows));
}

TEST(forest_scoring, floats_score_as_the_same_doubles) {
  isolation_forest f = with_defaults<isolation_forest>();
  f.trees = 33;
  f = test::fitted(f, test::columns(6), test::normal_rows(700, 6, 5).view());
  row_table rows = probe_rows(141, 6, 6);
  std::vector<float> floats;
  for (std::size_t i = 0; i < 141 * 6; ++i) {
    double& x = rows.view().values[i];
    x = static_cast<double>(std::abs(x) < 1e30 ? static_cast<float>(x) : 3e38F);
    floats.push_back(static_cast<float>(x));
  }
  floats[7 * 6 + 2] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> expected = single_scores(f, rows);
  for (const kernel_level level : levels) {
    if (!is_available(level)) continue;
    const at_level forced(level);
    test::ready<isolation_forest> stage(f, test::columns(6));
    std::vector<double> scores(141, -1.0);
    stage.stage.score(floats.data(), 141, 6, scores.data());
    for (std::size_t r = 0; r < 141; ++r) {
      if (r == 7) {
        EXPECT_TRUE(std::isnan(scores[r]));
      } else {
        ASSERT_EQ(scores[r], expected[r]) << to_string(level) << " row " << r;
      }
    }
  }
  // Rounding asked of the model does the same to doubles, and only to values that are no floats.
  isolation_forest rounding = f;
  rounding.float32_input_ = learned_array<std::uint8_t>(std::vector<std::uint8_t>{1});
  expect_same(rounding, rows, expected);
  row_table between = rows;
  for (std::size_t i = 0; i < 141 * 6; ++i) between.view().values[i] *= 1.0 + 1e-9;
  expect_same(rounding, between, single_scores(rounding, between));
  for (std::size_t i = 0; i < 141 * 6; ++i)
    ASSERT_EQ(static_cast<float>(between.view().values[i]), static_cast<float>(rows.view().values[i]));
  expect_same(rounding, between, expected);
}

/// By the definition, recursively.
double path_with_shares(const isolation_forest& f, std::size_t root, std::size_t at, std::span<const double> x) {
  const std::size_t feature = f.node_[2 * at];
  if (feature == x.size()) return f.threshold_[at];
  const std::size_t left = root + f.node_[2 * at + 1];
  if (!std::isnan(x[feature])) return path_with_shares(f, root, left + (x[feature] >= f.threshold_[at] ? 1 : 0), x);
  const double share = f.left_share_[at];
  return share * path_with_shares(f, root, left, x) + (1.0 - share) * path_with_shares(f, root, left + 1, x);
}

TEST(forest_scoring, missing_values_go_both_ways_by_their_shares) {
  isolation_forest f = made_up(9, 3, 6, 0.1, 8);
  f.out_of_box_weight = 0.0;
  std::vector<double> shares(f.threshold_.size());
  random_stream random(9, 0);
  for (double& s : shares) s = static_cast<double>(random.below(5)) / 4.0;
  f.left_share_ = learned_array<double>(shares);
  row_table rows = test::normal_rows(90, 3, 10);
  for (std::size_t r = 0; r < 90; r += 2) rows.view()[r][r % 3] = math::nan;
  for (std::size_t c = 0; c < 3; ++c) rows.view()[4][c] = math::nan;
  rows.view()[5][0] = math::infinity;
  test::ready<isolation_forest> stage(f, test::columns(3));
  const row_table scores = stage.process(rows.view());
  for (std::size_t r = 0; r < 90; ++r) {
    if (r == 5) {
      EXPECT_TRUE(std::isnan(scores.view()[r][0]));
      continue;
    }
    double sum = 0.0;
    for (std::size_t t = 0; t + 1 < f.tree_start_.size(); ++t) {
      const auto root = static_cast<std::size_t>(f.tree_start_[t]);
      sum += path_with_shares(f, root, root, rows.view()[r]);
    }
    ASSERT_EQ(scores.view()[r][0], math::exp2(-(sum / 9.0) / isolation_forest::average_path(256))) << r;
    EXPECT_EQ(has(scores.view().meta[r].quality, quality::undefined_feature), r % 2 == 0) << r;
  }
  expect_same(f, rows, single_scores(f, rows));
  isolation_forest hostile = f;
  hostile.left_share_ = learned_array<double>(std::vector<double>(3, 0.5));
  EXPECT_EQ(test::refusal(hostile, test::columns(3)), errc::corrupt_file);
  shares[1] = 1.5;
  hostile.left_share_ = learned_array<double>(shares);
  EXPECT_EQ(test::refusal(hostile, test::columns(3)), errc::corrupt_file);
  hostile = f;
  hostile.path_scale_ = learned_array<double>(std::vector<double>{math::nan});
  EXPECT_EQ(test::refusal(hostile, test::columns(3)), errc::corrupt_file);
  hostile = f;
  hostile.float32_input_ = learned_array<std::uint8_t>(std::vector<std::uint8_t>{2});
  EXPECT_EQ(test::refusal(hostile, test::columns(3)), errc::corrupt_file);
}

TEST(forest_scoring, copies_share_one_layout) {
  isolation_forest f = made_up(5, 3, 4, 0.0, 11);
  detail::forest_layout_slot slot;
  const auto first = slot.layout_of(f.threshold_, f.node_, f.tree_start_, 3);
  const isolation_forest copy = f;
  const auto second = slot.layout_of(copy.threshold_, copy.node_, copy.tree_start_, 3);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  const isolation_forest other = made_up(5, 3, 4, 0.0, 12);
  const auto third = slot.layout_of(other.threshold_, other.node_, other.tree_start_, 3);
  ASSERT_TRUE(third);
  EXPECT_NE(*first, *third);
}

TEST(forest_scoring, fit_without_a_copy_learns_the_same) {
  const row_table rows = test::normal_rows(300, 4, 12);
  isolation_forest f = with_defaults<isolation_forest>();
  f.trees = 20;
  isolation_forest direct = f;
  test::must(direct.fit(test::columns(4), rows.view()));
  EXPECT_TRUE(test::same_model(direct, test::fitted(f, test::columns(4), rows.view())));
  row_table spoiled = rows;
  spoiled.view()[9][1] = math::nan;
  direct = f;
  test::must(direct.fit(test::columns(4), spoiled.view()));
  EXPECT_TRUE(test::same_model(direct, test::fitted(f, test::columns(4), spoiled.view())));
  EXPECT_FALSE(direct.fit(test::columns(4), rows.slice(0, 7)));
  EXPECT_FALSE(direct.fit(port{}, const_rows{}));
}

}  // namespace
}  // namespace millwright
