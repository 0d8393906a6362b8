#include "millwright/detect/forest/extended_isolation_forest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using forest = extended_isolation_forest;
using test::fitted;
using test::run;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

forest small_forest() {
  forest f;
  f.trees = 11;
  f.samples = 64;
  return f;
}

/// Correlated numbers, then a column of categories 0 to 4, and `holes` of all values missing.
row_table mixed_rows(std::size_t count, std::size_t numeric, std::uint64_t seed, double holes) {
  random_stream random(seed, 1);
  row_table rows(numeric + 1);
  for (std::size_t r = 0; r < count; ++r) {
    const double common = random.normal();
    std::vector<double> values;
    for (std::size_t c = 0; c < numeric; ++c) values.push_back(common + random.normal() * static_cast<double>(c + 1));
    values.push_back(static_cast<double>(random.below(5)));
    for (double& v : values) {
      if (random.uniform() < holes) v = nan;
    }
    rows.append(values, {});
  }
  return rows;
}

/// The model read as its documentation says, both sides of a missing value by recursion.
struct by_the_book {
  const forest& f;
  std::vector<double> x;

  [[nodiscard]] std::size_t terms_of(std::size_t node) const {
    return static_cast<std::size_t>(f.term_start_[node + 1] - f.term_start_[node]);
  }
  [[nodiscard]] std::size_t term(std::size_t node) const { return static_cast<std::size_t>(f.term_start_[node]); }
  [[nodiscard]] std::size_t column(std::size_t node) const { return f.term_column_[term(node)]; }
  [[nodiscard]] bool splits_categories(std::size_t node) const {
    return f.is_categorical_.is_set() && f.is_categorical_[column(node)] == 1;
  }

  [[nodiscard]] double share_left(std::size_t node) const {
    const double v = x[column(node)];
    if (std::isnan(v) && terms_of(node) == 1) return f.left_share_[node];
    if (splits_categories(node)) {
      if (v < 0 || v > 63 || v != std::floor(v)) return f.threshold_[node];
      return static_cast<double>((static_cast<std::uint64_t>(f.categories_left_[node]) >> static_cast<int>(v)) & 1);
    }
    return projection(node) >= f.threshold_[node] ? 0.0 : 1.0;
  }
  [[nodiscard]] double projection(std::size_t node) const {
    double z = 0.0;
    for (std::size_t t = term(node); t < term(node) + terms_of(node); ++t)
      z += f.term_coefficient_[t] * (x[f.term_column_[t]] - f.term_center_[t]);
    return z;
  }
  [[nodiscard]] double value(std::size_t root, std::size_t node) const {
    if (f.child_[node] == 0) return f.threshold_[node];
    const std::size_t child = root + static_cast<std::size_t>(f.child_[node]);
    const double left = share_left(node);
    double v = 0.0;
    if (left > 0.0) v += left * value(root, child);
    if (left < 1.0) v += (1.0 - left) * value(root, child + 1);
    if (f.penalize_range && !splits_categories(node) && std::abs(projection(node) - f.threshold_[node]) > f.range_[node]) v -= 1.0;
    return v;
  }
  [[nodiscard]] double score() {
    double box = 0.0;
    double numeric = 0.0;
    for (std::size_t c = 0; c < x.size(); ++c) {
      if (f.missing == "impute" && std::isnan(x[c])) x[c] = f.fill_[c];
      if (f.is_categorical_.is_set() && f.is_categorical_[c] == 1) continue;
      numeric += 1.0;
      if (std::isnan(x[c]) || !(f.box_low_[c] < f.box_high_[c])) continue;
      const double range = f.box_high_[c] - f.box_low_[c];
      box += std::max({0.0, (x[c] - f.box_high_[c]) / range, (f.box_low_[c] - x[c]) / range});
    }
    double mean = 0.0;
    const std::size_t trees = f.tree_start_.size() - 1;
    for (std::size_t t = 0; t < trees; ++t) {
      const auto root = static_cast<std::size_t>(f.tree_start_[t]);
      mean += value(root, root) / static_cast<double>(trees);
    }
    double score = -mean;
    if (f.scoring == "depth" || f.scoring == "adjusted_depth") score = std::exp2(-mean / isolation_forest::average_path(f.sample_size_));
    return score + f.out_of_box_weight * (numeric > 0 ? box / numeric : 0.0);
  }
};

struct variant {
  std::int64_t dimensions;
  const char* split;
  const char* scoring;
  const char* missing;
  bool categories, penalize;
};

class Variants : public testing::TestWithParam<variant> {
 protected:
  static forest with(const variant& v) {
    forest f = small_forest();
    f.dimensions = v.dimensions;
    f.split = v.split;
    f.tries = 3;
    f.scoring = v.scoring;
    f.missing = v.missing;
    f.penalize_range = v.penalize;
    f.max_depth = -1;
    if (v.categories) f.categorical = {"f4"};
    return f;
  }
};

/// Those whose splits are of one column, with missing values on both sides or filled in.
class PlainVariants : public Variants {};
constexpr variant plain_variants[] = {{1, "random", "depth", "divide", true, false},
                                      {1, "averaged_gain", "density", "divide", true, false},
                                      {1, "pooled_gain", "boxed_density", "impute", true, false},
                                      {1, "random", "boxed_density", "divide", false, false},
                                      {1, "random", "boxed_ratio", "divide", true, false}};
INSTANTIATE_TEST_SUITE_P(Options, PlainVariants, testing::ValuesIn(plain_variants));
INSTANTIATE_TEST_SUITE_P(PlainOptions, Variants, testing::ValuesIn(plain_variants));
INSTANTIATE_TEST_SUITE_P(OtherOptions, Variants,
                         testing::Values(variant{1, "random", "adjusted_depth", "larger", true, true},
                                         variant{2, "random", "depth", "impute", true, true},
                                         variant{3, "averaged_gain", "adjusted_depth", "impute", true, true},
                                         variant{4, "pooled_gain", "density", "impute", false, false}));

TEST_P(Variants, ScoresAsTheBookSaysAndExplainsWhatItScores) {
  const variant v = GetParam();
  const auto stage = fitted(with(v), test::columns(5), mixed_rows(300, 4, 1, 0.1).view());
  row_table probe = mixed_rows(60, 4, 2, 0.2);
  probe.append(std::vector<double>{30.0, -30.0, 0.0, 50.0, 63.0}, {});
  probe.append(std::vector<double>{0.0, 0.0, 0.0, 0.0, 1e300}, {});
  probe.append(std::vector<double>{0.0, 0.0, 0.0, 0.0, -0.5}, {});
  probe.append(std::vector<double>{1e308, -1e308, 1e308, -1e308, 2.0}, {});
  test::ready<forest> ready(stage, test::columns(5));
  const row_table scores = ready.process(probe.view());
  std::vector<double> contributions(5);
  for (std::size_t r = 0; r < probe.rows(); ++r) {
    const auto row = probe.view()[r];
    const double score = scores.view()[r][0];
    ASSERT_TRUE(std::isfinite(score)) << r;
    EXPECT_NEAR(score, (by_the_book{stage, {row.begin(), row.end()}}.score()), 1e-12 * std::max(1.0, std::abs(score))) << r;
    const bool holes = std::any_of(row.begin(), row.end(), [](double x) { return std::isnan(x); });
    EXPECT_EQ(has(scores.view().meta[r].quality, quality::undefined_feature), holes);
    ready.stage.explain(row, contributions);
    double sum = 0.0;
    for (const double c : contributions) {
      EXPECT_GE(c, 0.0);
      sum += c;
    }
    if (score > 0.0) {
      EXPECT_LE(sum, score * (1.0 + 1e-12) + 1e-12);
    }
  }
}

TEST_P(Variants, ModelDoesNotDependOnPartsAnd_threads) {
  const row_table rows = mixed_rows(200, 4, 3, 0.05);
  forest f = with(GetParam());
  const auto one = fitted(f, test::columns(5), rows.view());
  f.threads = 3;
  EXPECT_TRUE(test::same_model(one, fitted(f, test::columns(5), rows.view())));
  forest a = with(GetParam());
  forest b = with(GetParam());
  test::must(a.observe(test::columns(5), rows.slice(0, 77)));
  test::must(b.observe(test::columns(5), rows.slice(77, 123)));
  test::must(a.merge(std::move(b)));
  test::must(a.finish());
  EXPECT_TRUE(test::same_model(one, a));
}

/// Where every tree holds all rows, the rows themselves say what each leaf's value must be.
TEST_P(PlainVariants, LeavesSayWhatTheirRowsSay) {
  forest f = with(GetParam());
  f.penalize_range = false;
  f.max_depth = 5;
  f.samples = 512;
  const row_table rows = mixed_rows(150, 4, 4, 0.0);
  const auto stage = fitted(f, test::columns(5), rows.view());
  const double all = static_cast<double>(rows.rows());
  for (std::size_t t = 0; t + 1 < stage.tree_start_.size(); ++t) {
    const auto root = static_cast<std::size_t>(stage.tree_start_[t]);
    struct open {
      std::size_t node;
      std::vector<std::size_t> rows;
      double depth, adjusted, density, box;
      std::map<std::size_t, std::pair<double, double>> bounds;
    };
    std::vector<open> waiting(1);
    waiting[0] = {root, {}, 0, 0, 0, 1, {}};
    for (std::size_t r = 0; r < rows.rows(); ++r) waiting[0].rows.push_back(r);
    for (std::size_t c = 0; c < 5; ++c) waiting[0].bounds[c] = {stage.box_low_[c], stage.box_high_[c]};
    while (!waiting.empty()) {
      const open at = waiting.back();
      waiting.pop_back();
      ASSERT_FALSE(at.rows.empty());
      const double here = static_cast<double>(at.rows.size());
      if (stage.child_[at.node] == 0) {
        const double rest = isolation_forest::average_path(static_cast<std::int64_t>(at.rows.size()));
        const std::map<std::string, double> meaning = {{"depth", at.depth + rest},
                                                       {"adjusted_depth", at.adjusted + rest},
                                                       {"density", at.density},
                                                       {"boxed_density", std::log(here / all / at.box)},
                                                       {"boxed_ratio", -at.box}};
        ASSERT_NEAR(stage.threshold_[at.node], meaning.at(f.scoring), 1e-9);
        continue;
      }
      std::vector<std::size_t> sides[2];
      by_the_book book{stage, {}};
      const std::size_t column = book.column(at.node);
      double low = math::infinity;
      double high = -math::infinity;
      std::uint64_t kinds = 0;
      std::uint64_t left_kinds = 0;
      for (const std::size_t r : at.rows) {
        book.x.assign(rows.view()[r].begin(), rows.view()[r].end());
        const bool left = book.share_left(at.node) == 1.0;
        sides[left ? 0 : 1].push_back(r);
        low = std::min(low, book.x[column]);
        high = std::max(high, book.x[column]);
        const std::uint64_t kind = std::uint64_t{1}
                                   << static_cast<unsigned>(std::abs(book.x[column]) + 0.5 < 64 ? std::abs(book.x[column]) : 0);
        kinds |= kind;
        if (left) left_kinds |= kind;
      }
      const double split = stage.threshold_[at.node];
      for (const bool left : {true, false}) {
        open child = at;
        child.node = root + static_cast<std::size_t>(stage.child_[at.node]) + (left ? 0 : 1);
        child.rows = sides[left ? 0 : 1];
        double range = ((left ? split : high) - (left ? low : split)) / (high - low);
        auto& bound = child.bounds[column];
        double box = ((left ? split : bound.second) - (left ? bound.first : split)) / (bound.second - bound.first);
        if (book.splits_categories(at.node)) {
          range = static_cast<double>(std::popcount(left_kinds)) / static_cast<double>(std::popcount(kinds));
          if (!left) range = 1.0 - range;
          box = range;
        } else {
          (left ? bound.second : bound.first) = split;
        }
        const double p = static_cast<double>(child.rows.size()) / here / range;
        child.depth += 1.0;
        child.adjusted += 2.0 / (1.0 + 1.0 / (2.0 * p));
        child.density += std::log(p);
        child.box *= box;
        waiting.push_back(child);
      }
    }
  }
}

TEST(extended_isolation_forest, shapley_values_are_those_of_all_coalitions) {
  for (const char* missing : {"divide", "larger"}) {
    forest f = small_forest();
    f.dimensions = 1;
    f.explanation = "shap";
    f.missing = missing;
    f.max_depth = 9;
    f.categorical = {"f4"};
    const auto stage = fitted(f, test::columns(5), mixed_rows(200, 4, 5, 0.1).view());
    test::ready<forest> ready(stage, test::columns(5));
    const row_table probe = mixed_rows(12, 4, 6, 0.15);
    for (std::size_t r = 0; r < probe.rows(); ++r) {
      const by_the_book book{stage, {probe.view()[r].begin(), probe.view()[r].end()}};
      // Mean leaf value when only the columns of `known` are known.
      const auto worth = [&](unsigned known) {
        const auto walk = [&](const auto& self, std::size_t root, std::size_t node) -> double {
          if (stage.child_[node] == 0) return stage.threshold_[node];
          const std::size_t child = root + static_cast<std::size_t>(stage.child_[node]);
          const double left = (known >> book.column(node) & 1) != 0
                                  ? book.share_left(node)
                                  : static_cast<double>(stage.cover_[child]) / static_cast<double>(stage.cover_[node]);
          return left * self(self, root, child) + (1.0 - left) * self(self, root, child + 1);
        };
        double sum = 0.0;
        for (std::size_t t = 0; t < 11; ++t)
          sum += walk(walk, static_cast<std::size_t>(stage.tree_start_[t]), static_cast<std::size_t>(stage.tree_start_[t]));
        return sum / 11.0;
      };
      std::vector<double> values(5);
      const double expected = ready.stage.shapley_values(probe.view()[r], values);
      EXPECT_NEAR(expected, worth(0), 1e-12);
      double sum = 0.0;
      for (unsigned c = 0; c < 5; ++c) {
        const double factorial[] = {1, 1, 2, 6, 24, 120};
        double value = 0.0;
        for (unsigned known = 0; known < 32; ++known) {
          if ((known >> c & 1) != 0) continue;
          const int size = std::popcount(known);
          value += factorial[size] * factorial[4 - size] / 120.0 * (worth(known | 1U << c) - worth(known));
        }
        EXPECT_NEAR(values[c], value, 1e-11) << missing << " row " << r << " column " << c;
        sum += values[c];
      }
      EXPECT_NEAR(sum, worth(31) - expected, 1e-11);
    }
  }
}

TEST(extended_isolation_forest, explains_a_shifted_feature) {
  const std::size_t width = 6;
  for (const bool shap : {false, true}) {
    for (const std::int64_t dimensions : {1, 2}) {
      if (shap && dimensions > 1) continue;
      forest f;
      f.trees = 100;
      f.dimensions = dimensions;
      f.explanation = shap ? "shap" : "path";
      test::ready<forest> ready(fitted(f, test::columns(width), test::normal_rows(1000, width, 7).view()), test::columns(width));
      for (const double shift : {6.0, 8.0, 12.0}) {
        random_stream random(8, 0);
        std::size_t right = 0;
        for (std::uint64_t i = 0; i < 100; ++i) {
          row_table probe = test::normal_rows(1, width, 100 + i);
          const auto shifted = static_cast<std::size_t>(random.below(width));
          probe.view().values[shifted] += random.below(2) == 0 ? shift : -shift;
          std::vector<double> contributions(width);
          ready.stage.explain(probe.view()[0], contributions);
          const auto first = std::max_element(contributions.begin(), contributions.end()) - contributions.begin();
          right += static_cast<std::size_t>(first) == shifted ? 1 : 0;
        }
        EXPECT_GE(right, 95U) << shap << " " << dimensions << " shift " << shift;
      }
    }
  }
}

TEST(extended_isolation_forest, hyperplanes_find_what_lies_beside_a_diagonal) {
  random_stream random(9, 0);
  row_table rows(2);
  for (int r = 0; r < 1000; ++r) {
    const double t = random.normal();
    rows.append(std::vector<double>{t + 0.05 * random.normal(), t + 0.05 * random.normal()}, {});
  }
  row_table probe(2);
  probe.append(std::vector<double>{1.0, 1.0}, {});
  probe.append(std::vector<double>{1.0, -1.0}, {});
  const row_table scores = run(fitted(forest(), test::columns(2), rows.view()), test::columns(2), probe.view());
  EXPECT_GT(scores.view()[1][0], scores.view()[0][0] + 0.1);
}

TEST(extended_isolation_forest, weights_decide_what_is_drawn) {
  // Two clusters; the rows of the second weigh nothing, so that it is as foreign as if it had not been there.
  row_table rows = test::normal_rows(600, 2, 10);
  for (std::size_t r = 300; r < 600; ++r) {
    rows.view()[r][0] += 20.0;
    rows.view().meta[r].weight = 0.0;
  }
  forest f = small_forest();
  const auto weighted = fitted(f, test::columns(2), rows.view());
  EXPECT_TRUE(test::same_model(weighted, fitted(f, test::columns(2), rows.slice(0, 300))));
  for (std::size_t r = 300; r < 600; ++r) rows.view().meta[r].weight = 1e-3;
  const auto rare = fitted(f, test::columns(2), rows.view());
  for (std::size_t r = 0; r < 600; ++r) rows.view().meta[r].weight = 7.0;
  const auto equal = fitted(f, test::columns(2), rows.view());
  row_table probe(2);
  probe.append(std::vector<double>{20.0, 0.0}, {});
  EXPECT_GT(run(rare, test::columns(2), probe.view()).view()[0][0], run(equal, test::columns(2), probe.view()).view()[0][0] + 0.05);
  for (std::size_t r = 0; r < 600; ++r) rows.view().meta[r].weight = 1.0;
  EXPECT_TRUE(test::same_model(equal, fitted(f, test::columns(2), rows.view())));
  rows.view().meta[5].weight = 2.0;
  f.samples = 600;
  test::must(f.observe(test::columns(2), rows.view()));
  EXPECT_EQ(f.finish().error().code, errc::invalid_argument);
  rows.view().meta[5].weight = -1.0;
  EXPECT_EQ(f.observe(test::columns(2), rows.view()).error().code, errc::invalid_data);
}

TEST(extended_isolation_forest, refuses_options_that_do_not_go_together) {
  const auto refused = [](auto change) {
    forest f;
    change(f);
    const row_table rows = mixed_rows(50, 2, 11, 0.0);
    test::must(f.observe(test::columns(3), rows.view()));
    const auto done = f.finish();
    return !done && (done.error().code == errc::invalid_argument || done.error().code == errc::invalid_data);
  };
  EXPECT_TRUE(refused([](forest& f) { f.missing = "divide"; }));
  EXPECT_TRUE(refused([](forest& f) { f.missing = "larger"; }));
  EXPECT_TRUE(refused([](forest& f) { f.explanation = "shap"; }));
  EXPECT_TRUE(refused([](forest& f) { f.scoring = "boxed_density"; }));
  EXPECT_TRUE(refused([](forest& f) { f.scoring = "boxed_ratio"; }));
  EXPECT_TRUE(refused([](forest& f) {
    f.penalize_range = true;
    f.scoring = "density";
  }));
  EXPECT_TRUE(refused([](forest& f) {
    f.dimensions = 1;
    f.penalize_range = true;
    f.explanation = "shap";
  }));
  EXPECT_TRUE(refused([](forest& f) { f.categorical = {"no such column"}; }));
  EXPECT_TRUE(refused([](forest& f) { f.categorical = {"f0"}; })) << "numbers are no categories";
  EXPECT_TRUE(refused([](forest& f) {
    f.categorical = {"f2"};
    f.column_choice = "range";
  }));
}

TEST(extended_isolation_forest, ranges_choose_columns) {
  row_table rows = test::normal_rows(300, 3, 12);
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][1] *= 1e6;
  forest f = small_forest();
  f.dimensions = 1;
  f.column_choice = "range";
  const auto stage = fitted(f, test::columns(3), rows.view());
  for (const std::uint16_t column : stage.term_column_.values()) EXPECT_EQ(column, 1);
}

TEST(extended_isolation_forest, copes_with_constant_columns_ties_and_extreme_values) {
  for (const char* split : {"random", "averaged_gain", "pooled_gain"}) {
    for (const std::int64_t dimensions : {1, 3}) {
      random_stream random(13, 0);
      row_table rows(4);
      for (int r = 0; r < 100; ++r) {
        rows.append(std::vector<double>{7.0, static_cast<double>(random.below(2)), random.normal() * 5e307, random.normal() * 1e-310}, {});
      }
      forest f = small_forest();
      f.dimensions = dimensions;
      f.split = split;
      f.scoring = "density";
      test::ready<forest> ready(fitted(f, test::columns(4), rows.view()), test::columns(4));
      rows.append(std::vector<double>{-1e308, 1e308, -1.7e308, 1.7e308}, {});
      const row_table scores = ready.process(rows.view());
      for (std::size_t r = 0; r + 1 < rows.rows(); ++r) EXPECT_TRUE(std::isfinite(scores.view()[r][0]));
      rows.view()[0][1] = math::infinity;
      rows.view()[1][2] = nan;
      const row_table bad = ready.process(rows.view());
      EXPECT_TRUE(std::isnan(bad.view()[0][0]));
      EXPECT_TRUE(std::isnan(bad.view()[1][0]));
    }
  }
}

TEST(extended_isolation_forest, refuses_hostile_models) {
  forest f = small_forest();
  f.dimensions = 1;
  f.missing = "divide";
  f.explanation = "shap";
  f.categorical = {"f4"};
  const auto good = fitted(f, test::columns(5), mixed_rows(100, 4, 14, 0.1).view());
  const auto in = test::columns(5);
  const auto broken = [&]<class T>(std::string_view name, const learned_array<T>& original, std::size_t at, T value) {
    std::vector<T> values(original.values().begin(), original.values().end());
    values[at] = value;
    return test::refusal(test::with_learned(good, name, values, {values.size()}), in);
  };
  const std::size_t last = good.child_.size() - 1;
  EXPECT_EQ(broken("threshold", good.threshold_, 0, nan), errc::corrupt_file);
  EXPECT_EQ(broken("child", good.child_, 0, 0), errc::corrupt_file);
  EXPECT_EQ(broken("child", good.child_, 0, 3), errc::corrupt_file);
  EXPECT_EQ(broken("child", good.child_, 0, -1), errc::corrupt_file);
  EXPECT_EQ(broken("child", good.child_, last, 1), errc::corrupt_file);
  EXPECT_EQ(broken("tree_start", good.tree_start_, 1, 0), errc::corrupt_file);
  EXPECT_EQ(broken("tree_start", good.tree_start_, 11, 1 << 30), errc::corrupt_file);
  EXPECT_EQ(broken("term_start", good.term_start_, 1, 0), errc::corrupt_file);
  EXPECT_EQ(broken("term_start", good.term_start_, 1, 1 << 30), errc::corrupt_file);
  EXPECT_EQ(broken("term_column", good.term_column_, 0, std::uint16_t{5}), errc::corrupt_file);
  EXPECT_EQ(broken("term_coefficient", good.term_coefficient_, 0, math::infinity), errc::corrupt_file);
  EXPECT_EQ(broken("term_center", good.term_center_, 0, nan), errc::corrupt_file);
  EXPECT_EQ(broken("left_share", good.left_share_, 0, 1.5), errc::corrupt_file);
  EXPECT_EQ(broken("cover", good.cover_, 1, std::uint16_t{0}), errc::corrupt_file);
  EXPECT_EQ(broken("box_low", good.box_low_, 0, nan), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned(good, "cover", std::vector<std::uint16_t>{1}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned(good, "is_categorical", std::vector<std::uint8_t>{1}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(good, test::columns(4)), errc::incompatible);
}

}  // namespace
}  // namespace millwright
