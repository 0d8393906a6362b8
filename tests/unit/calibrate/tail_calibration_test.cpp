#include "millwright/calibrate/tail_calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/statistics/generalized_pareto.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;

std::vector<double> pareto_sample(double shape, double scale, std::size_t n, std::uint64_t seed) {
  random_stream random(seed, 0);
  std::vector<double> sample(n);
  for (double& y : sample) {
    const double u = 1.0 - random.uniform();
    y = shape == 0.0 ? -scale * std::log(u) : scale / shape * (std::pow(u, -shape) - 1.0);
    if (!(y > 0.0)) y = 1e-12;
  }
  return sample;
}

TEST(generalized_pareto, survival_keeps_its_precision_far_out) {
  EXPECT_EQ((generalized_pareto{0.0, 2.0}).log_survival(1e6), -5e5);
  EXPECT_NEAR((generalized_pareto{0.5, 1.0}).log_survival(1e300), -2.0 * (std::log(0.5) + 300 * std::log(10.0)), 1e-9);
  EXPECT_NEAR((generalized_pareto{1e-9, 1.0}).log_survival(3.0), -3.0, 1e-8);
  EXPECT_EQ((generalized_pareto{-0.5, 1.0}).log_survival(2.0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ((generalized_pareto{0.3, 1.0}).log_survival(0.0), 0.0);
  EXPECT_TRUE(std::isnan((generalized_pareto{0.3, 1.0}).log_survival(std::numeric_limits<double>::quiet_NaN())));
}

TEST(generalized_pareto, recovers_the_parameters_of_large_samples) {
  for (double shape : {-0.3, 0.0, 0.2, 0.4}) {
    const auto fit = test::must(generalized_pareto::fit(pareto_sample(shape, 3.0, 5000, 1)));
    EXPECT_NEAR(fit.shape, shape, 0.05) << shape;
    EXPECT_NEAR(fit.scale, 3.0, 0.15) << shape;
  }
}

TEST(generalized_pareto, fit_scales_with_the_data) {
  auto sample = pareto_sample(0.2, 1.0, 500, 2);
  const auto fit = test::must(generalized_pareto::fit(sample));
  for (double& y : sample) y *= 1e-200;
  const auto small = test::must(generalized_pareto::fit(sample));
  EXPECT_NEAR(small.shape, fit.shape, 1e-6);
  EXPECT_NEAR(small.scale / 1e-200, fit.scale, 1e-6);
}

TEST(generalized_pareto, the_prior_steadies_small_samples_and_bounds_hold) {
  generalized_pareto::fit_options without;
  without.prior_below = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto sample = pareto_sample(0.1, 1.0, 15, seed);
    const auto with = test::must(generalized_pareto::fit(sample));
    const auto free = test::must(generalized_pareto::fit(sample, without));
    EXPECT_LE(std::fabs(with.shape - 0.1), std::fabs(free.shape - 0.1) + 1e-6);
    EXPECT_GE(free.shape, -0.5);
    EXPECT_LE(free.shape, 0.5);
  }
  EXPECT_GT(test::must(generalized_pareto::fit(std::vector<double>{1.0})).scale, 0.0);
  EXPECT_GT(test::must(generalized_pareto::fit(std::vector<double>(30, 2.5))).scale, 0.0);
}

TEST(generalized_pareto, refuses_what_is_no_excess) {
  EXPECT_FALSE(generalized_pareto::fit({}));
  for (double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(generalized_pareto::fit(std::vector<double>{1.0, bad})) << bad;
  }
}

TEST(tail_calibration, is_empirical_below_the_threshold) {
  row_table rows(1);
  for (int i = 1; i <= 100; ++i) rows.append(std::vector<double>{i * 1.0}, {});
  const auto stage = fitted(tail_calibration(), test::columns(1), rows.view());
  EXPECT_EQ(stage.threshold_[0], 90.0) << "10 peaks: a tenth of the data";
  EXPECT_EQ(stage.severity(-5.0, 0), 0.0);
  EXPECT_EQ(stage.severity(1.0, 0), 0.0);
  EXPECT_NEAR(stage.severity(1.5, 0), -std::log10(100.0 / 101.0), 1e-15);
  EXPECT_NEAR(stage.severity(51.0, 0), -std::log10(51.0 / 101.0), 1e-15);
  EXPECT_NEAR(stage.severity(50.5, 0), -std::log10(51.0 / 101.0), 1e-15);
  EXPECT_NEAR(stage.severity(90.0, 0), -std::log10(12.0 / 101.0), 1e-15);
  EXPECT_NEAR(stage.severity(std::nextafter(90.0, 91.0), 0), -std::log10(11.0 / 101.0), 1e-12);
}

TEST(tail_calibration, threshold_follows_the_amount_of_data) {
  for (std::size_t n : {20U, 200U, 2500U, 10000U}) {
    const row_table rows = test::normal_rows(n, 1, n);
    const auto stage = fitted(tail_calibration(), test::columns(1), rows.view());
    std::size_t peaks = 0;
    for (std::size_t r = 0; r < n; ++r) peaks += rows.view()[r][0] > stage.threshold_[0] ? 1 : 0;
    EXPECT_EQ(peaks, std::max<std::size_t>(static_cast<std::size_t>(0.02 * static_cast<double>(n)), std::min<std::size_t>(50, n / 10)))
        << n;
  }
}

TEST(tail_calibration, never_decreases_and_never_ends) {
  const auto stage = fitted(tail_calibration(), test::columns(1), test::normal_rows(3000, 1, 7).view());
  double last = -1.0;
  for (double s = -6.0; s < 12.0; s += 1e-3) {
    const double severity = stage.severity(s, 0);
    ASSERT_GE(severity, last);
    last = severity;
  }
  for (double s = 20.0; s < 1e308; s *= 2.0) {
    const double severity = stage.severity(s, 0);
    ASSERT_TRUE(std::isfinite(severity));
    ASSERT_GT(severity, last) << s;
    last = severity;
    if (severity >= tail_calibration::largest_severity / 2) break;
  }
  EXPECT_TRUE(std::isfinite(stage.severity(std::numeric_limits<double>::infinity(), 0)));
  EXPECT_EQ(stage.severity(-std::numeric_limits<double>::infinity(), 0), 0.0);
  EXPECT_TRUE(std::isnan(stage.severity(std::numeric_limits<double>::quiet_NaN(), 0)));
}

TEST(tail_calibration, predicts_tail_probabilities_beyond_the_data) {
  // Severities of fresh exponential scores are known: P(S > s) = exp(-s). 5000 scores say something about 1e-5.
  random_stream random(1, 2);
  row_table rows(1);
  for (int i = 0; i < 5000; ++i) rows.append(std::vector<double>{-std::log(1.0 - random.uniform())}, {});
  const auto stage = fitted(tail_calibration(), test::columns(1), rows.view());
  EXPECT_NEAR(stage.severity(std::log(1e2), 0), 2.0, 0.1);
  EXPECT_NEAR(stage.severity(std::log(1e5), 0), 5.0, 1.0);
}

TEST(tail_calibration, thinned_scores_stay_close_and_on_the_safe_side) {
  const row_table rows = test::normal_rows(20000, 2, 9);
  tail_calibration thin;
  thin.max_scores = 500;
  const auto few = fitted(thin, test::columns(2), rows.view());
  tail_calibration all;
  all.max_scores = 100000;
  const auto many = fitted(all, test::columns(2), rows.view());
  EXPECT_EQ(few.scores_.shape(), (std::vector<std::size_t>{2, 500}));
  double last = 0.0;
  for (double s = -4.0; s < 4.0; s += 0.01) {
    EXPECT_LE(few.severity(s, 1), many.severity(s, 1));
    EXPECT_NEAR(std::pow(10.0, -few.severity(s, 1)), std::pow(10.0, -many.severity(s, 1)), 0.003);
    EXPECT_GE(few.severity(s, 1), last);
    last = few.severity(s, 1);
  }
}

TEST(tail_calibration, calibrates_each_column_by_itself_and_copes_with_ties) {
  row_table rows(2);
  random_stream random(3, 0);
  for (int r = 0; r < 200; ++r) rows.append(std::vector<double>{random.normal(), static_cast<double>(random.below(3))}, {});
  const auto stage = fitted(tail_calibration(), test::columns(2), rows.view());
  EXPECT_EQ(stage.threshold_[1], 1.0) << "of 0, 1, 2 the largest with enough scores above it";
  const row_table out = test::run(stage, test::columns(2), rows.view());
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(out.view()[r][c], stage.severity(rows.view()[r][c], c));
  }
  row_table mostly_zero(1);
  for (int r = 0; r < 200; ++r) mostly_zero.append(std::vector<double>{r == 0 ? 5.0 : 0.0}, {});
  const auto sparse = fitted(tail_calibration(), test::columns(1), mostly_zero.view());
  EXPECT_EQ(sparse.severity(0.0, 0), 0.0);
  EXPECT_GT(sparse.severity(5.0, 0), 1.9);
}

TEST(tail_calibration, says_why_it_cannot_learn_and_refuses_hostile_models) {
  tail_calibration t;
  EXPECT_EQ(test::refusal(t, test::columns(1)), errc::not_fitted);
  row_table equal(1);
  for (int r = 0; r < 50; ++r) equal.append(std::vector<double>{3.0}, {});
  test::must(t.observe(test::columns(1), equal.view()));
  const auto r = t.finish();
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().what.view().find("\"f0\""), std::string_view::npos);
  test::must(t.observe(test::columns(1), equal.slice(0, 5)));
  EXPECT_FALSE(t.finish());

  const port in = test::columns(1);
  const auto good = fitted(tail_calibration(), in, test::normal_rows(100, 1, 5).view());
  EXPECT_EQ(test::refusal(good, test::columns(2)), errc::incompatible);
  EXPECT_EQ(test::refusal(test::with_learned<tail_calibration, double>(good, "scores", {2.0, 1.0}, {1, 2}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<tail_calibration, double>(good, "scale", {0.0}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<tail_calibration, double>(good, "shape", {-0.1}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<tail_calibration, double>(good, "tail_share", {2.0}, {1}), in), errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<tail_calibration, std::int64_t>(good, "rows", {5}, {}), in), errc::corrupt_file);
}

// ---- by regime ----------------------------------------------------------------------------------------------------------

/// Two regimes whose scores differ in scale by a factor; every third row belongs to regime 5.
row_table two_scales(std::size_t rows, double factor, std::uint64_t seed) {
  random_stream random(seed, 0);
  row_table table(1);
  for (std::size_t r = 0; r < rows; ++r) {
    const bool wide = r % 3 == 0;
    const std::vector<double> score = {(wide ? factor : 1.0) * std::fabs(random.normal())};
    table.append(score, {static_cast<time_ns>(r), 0, wide ? 5 : 2});
  }
  return table;
}

double share_above(const tail_calibration& stage, const row_table& rows, std::int32_t regime, double severity) {
  const row_table out = test::run(stage, test::columns(1), rows.view());
  double above = 0.0;
  double all = 0.0;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    if (rows.view().meta[r].regime != regime) continue;
    all += 1.0;
    above += out.view()[r][0] >= severity ? 1.0 : 0.0;
  }
  return above / all;
}

TEST(tail_calibration, by_regime_keeps_the_false_alarm_rate_in_each) {
  tail_calibration by_regime;
  by_regime.by_regime = true;
  by_regime.max_scores = 100000;
  tail_calibration pooled;
  pooled.max_scores = 100000;
  const row_table training = two_scales(30000, 4.0, 1);
  const row_table fresh = two_scales(60000, 4.0, 2);
  const auto each = fitted(by_regime, test::columns(1), training.view());
  const auto all = fitted(pooled, test::columns(1), training.view());
  for (const double rate : {0.1, 0.01}) {
    for (const std::int32_t regime : {2, 5}) {
      // Both samples deviate: 5 standard errors of the smaller one (10000 rows).
      EXPECT_NEAR(share_above(each, fresh, regime, -std::log10(rate)), rate, 5 * std::sqrt(rate / 10000)) << regime;
    }
    EXPECT_LT(share_above(all, fresh, 2, -std::log10(rate)), 0.2 * rate);
    EXPECT_GT(share_above(all, fresh, 5, -std::log10(rate)), 2.0 * rate);
  }
}

TEST(tail_calibration, a_regime_has_the_tail_that_its_rows_alone_would_give) {
  tail_calibration by_regime;
  by_regime.by_regime = true;
  const row_table training = two_scales(3000, 4.0, 3);
  const auto each = fitted(by_regime, test::columns(1), training.view());
  ASSERT_EQ(each.regime_.size(), 2u);
  row_table one(1);
  for (std::size_t r = 0; r < training.rows(); ++r) {
    if (training.view().meta[r].regime == 5) one.append(training.view()[r], {});
  }
  const auto alone = fitted(tail_calibration(), test::columns(1), one.view());
  const auto all = fitted(tail_calibration(), test::columns(1), training.view());
  for (double s = -1.0; s < 40.0; s += 0.01) {
    ASSERT_EQ(each.severity(s, 0, 5), alone.severity(s, 0));
    ASSERT_EQ(each.severity(s, 0, 7), all.severity(s, 0)) << "a regime never seen";
    ASSERT_EQ(each.severity(s, 0), all.severity(s, 0)) << "regime unknown";
  }
}

TEST(tail_calibration, thin_and_constant_regimes_use_the_tail_of_all_rows) {
  row_table rows(2);
  random_stream random(8, 0);
  for (int r = 0; r < 1000; ++r) {
    const std::int32_t regime = r < 400 ? 0 : r < 800 ? 1 : r < 900 ? 2 : -1;  // 2 is thin, 1 has a constant column
    rows.append(std::vector<double>{random.normal(), regime == 1 ? 0.5 : random.normal()}, {r, 0, regime});
  }
  tail_calibration by_regime;
  by_regime.by_regime = true;
  const auto stage = fitted(by_regime, test::columns(2), rows.view());
  EXPECT_EQ(std::vector<std::int32_t>(stage.regime_.values().begin(), stage.regime_.values().end()), std::vector<std::int32_t>{0});
  by_regime.min_regime_rows = 100;
  EXPECT_EQ(fitted(by_regime, test::columns(2), rows.view()).regime_.size(), 2u);
  by_regime.min_regime_rows = 10000;
  const auto none = fitted(by_regime, test::columns(2), rows.view());
  EXPECT_TRUE(test::same_bits(test::run(none, test::columns(2), rows.view()),
                              test::run(fitted(tail_calibration(), test::columns(2), rows.view()), test::columns(2), rows.view())));
}

TEST(tail_calibration, parts_in_order_give_the_same_regimes) {
  tail_calibration whole;
  whole.by_regime = true;
  tail_calibration first = whole;
  tail_calibration second = whole;
  const row_table rows = two_scales(2000, 3.0, 4);
  test::must(first.observe(test::columns(1), rows.slice(0, 700)));
  test::must(second.observe(test::columns(1), rows.slice(700, 1300)));
  test::must(first.merge(std::move(second)));
  test::must(first.finish());
  EXPECT_TRUE(test::same_model(first, fitted(whole, test::columns(1), rows.view())));
}

TEST(tail_calibration, refuses_hostile_regimes) {
  const port in = test::columns(1);
  tail_calibration by_regime;
  by_regime.by_regime = true;
  const auto good = fitted(by_regime, in, two_scales(1500, 4.0, 6).view());
  ASSERT_EQ(good.regime_.size(), 2u);
  const auto with = [&]<class T>(std::string_view name, std::vector<T> values) {
    const std::size_t size = values.size();
    return test::refusal(test::with_learned<tail_calibration, T>(good, name, std::move(values), {size}), in);
  };
  EXPECT_EQ(with("regime", std::vector<std::int32_t>{5, 2}), errc::corrupt_file);
  EXPECT_EQ(with("regime", std::vector<std::int32_t>{-1, 2}), errc::corrupt_file);
  EXPECT_EQ(with("regime", std::vector<std::int32_t>{2}), errc::corrupt_file);
  EXPECT_EQ(with("regime_rows", std::vector<std::int64_t>{-4, 500}), errc::corrupt_file);
  EXPECT_EQ(with("regime_rows", std::vector<std::int64_t>{3, 500}), errc::corrupt_file);
  EXPECT_EQ(with("regime_start", std::vector<std::int64_t>{0, 4000, 1500}), errc::corrupt_file);
  EXPECT_EQ(with("regime_start", std::vector<std::int64_t>{0, -1, 1500}), errc::corrupt_file);
  EXPECT_EQ(with("regime_start", std::vector<std::int64_t>{0, 1000, INT64_MAX}), errc::corrupt_file);
  EXPECT_EQ(with("regime_start", std::vector<std::int64_t>{0}), errc::corrupt_file);
  EXPECT_EQ(with("regime_scores", std::vector<double>{1, 2}), errc::corrupt_file);
  EXPECT_EQ(with("regime_scale", std::vector<double>{1, 0}), errc::corrupt_file);
  EXPECT_EQ(with("regime_tail_share", std::vector<double>{1}), errc::corrupt_file);
}

}  // namespace
}  // namespace millwright
