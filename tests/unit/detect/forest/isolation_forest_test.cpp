#include "millwright/detect/forest/isolation_forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

isolation_forest small_forest() {
  isolation_forest f;
  f.trees = 37;  // not a multiple of the lanes
  f.samples = 64;
  return f;
}

/// The model read as the documentation describes it.
double score_by_the_book(const isolation_forest& f, std::span<const double> x) {
  double sum = 0.0;
  for (std::size_t t = 0; t + 1 < f.tree_start_.size(); ++t) {
    const auto root = static_cast<std::size_t>(f.tree_start_[t]);
    std::size_t at = root;
    while (f.node_[2 * at] != x.size()) at = root + f.node_[2 * at + 1] + (x[f.node_[2 * at]] >= f.threshold_[at] ? 1 : 0);
    sum += f.threshold_[at];
  }
  double score = math::exp2(-(sum / static_cast<double>(f.tree_start_.size() - 1)) / isolation_forest::average_path(f.sample_size_));
  double excess = 0.0;
  for (std::size_t c = 0; c < x.size(); ++c) {
    const double low = f.box_low_[c];
    const double high = f.box_high_[c];
    if (low < high) excess += std::max({0.0, (x[c] - high) / (high - low), (low - x[c]) / (high - low)});
  }
  return score + f.out_of_box_weight * (excess / static_cast<double>(x.size()));
}

TEST(isolation_forest, average_path_is_exact) {
  EXPECT_EQ(isolation_forest::average_path(1), 0.0);
  EXPECT_EQ(isolation_forest::average_path(2), 1.0);
  EXPECT_NEAR(isolation_forest::average_path(3), 5.0 / 3.0, 1e-15);
  EXPECT_NEAR(isolation_forest::average_path(256), 10.248690, 5e-7);
}

TEST(isolation_forest, trees_hold_every_sample_and_respect_the_depth) {
  const row_table rows = test::normal_rows(500, 3, 1);
  isolation_forest f = small_forest();
  const auto stage = fitted(f, test::columns(3), rows.view());
  EXPECT_EQ(stage.sample_size_, 64);
  EXPECT_EQ(stage.tree_start_.size(), 38U);
  for (std::size_t i = 0; i < stage.threshold_.size(); ++i) {
    if (stage.node_[2 * i] == 3) {
      EXPECT_LE(stage.threshold_[i], 6.0 + isolation_forest::average_path(64));
      EXPECT_GE(stage.threshold_[i], 1.0);
    }
  }
}

TEST(isolation_forest, blocks_and_single_rows_and_the_book_agree_bit_for_bit) {
  const row_table rows = test::normal_rows(300, 5, 2);
  const auto stage = fitted(small_forest(), test::columns(5), rows.view());
  const row_table block = run(stage, test::columns(5), rows.view());
  test::ready<isolation_forest> single(stage, test::columns(5));
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const double one = single.process(rows.slice(r, 1)).view()[0][0];
    ASSERT_EQ(one, block.view()[r][0]);
    ASSERT_EQ(one, score_by_the_book(stage, rows.view()[r]));
  }
}

TEST(isolation_forest, model_does_not_depend_on_parts_and_threads) {
  const row_table rows = test::normal_rows(400, 4, 3);
  isolation_forest f = small_forest();
  const auto one = fitted(f, test::columns(4), rows.view());
  f.threads = 3;
  EXPECT_TRUE(test::same_model(one, fitted(f, test::columns(4), rows.view())));
  isolation_forest a = small_forest();
  isolation_forest b = small_forest();
  test::must(a.observe(test::columns(4), rows.slice(0, 123)));
  test::must(b.observe(test::columns(4), rows.slice(123, 277)));
  test::must(a.merge(std::move(b)));
  test::must(a.finish());
  EXPECT_TRUE(test::same_model(one, a));
  f.seed = 1;
  EXPECT_FALSE(test::same_model(one, fitted(f, test::columns(4), rows.view())));
}

TEST(isolation_forest, the_out_of_box_term_tells_far_from_near) {
  const row_table rows = test::normal_rows(500, 3, 4);
  const auto stage = fitted(isolation_forest(), test::columns(3), rows.view());
  isolation_forest plain_settings;
  plain_settings.out_of_box_weight = 0.0;
  const auto plain = fitted(plain_settings, test::columns(3), rows.view());
  row_table probe(3);
  probe.append(std::vector<double>{0.0, 0.0, 0.0}, {});
  probe.append(std::vector<double>{8.0, 0.0, 0.0}, {});
  probe.append(std::vector<double>{80.0, 0.0, 0.0}, {});
  const row_table with = run(stage, test::columns(3), probe.view());
  const row_table without = run(plain, test::columns(3), probe.view());
  EXPECT_EQ(without.view()[1][0], without.view()[2][0]) << "the published forest saturates";
  EXPECT_EQ(with.view()[0][0], without.view()[0][0]) << "inside the box both agree";
  EXPECT_GT(with.view()[2][0], with.view()[1][0] + 3.0);
}

TEST(isolation_forest, scores_nan_for_rows_that_are_not_finite) {
  const auto stage = fitted(small_forest(), test::columns(2), test::normal_rows(100, 2, 5).view());
  row_table probe = test::normal_rows(40, 2, 6);
  probe.view().values[3] = std::numeric_limits<double>::quiet_NaN();
  probe.view().values[70] = std::numeric_limits<double>::infinity();
  const row_table scores = run(stage, test::columns(2), probe.view());
  for (std::size_t r = 0; r < 40; ++r) EXPECT_EQ(std::isnan(scores.view()[r][0]), r == 1 || r == 35) << r;
}

TEST(isolation_forest, explains_a_shifted_feature) {
  const row_table rows = test::normal_rows(1000, 20, 7);
  test::ready<isolation_forest> stage(fitted(isolation_forest(), test::columns(20), rows.view()), test::columns(20));
  random_stream random(8, 0);
  int right = 0;
  for (int i = 0; i < 200; ++i) {
    row_table probe = test::normal_rows(1, 20, 100 + static_cast<std::uint64_t>(i));
    const auto shifted = random.below(20);
    probe.view().values[shifted] += 6.0;
    std::vector<double> contributions(20, -1.0);
    stage.stage.explain(probe.view()[0], contributions);
    double sum = 0.0;
    for (double c : contributions) {
      EXPECT_GE(c, 0.0);
      sum += c;
    }
    EXPECT_NEAR(sum, stage.process(probe.view()).view()[0][0], 1e-12);
    right +=
        static_cast<std::uint64_t>(std::max_element(contributions.begin(), contributions.end()) - contributions.begin()) == shifted ? 1 : 0;
  }
  EXPECT_GE(right, 190);
}

TEST(isolation_forest, options_do_not_change_the_trees_of_finite_rows) {
  const row_table rows = test::normal_rows(300, 4, 21);
  const auto plain = fitted(small_forest(), test::columns(4), rows.view());
  isolation_forest f = small_forest();
  f.missing = "divide";
  f.explanation = "shap";
  const auto with = fitted(f, test::columns(4), rows.view());
  EXPECT_FALSE(plain.left_share_.is_set() || plain.cover_.is_set());
  EXPECT_TRUE(std::equal(plain.threshold_.values().begin(), plain.threshold_.values().end(), with.threshold_.values().begin()));
  EXPECT_TRUE(std::equal(plain.node_.values().begin(), plain.node_.values().end(), with.node_.values().begin()));
  for (std::size_t i = 0; i < with.threshold_.size(); ++i) {
    if (with.node_[2 * i] == 4) continue;
    const std::size_t root = static_cast<std::size_t>(
        *(std::upper_bound(with.tree_start_.values().begin(), with.tree_start_.values().end(), static_cast<std::int32_t>(i)) - 1));
    const std::size_t left = root + with.node_[2 * i + 1];
    EXPECT_EQ(with.cover_[left] + with.cover_[left + 1], with.cover_[i]);
    EXPECT_DOUBLE_EQ(with.left_share_[i], static_cast<double>(with.cover_[left]) / with.cover_[i]);
  }
}

TEST(isolation_forest, learns_from_rows_with_missing_values_on_any_number_of_threads) {
  row_table rows = test::normal_rows(300, 3, 22);
  random_stream random(23, 0);
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][random.below(3)] = std::numeric_limits<double>::quiet_NaN();
  for (const char* missing : {"divide", "larger"}) {
    isolation_forest f = small_forest();
    f.missing = missing;
    const auto one = fitted(f, test::columns(3), rows.view());
    f.threads = 3;
    EXPECT_TRUE(test::same_model(one, fitted(f, test::columns(3), rows.view())));
    for (std::size_t i = 0; i < one.threshold_.size(); ++i) {
      if (one.node_[2 * i] == 3) continue;
      const double share = one.left_share_[i];
      EXPECT_TRUE(f.missing == "larger" ? share == 0.0 || share == 1.0 : share > 0.0 && share < 1.0);
    }
    const row_table scores = run(one, test::columns(3), test::normal_rows(50, 3, 24).view());
    for (std::size_t r = 0; r < 50; ++r) EXPECT_TRUE(std::isfinite(scores.view()[r][0]));
  }
  isolation_forest refuses = small_forest();
  test::must(refuses.observe(test::columns(3), rows.view()));
  EXPECT_EQ(refuses.finish().error().code, errc::invalid_data);
}

TEST(isolation_forest, shapley_values_are_those_of_all_coalitions) {
  isolation_forest f = small_forest();
  f.explanation = "shap";
  test::ready<isolation_forest> ready(fitted(f, test::columns(4), test::normal_rows(300, 4, 25).view()), test::columns(4));
  const isolation_forest& m = ready.stage;
  const row_table probe = test::normal_rows(10, 4, 26);
  for (std::size_t r = 0; r < 10; ++r) {
    const auto x = probe.view()[r];
    const auto worth = [&](unsigned known) {
      double sum = 0.0;
      for (std::size_t t = 0; t < 37; ++t) {
        const auto root = static_cast<std::size_t>(m.tree_start_[t]);
        const auto walk = [&](const auto& self, std::size_t at) -> double {
          const std::size_t column = m.node_[2 * at];
          if (column == 4) return m.threshold_[at];
          const std::size_t left = root + m.node_[2 * at + 1];
          double share = static_cast<double>(m.cover_[left]) / m.cover_[at];
          if ((known >> column & 1) != 0) share = x[column] < m.threshold_[at] ? 1.0 : 0.0;
          return share * self(self, left) + (1.0 - share) * self(self, left + 1);
        };
        sum += walk(walk, root);
      }
      return sum / 37.0;
    };
    std::vector<double> values(4);
    EXPECT_NEAR(ready.stage.shapley_values(x, values), worth(0), 1e-12);
    double sum = 0.0;
    for (unsigned c = 0; c < 4; ++c) {
      double value = 0.0;
      for (unsigned known = 0; known < 16; ++known) {
        const double shares[] = {1.0 / 4, 1.0 / 12, 1.0 / 12, 1.0 / 4};
        if ((known >> c & 1) == 0) value += shares[std::popcount(known)] * (worth(known) - worth(known | 1U << c));
      }
      EXPECT_NEAR(values[c], value, 1e-11);
      sum += values[c];
    }
    EXPECT_NEAR(sum, worth(0) - worth(15), 1e-11);
  }
}

TEST(isolation_forest, copes_with_constant_columns_ties_and_extreme_values) {
  row_table rows(3);
  random_stream random(9, 0);
  for (int r = 0; r < 100; ++r) rows.append(std::vector<double>{7.0, static_cast<double>(random.below(2)), random.normal() * 1e307}, {});
  const auto stage = fitted(small_forest(), test::columns(3), rows.view());
  const row_table scores = run(stage, test::columns(3), rows.view());
  for (std::size_t r = 0; r < rows.rows(); ++r) EXPECT_TRUE(std::isfinite(scores.view()[r][0]));
  row_table probe(3);
  probe.append(std::vector<double>{1e9, 0.0, 0.0}, {});
  EXPECT_LT(run(stage, test::columns(3), probe.view()).view()[0][0], 1.0) << "a constant column has no box";
}

TEST(isolation_forest, says_why_it_cannot_learn) {
  isolation_forest f;
  EXPECT_EQ(test::refusal(f, test::columns(2)), errc::not_fitted);
  EXPECT_FALSE(f.finish());
  test::must(f.observe(test::columns(2), test::normal_rows(7, 2, 1).view()));
  EXPECT_FALSE(f.finish());
  row_table constant(1);
  for (int r = 0; r < 50; ++r) constant.append(std::vector<double>{1.0}, {});
  test::must(f.observe(test::columns(1), constant.view()));
  const auto r = f.finish();
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().what.view().find("no column varies"), std::string_view::npos);
  EXPECT_FALSE(f.observe(port{}, const_rows{})) << "no columns";
}

TEST(isolation_forest, refuses_hostile_models_or_reads_them_within_bounds) {
  const port in = test::columns(3);
  const auto good = fitted(small_forest(), in, test::normal_rows(100, 3, 1).view());
  const row_table probe = test::normal_rows(20, 3, 2);
  EXPECT_EQ(test::refusal(good, test::columns(2)), errc::incompatible);
  EXPECT_EQ(test::refusal(test::with_learned<isolation_forest, std::int32_t>(good, "tree_start", {0}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<isolation_forest, std::int32_t>(good, "tree_start", {0, -5}, {2}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<isolation_forest, std::uint16_t>(good, "node", {0, 0}, {1, 2}), in), errc::corrupt_file);
  random_stream random(11, 0);
  const std::vector<std::uint16_t> nodes(good.node_.values().begin(), good.node_.values().end());
  const std::vector<std::int32_t> starts(good.tree_start_.values().begin(), good.tree_start_.values().end());
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    auto changed_nodes = nodes;
    auto changed_starts = starts;
    changed_nodes[random.below(nodes.size())] = static_cast<std::uint16_t>(random.below(i % 2 == 0 ? 65536 : 8));
    if (i % 5 == 0) changed_starts[random.below(starts.size())] = static_cast<std::int32_t>(random.below(1U << 31));
    isolation_forest f = test::with_learned<isolation_forest, std::uint16_t>(good, "node", changed_nodes, {nodes.size() / 2, 2});
    f = test::with_learned<isolation_forest, std::int32_t>(f, "tree_start", changed_starts, {starts.size()});
    workspace measure;
    if (!f.prepare(in, measure)) continue;
    ++accepted;
    static_cast<void>(run(f, in, probe.view()));
    std::vector<double> contributions(3);
    test::ready<isolation_forest>(f, in).stage.explain(probe.view()[0], contributions);
  }
  EXPECT_GT(accepted, 0) << "a changed feature index is still a forest";
}

}  // namespace
}  // namespace millwright
