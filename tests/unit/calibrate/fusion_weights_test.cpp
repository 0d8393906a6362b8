#include "millwright/calibrate/fusion_weights.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "millwright/numeric/math.hpp"
#include "statistics/ridge_logistic.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr time_ns minute = 60'000'000'000;

struct history {
  row_table severities{3};
  std::vector<time_interval> events;
};

/// Severities of three detectors, a row a minute: in normal operation exact (exponential), in events the first one rises by `strength`.
/// Now and then the last one stays above 2 for six rows, which has nothing to do with events.
history simulate(std::size_t events, double strength, std::uint64_t seed, double bursts = 0.0) {
  history h;
  random_stream random(seed, 0);
  const std::size_t cycle = 1000;
  const std::size_t lasts = 20;
  std::size_t burst = 0;
  for (std::size_t r = 0; r < (events + 1) * cycle; ++r) {
    const std::size_t in_cycle = r % cycle;
    const bool in_event = in_cycle >= cycle - lasts && r / cycle < events;
    if (in_event && in_cycle == cycle - lasts)
      h.events.push_back({static_cast<time_ns>(r) * minute, static_cast<time_ns>(r + lasts - 1) * minute});
    if (random.uniform() < bursts) burst = 6;
    std::vector<double> s(3);
    for (double& v : s) v = -math::log10(1.0 - random.uniform());
    if (in_event) s[0] += strength;
    if (burst > 0) {
      s[2] = 2.0 + s[2];
      --burst;
    }
    h.severities.append(s, {static_cast<time_ns>(r) * minute, 0, 0});
  }
  return h;
}

alert_budget weekly(double episodes) {
  auto budget = with_defaults<alert_budget>();
  budget.max_false_episodes_per_week = episodes;
  return budget;
}

result<fusion_weights::verdict> learn(const history& h, const fusion_weights& settings = with_defaults<fusion_weights>(),
                                      double budget = 7.0) {
  return settings.learn(std::as_const(h.severities).view(), h.events, weekly(budget), with_defaults<alarm>(),
                        with_defaults<tail_calibration>());
}

TEST(ridge_logistic, meets_the_conditions_of_optimality) {
  random_stream random(1, 0);
  for (int trial = 0; trial < 40; ++trial) {
    const std::size_t n = 6 + random.below(60);
    const std::size_t width = 1 + random.below(5);
    std::vector<double> x(n * width);
    std::vector<std::uint8_t> positive(n);
    for (std::size_t i = 0; i < n; ++i) positive[i] = i % 4 == 0 ? 1 : 0;
    for (std::size_t i = 0; i < n * width; ++i) x[i] = 3.0 * random.uniform() + (positive[i / width] != 0 && i % width == 0 ? 2.0 : 0.0);
    const detail::logistic_problem problem{x, positive, width, std::pow(10.0, trial % 5 - 2.0), 0.3};
    const auto fit = detail::fit_ridge_logistic(problem);
    EXPECT_DOUBLE_EQ(fit.objective, detail::objective_of(problem, fit.intercept, fit.coefficients));
    // No feasible neighbour is lower.
    const double h = 1e-4;
    for (std::size_t j = 0; j <= width; ++j) {
      for (const double step : {-h, h}) {
        auto beta = fit.coefficients;
        double intercept = fit.intercept;
        if (j == 0) intercept += step;
        if (j > 0) beta[j - 1] = std::max(0.0, beta[j - 1] + step);
        EXPECT_GE(detail::objective_of(problem, intercept, beta), fit.objective - 1e-12) << trial << " " << j;
      }
    }
    for (double b : fit.coefficients) EXPECT_GE(b, 0.0);
  }
}

TEST(ridge_logistic, a_strong_ridge_keeps_the_prior_and_separable_rows_stay_finite) {
  const std::vector<double> x = {5, 1, 6, 1, 0.1, 1, 0.2, 1};
  const std::vector<std::uint8_t> positive = {1, 1, 0, 0};
  for (const double ridge : {1e-6, 1.0, 1e6}) {
    const auto fit = detail::fit_ridge_logistic({x, positive, 2, ridge, 0.5});
    EXPECT_TRUE(std::isfinite(fit.objective) && std::isfinite(fit.intercept));
    if (ridge == 1e6) {
      EXPECT_NEAR(fit.coefficients[0], 0.5, 1e-4);
    }
  }
}

TEST(fusion_weights, hears_the_detector_that_sees_the_events) {
  const auto v = test::must(learn(simulate(6, 4.0, 1)));
  EXPECT_NEAR(std::accumulate(v.learned.begin(), v.learned.end(), 0.0), 1.0, 1e-12);
  EXPECT_GT(v.learned[0], 1.5 * v.learned[1]);
  EXPECT_GT(v.learned[0], 1.5 * v.learned[2]);
}

TEST(fusion_weights, equal_weights_stay_unless_left_out_events_prove_the_learned_ones) {
  // Gross events are caught either way: nothing to gain.
  const auto clear = test::must(learn(simulate(5, 8.0, 2)));
  EXPECT_EQ(clear.detected(false), 5u);
  EXPECT_FALSE(clear.better);
  EXPECT_EQ(clear.weights, std::vector<double>(3, 1.0 / 3.0));
  // Nothing to see: nothing to gain either.
  const auto blind = test::must(learn(simulate(5, 0.0, 2)));
  EXPECT_EQ(blind.detected(true), 0u);
  EXPECT_EQ(blind.better, blind.false_episodes(true) < blind.false_episodes(false));
}

TEST(fusion_weights, learned_weights_quieten_a_detector_with_alarms_of_its_own) {
  // Its bursts raise the threshold that the budget allows above what the events reach.
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto v = test::must(learn(simulate(6, 2.0, seed, 0.006)));
    EXPECT_LT(v.learned[2], v.learned[0]);
    EXPECT_GT(v.detected(true), v.detected(false));
    EXPECT_LE(v.false_episodes(true), v.false_episodes(false));
    EXPECT_TRUE(v.better);
    EXPECT_EQ(v.weights, v.learned);
  }
}

TEST(fusion_weights, never_learns_from_the_event_left_out) {
  // Whatever happens in an event and around it, in its fold, changes neither the weights nor the threshold that it is judged by.
  const history original = simulate(5, 4.0, 4);
  const auto before = test::must(learn(original));
  for (std::size_t e = 0; e < original.events.size(); ++e) {
    history changed = original;
    const auto view = changed.severities.view();
    const time_ns low = e == 0 ? INT64_MIN : (original.events[e - 1].to + original.events[e].from) / 2;
    const time_ns high = e + 1 == original.events.size() ? INT64_MAX : (original.events[e].to + original.events[e + 1].from) / 2;
    for (std::size_t r = 0; r < view.rows; ++r) {
      if (view.meta[r].end_time <= low || view.meta[r].end_time > high) continue;
      for (std::size_t c = 0; c < 3; ++c) view[r][c] = static_cast<double>((r * 7 + c * 3) % 11);
    }
    const auto after = test::must(learn(changed));
    EXPECT_EQ(after.events[e].weights, before.events[e].weights) << e;
    EXPECT_EQ(after.events[e].learned.threshold, before.events[e].learned.threshold) << e;
    EXPECT_EQ(after.events[e].equal.threshold, before.events[e].equal.threshold) << e;
    EXPECT_NE(after.learned, before.learned) << "the change must matter, or the test shows nothing";
  }
}

TEST(fusion_weights, events_may_come_in_any_order_and_margins_belong_to_nothing) {
  const history h = simulate(5, 4.0, 5);
  history turned = h;
  std::swap(turned.events[0], turned.events[3]);
  const auto a = test::must(learn(h));
  const auto b = test::must(learn(turned));
  EXPECT_EQ(a.learned, b.learned);
  EXPECT_EQ(a.events[0].weights, b.events[3].weights);
  EXPECT_EQ(a.events[3].learned.threshold, b.events[0].learned.threshold);

  auto settings = with_defaults<fusion_weights>();
  settings.margin_s = 600.0;
  const auto before = test::must(learn(h, settings));
  history changed = h;
  for (std::size_t r = 0; r < changed.severities.rows(); ++r) {
    const time_ns t = changed.severities.view().meta[r].end_time;
    for (const auto& e : h.events) {
      const bool near = (t < e.from && t >= e.from - 10 * minute) || (t > e.to && t <= e.to + 10 * minute);
      if (near) changed.severities.view()[r][1] = 5.0;
    }
  }
  EXPECT_EQ(test::must(learn(changed, settings)).learned, before.learned);
  EXPECT_NE(test::must(learn(changed)).learned, test::must(learn(h)).learned);
}

TEST(fusion_weights, refuses_what_proves_nothing) {
  const history good = simulate(5, 4.0, 6);
  const auto refused = [](const history& h) {
    const auto r = learn(h);
    EXPECT_FALSE(r);
    return r ? std::string() : std::string(r.error().what.view());
  };
  history few = good;
  few.events.resize(3);
  EXPECT_NE(refused(few).find("at least 4"), std::string::npos);
  history overlap = good;
  overlap.events[1] = overlap.events[0];
  EXPECT_NE(refused(overlap).find("overlaps"), std::string::npos);
  history reversed = good;
  std::swap(reversed.events[2].from, reversed.events[2].to);
  EXPECT_NE(refused(reversed).find("event 3 ends before"), std::string::npos);
  history elsewhere = good;
  elsewhere.events[4] = {INT64_MAX - 5, INT64_MAX};
  EXPECT_NE(refused(elsewhere).find("no scored window"), std::string::npos);
  history back = good;
  back.severities.view().meta[50].end_time = 0;
  EXPECT_NE(refused(back).find("steps back"), std::string::npos);
  history one;
  one.severities = row_table(1);
  one.events = good.events;
  EXPECT_NE(refused(one).find("one detector"), std::string::npos);
  history many;
  many.severities = row_table(6);
  EXPECT_NE(refused(many).find("at most 5"), std::string::npos);
  history no_normal;
  no_normal.events = good.events;
  for (std::size_t r = 0; r < good.severities.rows(); ++r) {
    const row_meta meta = good.severities.view().meta[r];
    for (const auto& e : good.events) {
      if (meta.end_time >= e.from && meta.end_time <= e.to) no_normal.severities.append(good.severities.view()[r], meta);
    }
  }
  EXPECT_FALSE(refused(no_normal).empty());
}

}  // namespace
}  // namespace millwright
