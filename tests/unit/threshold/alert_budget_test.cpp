#include "millwright/threshold/alert_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "millwright/alarm/annunciator.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr time_ns second = 1'000'000'000;
constexpr double week_s = 604800.0;

/// Severities as perfect calibration gives them, one every `spacing_s`: -log10 of a uniform. `memory` > 0 correlates neighbours.
row_table severities(std::size_t rows, double spacing_s, std::uint64_t seed, double memory = 0.0) {
  random_stream random(seed, 0);
  row_table table(1);
  double z = random.normal();
  for (std::size_t r = 0; r < rows; ++r) {
    z = memory * z + std::sqrt(1.0 - memory * memory) * random.normal();
    const double p = 0.5 * std::erfc(z / std::sqrt(2.0));
    table.append(std::vector<double>{-std::log10(p)}, {static_cast<time_ns>(static_cast<double>(r) * spacing_s * 1e9), 0, 0});
  }
  return table;
}

alarm one_window_alarm() {
  alarm a;
  a.on_count = a.on_window = a.off_windows = 1;
  a.refractory_s = 0.0;
  return a;
}

/// As a fit lets it learn.
result<evidence> learn(const alert_budget& budget, const const_rows& severities, const alarm& machine) {
  return learn_threshold(any_threshold::of(budget), severities, machine);
}

/// Counted by a machine of the test's own.
std::uint64_t episodes(const row_table& rows, alarm machine, double threshold) {
  machine.threshold = threshold;
  workspace measure;
  test::must(machine.prepare(measure));
  test::arena memory(measure.bytes_used());
  workspace carve = memory.take();
  test::must(machine.prepare(carve));
  machine.reset();
  std::uint64_t count = 0;
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    count += machine.update(rows.view().meta[r].end_time, rows.view()[r][0], true, 0) == alarm::event::raised ? 1 : 0;
  }
  return count;
}

TEST(alert_budget, rate_limit_is_the_poisson_limit) {
  EXPECT_NEAR(alert_budget::rate_upper_limit(0, 3.0, 0.95), 0.9986, 1e-4);
  EXPECT_NEAR(alert_budget::rate_upper_limit(1, 4.74, 0.95), 1.0, 2e-3);
  EXPECT_NEAR(alert_budget::rate_upper_limit(0, 1.0, 0.8), -std::log(0.2), 1e-12);
}

TEST(alert_budget, extremal_index_of_single_and_paired_exceedances) {
  std::vector<std::uint64_t> positions;
  random_stream random(1, 0);
  std::uint64_t at = 0;
  for (int i = 0; i < 4000; ++i) positions.push_back(at += 1 + static_cast<std::uint64_t>(-100.0 * std::log(1.0 - random.uniform())));
  EXPECT_NEAR(alert_budget::extremal_index_of(positions), 1.0, 0.05);
  std::vector<std::uint64_t> pairs;
  for (auto p : positions) {
    pairs.push_back(2 * p);
    pairs.push_back(2 * p + 1);
  }
  EXPECT_NEAR(alert_budget::extremal_index_of(pairs), 0.5, 0.03);
  EXPECT_EQ(alert_budget::extremal_index_of({}), 1.0);
  EXPECT_EQ(alert_budget::extremal_index_of(std::vector<std::uint64_t>{1, 2, 3, 4}), 1.0);
}

TEST(alert_budget, proves_a_budget_with_enough_data) {
  // Ten weeks of one window a minute.
  const row_table rows = severities(100800, 60.0, 1);
  alert_budget b = with_defaults<alert_budget>();
  const auto v = test::must(learn(b, rows.view(), one_window_alarm()));
  EXPECT_FALSE(v.extrapolated);
  EXPECT_NEAR(v.weeks, 10.0, 1e-3);
  EXPECT_NEAR(v.decisions_per_week, week_s / 60.0, 0.1);
  EXPECT_LE(v.rate_upper_bound, 1.0);
  EXPECT_EQ(v.false_episodes, episodes(rows, one_window_alarm(), v.threshold));
  EXPECT_GT(v.false_episodes, 3U) << "not stricter than it must be";
  EXPECT_NEAR(v.threshold, 4.1, 0.3) << "about 7 in 100800 windows";
}

TEST(alert_budget, a_larger_budget_lowers_the_threshold) {
  const row_table rows = severities(30240, 200.0, 2);
  double last = 1e9;
  for (double budget : {0.5, 1.0, 5.0, 50.0}) {
    alert_budget b;
    b.max_false_episodes_per_week = budget;
    const auto v = test::must(learn(b, rows.view(), alarm()));
    EXPECT_LE(v.threshold, last);
    last = v.threshold;
  }
}

TEST(alert_budget, keeps_the_budget_on_a_second_normal_period) {
  int kept = 0;
  for (std::uint64_t trial = 0; trial < 12; ++trial) {
    alert_budget b;
    b.max_false_episodes_per_week = 2.0;
    const auto v = test::must(learn(b, severities(60480, 60.0, 100 + trial, 0.9).view(), one_window_alarm()));
    const double found =
        static_cast<double>(episodes(severities(60480, 60.0, 200 + trial, 0.9), one_window_alarm(), v.threshold)) / v.weeks;
    kept += found <= 2.0 ? 1 : 0;
  }
  EXPECT_GE(kept, 8) << "confidence 0.8";
}

TEST(alert_budget, extrapolates_when_data_are_short_and_says_so) {
  const row_table rows = severities(400, 10.0, 3);
  alert_budget b;
  const auto v = test::must(learn(b, rows.view(), one_window_alarm()));
  EXPECT_TRUE(v.extrapolated);
  EXPECT_EQ(v.false_episodes, 0U);
  EXPECT_GT(v.rate_upper_bound, 1.0) << "what the data themselves can prove";
  EXPECT_NEAR(v.weeks_needed, 1.609, 1e-3);
  EXPECT_NEAR(v.weeks, 400.0 * 10.0 / week_s, 1e-6);
  EXPECT_GE(v.threshold, std::log10(week_s / 10.0 * v.extremal_index) - 1e-12);
}

TEST(alert_budget, the_extrapolated_threshold_is_not_below_what_raised_episodes) {
  row_table rows = severities(400, 10.0, 4);
  rows.view().values[200] = 50.0;
  alert_budget b;
  EXPECT_GE(test::must(learn(b, rows.view(), one_window_alarm())).threshold, 50.0);
  alarm two_of_three = one_window_alarm();
  two_of_three.on_count = 2;
  two_of_three.on_window = 3;
  EXPECT_LT(test::must(learn(b, rows.view(), two_of_three)).threshold, 10.0) << "a single window raises nothing there";
}

TEST(alert_budget, pauses_are_no_evidence_and_unscored_windows_count_nothing) {
  row_table rows = severities(1000, 10.0, 5);
  for (std::size_t r = 500; r < 1000; ++r) rows.view().meta[r].end_time += static_cast<time_ns>(30 * 86400) * second;
  for (std::size_t r = 0; r < 100; ++r) rows.view().meta[r].quality = bits(quality::not_scored);
  const auto v = test::must(learn(alert_budget(), rows.view(), one_window_alarm()));
  EXPECT_NEAR(v.weeks * week_s, 9000.0, 20.0);
  EXPECT_NEAR(v.decisions_per_week, week_s / 10.0, 150.0);
}

TEST(alert_budget, a_step_back_in_time_starts_another_recording) {
  row_table rows = severities(500, 10.0, 6);
  rows.append(severities(500, 10.0, 7).view());
  const auto v = test::must(learn(alert_budget(), rows.view(), alarm()));
  EXPECT_NEAR(v.weeks * week_s, 10000.0, 20.0);
}

TEST(alert_budget, a_permanent_alarm_is_not_a_quiet_one) {
  row_table rows(1);
  random_stream random(9, 0);
  for (int r = 0; r < 5000; ++r)
    rows.append(std::vector<double>{6.0 + 0.1 * random.normal()}, {static_cast<time_ns>(r) * 600 * second, 0, 0});
  alert_budget b;
  const auto v = test::must(learn(b, rows.view(), one_window_alarm()));
  EXPECT_GT(v.threshold, 6.2);
}

// What counts as a pause is told by the 99th percentile of the gaps: an asset that is measured at two intervals has no pauses, though
// one of them is seldom.
TEST(alert_budget, gaps_count_in_full_up_to_the_99th_percentile) {
  row_table rows(1);
  random_stream random(11, 0);
  time_ns now = 0;
  double covered_s = 0.0;
  for (int r = 0; r < 2000; ++r) {
    // 90 % of the gaps are 10 s, 9.5 % are 100 s, and 10 of them, half a percent, a day.
    const std::int64_t gap = r % 200 == 100 ? 86400 : r % 10 == 5 ? 100 : 10;
    now += gap * second;
    covered_s += static_cast<double>(r == 0 ? 10 : std::min<std::int64_t>(gap, 100));  // before the first: the median
    rows.append(std::vector<double>{random.uniform()}, {now, 0, 0});
  }
  const auto v = test::must(learn(alert_budget(), rows.view(), one_window_alarm()));
  EXPECT_NEAR(v.weeks * week_s, covered_s, 1e-3);
  EXPECT_NEAR(v.decisions_per_week, 2000.0 / (covered_s / week_s), 1e-3);
}

TEST(alert_budget, time_before_an_unscored_window_counts_nothing) {
  row_table rows = severities(1000, 10.0, 12);
  for (std::size_t r = 300; r < 600; ++r) rows.view().meta[r].quality = bits(quality::not_scored);
  for (std::size_t r = 700; r < 800; ++r) rows.view().values[r] = std::numeric_limits<double>::quiet_NaN();
  const auto v = test::must(learn(alert_budget(), rows.view(), one_window_alarm()));
  EXPECT_NEAR(v.weeks * week_s, 6000.0, 1e-6);
}

/// Low severities, every `spacing_s`, with a plateau of 5.0 over `share` of the windows, in one piece.
row_table plateau(std::size_t windows, double share, double spacing_s) {
  row_table rows(1);
  random_stream random(13, 0);
  const auto high = static_cast<std::size_t>(std::round(share * static_cast<double>(windows)));
  for (std::size_t r = 0; r < windows; ++r) {
    const bool on = r >= windows / 4 && r < windows / 4 + high;
    rows.append(std::vector<double>{on ? 5.0 : random.uniform()}, {static_cast<time_ns>(static_cast<double>(r) * spacing_s * 1e9), 0, 0});
  }
  return rows;
}

// An alarm may stand for a tenth of normal operation and no longer, though it is a single episode, which any budget allows.
TEST(alert_budget, an_alarm_that_stands_for_more_than_a_tenth_is_none) {
  alert_budget b;
  b.max_false_episodes_per_week = 100.0;
  for (const double share : {0.01, 0.05, 0.09, 0.099}) {
    const auto v = test::must(learn(b, plateau(2000, share, 600.0).view(), one_window_alarm()));
    EXPECT_FALSE(v.extrapolated);
    EXPECT_LE(v.threshold, 5.0) << share;
    EXPECT_EQ(v.false_episodes, 1U) << share;
  }
  for (const double share : {0.102, 0.11, 0.2, 0.5, 0.85}) {
    const auto v = test::must(learn(b, plateau(2000, share, 600.0).view(), one_window_alarm()));
    EXPECT_GT(v.threshold, 5.0) << share;
    EXPECT_EQ(v.false_episodes, 0U) << share;
  }
}

// Below threshold - deadband severities must have room, or an episode never clears.
TEST(alert_budget, leaves_a_decade_below_any_deadband) {
  const row_table rows = plateau(2000, 0.0, 600.0);
  alert_budget b;
  b.max_false_episodes_per_week = 100.0;
  for (const double deadband : {0.0, 0.5, 1.0, 2.5, 4.0, 20.0}) {
    alarm machine = one_window_alarm();
    machine.deadband = deadband;
    const auto v = test::must(learn(b, rows.view(), machine));
    EXPECT_EQ(v.threshold, std::max(2.0, deadband + 1.0)) << deadband << ": the lowest that is allowed, since nothing is above 1";
  }
}

// The trial runs the alarm as it will run: each of its settings changes what is counted.
TEST(alert_budget, counts_what_the_alarm_itself_would_raise) {
  const row_table rows = severities(20000, 60.0, 14, 0.97);
  alert_budget b;
  b.max_false_episodes_per_week = 20.0;
  std::vector<alarm> machines(8, one_window_alarm());
  machines[1].deadband = 2.0;
  machines[2].off_windows = 30;
  machines[3].on_count = machines[3].on_window = 2;
  machines[4].refractory_s = 86400.0;
  machines[5].smoothing_windows = 9;
  machines[6] = alarm();
  machines[7].deadband = 0.0;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const auto v = test::must(learn(b, rows.view(), machines[i]));
    EXPECT_EQ(v.false_episodes, episodes(rows, machines[i], v.threshold)) << "alarm " << i;
    EXPECT_EQ(v.rate_upper_bound, alert_budget::rate_upper_limit(v.false_episodes, v.weeks, b.confidence));
    EXPECT_LE(v.rate_upper_bound, 20.0);
    EXPECT_GT(v.false_episodes, 0U);
  }
}

TEST(alert_budget, says_what_is_missing) {
  alert_budget b;
  const auto few = learn(b, severities(12, 1.0, 1).view(), alarm());
  ASSERT_FALSE(few);
  EXPECT_NE(few.error().message().find("at least 20"), std::string::npos);
  EXPECT_FALSE(learn(b, test::normal_rows(100, 2, 1).view(), alarm())) << "two columns";
  row_table still = severities(100, 0.0, 1);
  EXPECT_FALSE(learn(b, still.view(), alarm())) << "no time passes";
  const_rows bare = severities(100, 1.0, 1).view();
  bare.meta = nullptr;
  EXPECT_FALSE(learn(b, bare, alarm()));
  b.confidence = 2.0;
  EXPECT_FALSE(learn(b, severities(100, 1.0, 1).view(), alarm()));
  alarm wrong;
  wrong.on_count = 9;
  EXPECT_FALSE(learn(alert_budget(), severities(100, 1.0, 1).view(), wrong));
}

}  // namespace
}  // namespace millwright
