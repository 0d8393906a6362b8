// What every detector of the registry promises beyond what every stage does: defined answers to bad training data and to absurd rows,
// and explanations that name the feature that moved.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "millwright/core/arena_memory.hpp"
#include "millwright/stage_registry.hpp"
#include "support/prepared_stage.hpp"

namespace millwright {
namespace {

constexpr std::size_t columns = 6;

/// Six columns, each half common to all and half its own, mean 0 and variance 1.
row_table normal_rows(std::size_t count, std::uint64_t seed) {
  row_table rows(columns);
  random_stream random(seed, 0);
  for (std::size_t r = 0; r < count; ++r) {
    const double common = random.normal();
    std::vector<double> values;
    for (std::size_t c = 0; c < columns; ++c) values.push_back(std::sqrt(0.5) * (common + random.normal()));
    rows.append(values, {static_cast<time_ns>(r + 1) * 1'000'000'000, 0, 0});
  }
  return rows;
}

/// Detectors score a row and explain the score.
std::vector<std::string_view> detector_ids() {
  std::vector<std::string_view> ids;
  for (const auto* table : builtin_registry().stages()) {
    if (table->info().explains) ids.push_back(table->id);
  }
  return ids;
}

any_stage fitted_on(const test::stage_variant& variant, const row_table& rows) {
  any_stage stage = test::make_row_stage(variant);
  test::must(stage.observe(test::example_port(), rows.view()));
  test::must(stage.finish());
  return stage;
}

class Detectors : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Registry, Detectors, testing::ValuesIn(detector_ids()), [](const auto& p) { return std::string(p.param); });

TEST_P(Detectors, AShiftOfOneFeatureRanksItFirst) {
  const row_table training = normal_rows(500, 1);
  for (const auto& variant : test::row_variants_of(GetParam())) {
    if (variant.settings.find("seed=") != std::string::npos) continue;  // rows of the table with extreme numbers
    SCOPED_TRACE(variant.name());
    test::prepared_stage p(fitted_on(variant, training));
    const row_table rows = normal_rows(120, 2);
    random_stream random(3, 0);
    int first = 0;
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      std::vector<double> row(rows.view()[r].begin(), rows.view()[r].end());
      const auto shifted = static_cast<std::size_t>(random.below(columns));
      row[shifted] += (random.uniform() < 0.5 ? -1.0 : 1.0) * (8.0 + 8.0 * random.uniform());
      std::vector<double> contributions(columns);
      p.stage.explain(row, contributions);
      bool largest = true;
      for (std::size_t c = 0; c < columns; ++c) largest &= c == shifted || contributions[c] < contributions[shifted];
      first += largest ? 1 : 0;
    }
    EXPECT_GE(first, 114) << "of 120 trials";
  }
}

TEST_P(Detectors, ARowFarOutsideScoresHigherThanAnyTrainingRow) {
  const row_table training = normal_rows(500, 4);
  test::prepared_stage p(fitted_on({GetParam(), ""}, training));
  const row_table scores = p.process(training, 500);
  double highest = -std::numeric_limits<double>::infinity();
  for (std::size_t r = 0; r < scores.rows(); ++r) highest = std::max(highest, scores.view()[r][0]);
  p.stage.reset();
  for (const double far : {30.0, 1e6, 1e60, 1e160, 1e300, -1e300}) {
    row_table row(columns);
    row.append(std::vector<double>{0.1, -0.2, far, 0.3, 0.2, -0.1}, {});
    const row_table out = p.process(row, 1);
    EXPECT_GT(out.view()[0][0], highest) << far;
    p.stage.reset();
  }
}

/// Learns, prepares and scores; what matters is that each step ends, with an error that helps or a score that is no accident.
void learn_and_score(const test::stage_variant& variant, const row_table& rows, const port& in) {
  any_stage stage = test::make_row_stage(variant);
  const auto observed = stage.observe(in, rows.view());
  const auto learned = observed ? stage.finish() : observed;
  if (!learned) {
    EXPECT_GE(learned.error().message().size(), 30u) << learned.error().message();
    return;
  }
  workspace measure;
  const auto out = stage.prepare(in, measure);
  if (!out) {
    EXPECT_GE(out.error().message().size(), 30u) << out.error().message();
    return;
  }
  const auto memory = test::must(detail::arena_memory::take(measure.bytes_used(), "test"));
  workspace arena(memory.bytes());
  static_cast<void>(test::must(stage.prepare(in, arena)));
  stage.reset();
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    double score = 0.0;
    row_meta meta;
    stage.process(rows.slice(r, 1), {&score, 1, 1, 1, &meta});
    bool finite = true;
    for (const double v : rows.view()[r]) finite &= std::isfinite(v);
    EXPECT_FALSE(std::isinf(score)) << "row " << r << " of the training rows";
    if (finite && !test::has_lags(variant)) {
      EXPECT_FALSE(std::isnan(score)) << "row " << r;
    }
    std::vector<double> contributions(rows.columns());
    stage.explain(rows.view()[r], contributions);
    for (const double c : contributions) EXPECT_TRUE(c >= 0.0 && std::isfinite(c)) << "row " << r << ": " << c;
  }
}

class BadTraining : public Detectors {
 protected:
  void all_variants(const row_table& rows, const port& in = test::example_port()) const {
    for (const auto& variant : test::row_variants_of(GetParam())) {
      SCOPED_TRACE(variant.name());
      learn_and_score(variant, rows, in);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Registry, BadTraining, testing::ValuesIn(detector_ids()), [](const auto& p) { return std::string(p.param); });

TEST_P(BadTraining, FewRows) {
  for (const std::size_t count : {0, 1, 2, 3, 7, 8, 9}) {
    SCOPED_TRACE(count);
    all_variants(normal_rows(count, 5));
  }
}

TEST_P(BadTraining, OneColumn) {
  row_table rows(1);
  random_stream random(6, 0);
  for (int r = 0; r < 100; ++r) rows.append(std::vector<double>{random.normal()}, {});
  all_variants(rows, port::of({"only"}));
}

TEST_P(BadTraining, ConstantColumns) {
  row_table rows = normal_rows(100, 7);
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][1] = rows.view()[r][4] = 3.25;
  all_variants(rows);
  for (std::size_t r = 0; r < rows.rows(); ++r) std::fill(rows.view()[r].begin(), rows.view()[r].end(), 3.25);
  all_variants(rows);
}

TEST_P(BadTraining, ACopyOfAColumn) {
  row_table rows = normal_rows(100, 8);
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][5] = rows.view()[r][0];
  all_variants(rows);
}

TEST_P(BadTraining, DuplicatedRows) {
  row_table rows(columns);
  const row_table two = normal_rows(2, 9);
  for (int copy = 0; copy < 50; ++copy) rows.append(two.view());
  all_variants(rows);
}

TEST_P(BadTraining, RowsThatAreNotFinite) {
  row_table rows = normal_rows(100, 10);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    if (r % 3 == 0) rows.view()[r][r % columns] = std::nan("");
    if (r % 5 == 0) rows.view()[r][r % columns] = r % 2 == 0 ? HUGE_VAL : -HUGE_VAL;
    if (r % 7 == 0) std::fill(rows.view()[r].begin(), rows.view()[r].end(), std::nan(""));
  }
  all_variants(rows);
  for (std::size_t r = 0; r < rows.rows(); ++r) std::fill(rows.view()[r].begin(), rows.view()[r].end(), std::nan(""));
  all_variants(rows);
}

TEST_P(BadTraining, ExtremeMagnitudes) {
  for (const double scale : {1e300, 1e160, 1e-160, 1e-300, 5e-324}) {
    SCOPED_TRACE(scale);
    row_table rows = normal_rows(60, 11);
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      for (double& v : rows.view()[r]) v *= scale;
    }
    all_variants(rows);
  }
  row_table rows = normal_rows(60, 12);  // a small spread on a large offset
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][2] += 1e15;
  all_variants(rows);
}

}  // namespace
}  // namespace millwright
