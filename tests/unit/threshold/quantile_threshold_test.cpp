#include "millwright/threshold/quantile_threshold.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "millwright/alarm/annunciator.hpp"
#include "millwright/pipeline/pipeline_json.hpp"
#include "support/rows_support.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

/// Severities 0.01, 0.02 ... in an order without pattern, one a second.
row_table shuffled(std::size_t count) {
  row_table rows(1);
  for (std::size_t i = 0; i < count; ++i) {
    const double severity = 0.01 * static_cast<double>(1 + (i * 7919) % count);
    rows.append({&severity, 1}, {static_cast<time_ns>(i) * 1'000'000'000, 0, 0});
  }
  return rows;
}

result<evidence> learn(double quantile, const row_table& rows) {
  quantile_threshold q;
  q.quantile = quantile;
  auto every_window = with_defaults<alarm>();
  every_window.on_count = every_window.on_window = 1;
  return learn_threshold(any_threshold::of(q), rows.view(), every_window);
}

TEST(quantile_threshold, is_the_order_statistic) {
  const row_table rows = shuffled(1000);
  const evidence found = test::must(learn(0.9, rows));
  EXPECT_DOUBLE_EQ(found.threshold, 9.0);
  EXPECT_FALSE(found.extrapolated);
  EXPECT_NEAR(found.decisions_per_week, 604800.0, 1000.0);
  EXPECT_EQ(found.weeks_needed, 0.0) << "nothing was promised";
  EXPECT_GT(found.false_episodes, 0u) << "a tenth of the windows lies above";
  const auto count = std::count_if(rows.view().values, rows.view().values + 1000, [&](double s) { return s <= found.threshold; });
  EXPECT_EQ(count, 900);
}

TEST(quantile_threshold, says_when_the_data_cannot_tell_it) {
  EXPECT_DOUBLE_EQ(test::must(learn(1.0, shuffled(200))).threshold, 2.0);
  EXPECT_TRUE(test::must(learn(1.0, shuffled(200))).extrapolated);
  EXPECT_TRUE(test::must(learn(0.999, shuffled(200))).extrapolated);
  EXPECT_FALSE(test::must(learn(0.999, shuffled(2000))).extrapolated);
}

TEST(quantile_threshold, bad_input) {
  EXPECT_FALSE(learn(0.1, shuffled(100))) << "out of range";
  row_table silent(1);
  const double nothing = 0.0;
  for (std::size_t i = 0; i < 100; ++i) silent.append({&nothing, 1}, {static_cast<time_ns>(i) * 1'000'000'000, 0, 0});
  EXPECT_FALSE(learn(0.9, silent));
}

TEST(quantile_threshold, serves_in_a_pipeline) {
  std::string declaration = test::machine_declaration(false);
  const std::string budget = R"({"max_false_episodes_per_week": 1000})";
  declaration.replace(declaration.find(budget), budget.size(), R"({"stage": "quantile_threshold", "quantile": 0.99})");
  const pipeline model = test::fit_declared(declaration, 60.0);
  EXPECT_EQ(model->parts.threshold->id(), "quantile_threshold");
  EXPECT_EQ(model->parts.alarms.threshold, model->evidence.threshold);
  const pipeline_parts again = test::must(parse_pipeline_parts(to_json(model->parts)));
  EXPECT_EQ(again.threshold->as<quantile_threshold>()->quantile, 0.99);
  const auto wrong =
      parse_pipeline_parts(R"({"channels": [{"name": "x", "rate_hz": 10}], "window": {"length": ["1s"]}, "alert": "quantil_threshold"})");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("quantile_threshold"), std::string::npos);
}

}  // namespace
}  // namespace millwright
