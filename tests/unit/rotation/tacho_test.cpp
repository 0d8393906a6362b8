#include "millwright/rotation/tacho.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "rotation_support.hpp"

namespace millwright {
namespace {

using test::run_up;

template <class T>
std::string message(const result<T>& r) {
  return r ? std::string("no error") : r.error().message();
}

TEST(TachoPulses, CrossingsAreInterpolated) {
  run_up machine;
  const auto found = tacho_pulses<double>(machine.tacho<double>(), machine.rate_hz);
  ASSERT_TRUE(found) << message(found);
  ASSERT_EQ(found->times_s.size(), 199u);
  for (std::size_t k = 0; k < found->times_s.size(); ++k) {
    EXPECT_NEAR(found->times_s[k], machine.time_of(static_cast<double>(k + 1)), 1e-7);
  }
  EXPECT_EQ(found->inserted_count, 0u);
  EXPECT_EQ(found->removed_count, 0u);
  EXPECT_NEAR(found->threshold, 0.5, 1e-3);
}

TEST(TachoPulses, FallingEdgesOfTheNegatedSignalAreTheSame) {
  run_up machine;
  auto x = machine.tacho<double>();
  const auto rising = tacho_pulses<double>(x, machine.rate_hz);
  for (double& v : x) v = -v;
  tacho_options options;
  options.falling = true;
  options.threshold = -0.5;
  options.hysteresis = 0.4;
  const auto falling = tacho_pulses<double>(x, machine.rate_hz, options);
  ASSERT_TRUE(rising && falling);
  ASSERT_EQ(rising->times_s.size(), falling->times_s.size());
  for (std::size_t k = 0; k < rising->times_s.size(); ++k) EXPECT_NEAR(rising->times_s[k], falling->times_s[k], 1e-6);
}

TEST(TachoPulses, NoiseDoesNotCountTwice) {
  run_up machine;
  auto x = machine.tacho<double>();
  const auto disturbance = test::noise<double>(x.size(), 0.05, 3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += disturbance[i];
  tacho_options options;
  options.repair_periods = 0;
  const auto found = tacho_pulses<double>(x, machine.rate_hz, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->times_s.size(), 199u);
}

/// Times of a run-up with pulses `missing` left out and `extra` put in.
std::vector<double> damaged(const run_up& machine, const std::vector<int>& missing, const std::vector<double>& extra) {
  std::vector<double> times;
  for (int k = 1; k < 199; ++k) {
    if (std::find(missing.begin(), missing.end(), k) == missing.end()) times.push_back(machine.time_of(k));
  }
  for (const double turn : extra) times.push_back(machine.time_of(turn));
  std::sort(times.begin(), times.end());
  return times;
}

TEST(TachoRepair, MissingAndSuperfluousPulses) {
  run_up machine;
  const auto times = damaged(machine, {20, 40, 41, 42, 190}, {60.4, 100.05, 130.3, 130.6});
  const auto found = repair_pulses(times);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inserted_count, 5u);
  EXPECT_EQ(found->removed_count, 4u);
  ASSERT_EQ(found->times_s.size(), 198u);
  for (std::size_t k = 0; k < found->times_s.size(); ++k) {
    const double period = 1.0 / machine.hz(found->times_s[k]);
    EXPECT_NEAR(found->times_s[k], machine.time_of(static_cast<double>(k + 1)), 2e-3 * period) << k;
  }
  for (const std::size_t k : {19u, 39u, 40u, 41u, 189u}) EXPECT_EQ(found->inserted[k], 1);
}

TEST(TachoRepair, LeavesUnevenMarksAlone) {
  // A toothed wheel whose marks are off by up to 15 % of a period, 4 a turn.
  const double offset[] = {0.0, 0.12, -0.15, 0.08};
  std::vector<double> times;
  for (int k = 0; k < 400; ++k) times.push_back((k + offset[k % 4]) * 0.01);
  times[0] = 0.0;
  tacho_options options;
  options.pulses_per_revolution = 4;
  const auto found = repair_pulses(times, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inserted_count + found->removed_count, 0u);
}

TEST(TachoRepair, CanBeSwitchedOff) {
  run_up machine;
  tacho_options options;
  options.repair_periods = 0;
  const auto times = damaged(machine, {20}, {60.4});
  const auto found = repair_pulses(times, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->inserted_count + found->removed_count, 0u);
  EXPECT_EQ(found->times_s.size(), times.size());
}

TEST(TachoSpeed, ConstantAccelerationIsExact) {
  run_up machine;
  std::vector<double> pulses, at;
  for (int k = 1; k < 199; ++k) pulses.push_back(machine.time_of(k));
  for (double t = pulses.front(); t < pulses.back(); t += 0.013) at.push_back(t);
  const auto rpm = tacho_speed(pulses, at);
  ASSERT_TRUE(rpm);
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR((*rpm)[i] / (60.0 * machine.hz(at[i])), 1.0, 1e-10);
  const auto geared = tacho_speed(pulses, at, 4.0, 2.5);
  ASSERT_TRUE(geared);
  EXPECT_NEAR((*geared)[10] / (*rpm)[10], 2.5 / 4.0, 1e-12);
}

TEST(TachoSpeed, NeverNegativeAfterASuddenStop) {
  const std::vector<double> pulses = {0.0, 0.01, 0.02, 0.03, 1.0, 2.5, 2.51};
  std::vector<double> at;
  for (double t = 0.0; t < 2.51; t += 0.001) at.push_back(t);
  const auto rpm = tacho_speed(pulses, at);
  ASSERT_TRUE(rpm);
  for (const double v : *rpm) EXPECT_GE(v, 0.0);
}

TEST(TachoStage, SpeedOfARunUpAndRepairs) {
  run_up machine;
  auto x = machine.tacho<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::floor(machine.turns(static_cast<double>(i) / machine.rate_hz) + 0.5) == 50.0) x[i] = 0.0;  // one pulse is missed
  }
  tacho<double> stage;
  stage.threshold_mode = "fixed";
  stage.threshold = 0.5;
  stage.hysteresis = 0.2;
  signal_port given;
  const auto out = run_signal_stage(stage, std::span<const double>(x), {1, machine.rate_hz, 0, 0.0}, &given);
  ASSERT_TRUE(out) << message(out);
  EXPECT_EQ(given.columns, 2u);
  EXPECT_EQ(given.rate_hz, 50.0);
  ASSERT_EQ(out->size(), 2u * 500u);
  double repairs = 0.0;
  for (std::size_t i = 0; i < 500; ++i) {
    const double t = static_cast<double>(i) / 50.0;
    const double rpm = (*out)[2 * i];
    if (t < machine.time_of(1.0)) {
      EXPECT_TRUE(std::isnan(rpm));
    } else {
      EXPECT_NEAR(rpm / (60.0 * machine.hz(t)), 1.0, t < machine.time_of(199.0) ? 1e-3 : 1e-2) << t;
    }
    repairs += (*out)[2 * i + 1];
  }
  EXPECT_EQ(repairs, 1.0);
}

TEST(TachoStage, StandstillReadsZero) {
  // Turning at 20 Hz, standing from 3 s to 6 s, turning again.
  std::vector<float> x(90'000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool stands = i >= 30'000 && i < 60'000;
    x[i] = !stands && i % 500 < 100 ? 1.0f : 0.0f;
  }
  tacho<float> stage;
  stage.threshold_mode = "fixed";
  stage.threshold = 0.5;
  const auto out = run_signal_stage(stage, std::span<const float>(x), {1, 10'000.0, 0, 0.0});
  ASSERT_TRUE(out);
  ASSERT_EQ(out->size(), 2u * 450u);
  const auto rpm_at = [&](double t) { return (*out)[2 * static_cast<std::size_t>(t * 50.0)]; };
  EXPECT_NEAR(rpm_at(2.0), 1200.0f, 0.5f);
  EXPECT_EQ(rpm_at(4.0), 0.0f);
  EXPECT_EQ(rpm_at(5.5), 0.0f);
  EXPECT_NEAR(rpm_at(7.0), 1200.0f, 0.5f);
  EXPECT_NEAR(rpm_at(8.9), 1200.0f, 0.5f);
}

TEST(TachoErrors, SayWhatIsWrong) {
  const std::vector<double> constant(1000, 2.0);
  EXPECT_NE(message(tacho_pulses<double>(constant, 1000.0)).find("constant"), std::string::npos);
  EXPECT_FALSE(tacho_pulses<double>(std::vector<double>(), 1000.0));
  tacho_options options;
  options.threshold = 7.0;
  run_up machine;
  EXPECT_NE(message(tacho_pulses<double>(machine.tacho<double>(), machine.rate_hz, options)).find("no pulse"), std::string::npos);
  EXPECT_NE(message(tacho_speed(std::vector<double>{1.0}, std::vector<double>{1.0})).find("only one pulse"), std::string::npos);
  EXPECT_NE(message(tacho_speed(std::vector<double>{1.0, 1.0}, std::vector<double>{1.0})).find("not later"), std::string::npos);
  EXPECT_FALSE(repair_pulses(std::vector<double>{0.0, std::nan("")}));
  options = {};
  options.min_rpm = 100.0;
  options.max_rpm = 50.0;
  EXPECT_NE(message(tacho_pulses<double>(machine.tacho<double>(), machine.rate_hz, options)).find("speed range"), std::string::npos);
  // Slow shaft and short automatic window: a window without a pulse would see noise only.
  tacho<double> stage;
  stage.min_rpm = 6.0;
  workspace measure;
  EXPECT_NE(message(stage.prepare({1, 1000.0, 100, 0.0}, measure)).find("auto_window_s"), std::string::npos);
}

}  // namespace
}  // namespace millwright
