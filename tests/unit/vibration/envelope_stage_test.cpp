#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"
#include "millwright/vibration/envelope.hpp"
#include "millwright/vibration/high_frequency_energy.hpp"
#include "millwright/vibration/peak_hold.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

constexpr double rate = 20000.0;

std::vector<double> tone(std::size_t n, double f, double amplitude) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = amplitude * math::cos_pi(2.0 * f * static_cast<double>(i) / rate);
  return x;
}

/// Largest value after the run-in, and smallest.
std::pair<double, double> settled(const std::vector<double>& y) {
  const auto [low, high] = std::minmax_element(y.begin() + static_cast<std::ptrdiff_t>(y.size() / 2), y.end());
  return {*low, *high};
}

class EnvelopeStage : public testing::Test {
 protected:
  std::vector<double> run(const std::vector<double>& x) {
    envelope<double> stage;
    stage.f_lo_hz = 3000.0;
    stage.f_hi_hz = 5000.0;
    stage.squared = squared;
    stage.f_max_hz = f_max_hz;
    return test::must(run_signal_stage<double, envelope>(stage, x, {1, rate, 0, 0.0}, &given));
  }
  bool squared = true;
  std::optional<double> f_max_hz;
  signal_port given;
};

TEST_F(EnvelopeStage, ToneInTheBandGivesItsSquaredAmplitude) {
  const auto y = run(tone(8000, 4000.0, 3.0));
  EXPECT_NEAR(settled(y).first, 9.0, 0.01);
  EXPECT_NEAR(settled(y).second, 9.0, 0.01);
  EXPECT_DOUBLE_EQ(given.rate_hz, rate / 4.0);  // 2 (2000 + 500) Hz are enough
  squared = false;
  EXPECT_NEAR(settled(run(tone(8000, 4000.0, 3.0))).first, 3.0, 0.002);
}

TEST_F(EnvelopeStage, TonesOutsideAreGone) {
  for (const double f : {1000.0, 2700.0, 5300.0, 9000.0}) EXPECT_LT(settled(run(tone(8000, f, 1.0))).second, 1e-7) << f;
  EXPECT_NEAR(settled(run(tone(8000, 3000.0, 1.0))).second, 0.25, 0.01);  // -6 dB at the edge
}

TEST_F(EnvelopeStage, ModulationIsKeptAndItsDelayTold) {
  f_max_hz = 200.0;
  auto x = tone(20000, 4000.0, 1.0);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= std::sqrt(1.0 + 0.5 * math::cos_pi(2.0 * 150.0 * static_cast<double>(i) / rate));
  const auto y = run(x);
  EXPECT_GE(given.rate_hz, 2.56 * 200.0);
  EXPECT_LT(given.rate_hz, 2.0 * 2.56 * 200.0);
  EXPECT_GT(given.delay_s, 0.0);
  for (std::size_t i = y.size() / 2; i < y.size(); ++i) {
    const double t = static_cast<double>(i) / given.rate_hz - given.delay_s;
    EXPECT_NEAR(y[i], 1.0 + 0.5 * math::cos_pi(2.0 * 150.0 * t), 0.005);
  }
}

TEST_F(EnvelopeStage, RefusesImpossibleBands) {
  envelope<double> stage;
  workspace memory;
  stage.f_hi_hz = 400.0;
  EXPECT_FALSE(stage.prepare({1, rate, 100, 0.0}, memory));
  stage.f_hi_hz = 10001.0;
  EXPECT_FALSE(stage.prepare({1, rate, 100, 0.0}, memory));
  stage.f_hi_hz = 501.0;  // slopes of 1/4 Hz
  EXPECT_FALSE(stage.prepare({1, rate, 100, 0.0}, memory));
  stage.transition_hz = 20.0;
  EXPECT_TRUE(stage.prepare({1, rate, 100, 0.0}, memory));
}

TEST(PeakHold, KeepsTheHeightOfShortImpacts) {
  std::vector<double> x = tone(20000, 30.0, 5.0);  // what the machine does, below the band
  for (std::size_t start = 100; start < x.size(); start += 2000) {
    for (std::size_t i = 0; i < 40; ++i)
      x[start + i] += math::exp(-0.1 * static_cast<double>(i)) * math::sin_pi(0.5 * static_cast<double>(i));
  }
  peak_hold<double> stage;
  stage.f_lo_hz = 1000.0;
  stage.f_max_hz = 100.0;
  signal_port given;
  const auto y = test::must(run_signal_stage<double, peak_hold>(stage, x, {1, rate, 0, 0.0}, &given));
  EXPECT_DOUBLE_EQ(given.rate_hz, rate / 78.0);
  EXPECT_EQ(y.size(), x.size() / 78);
  std::size_t high = 0;
  for (std::size_t i = y.size() / 2; i < y.size(); ++i) high += y[i] > 0.6 ? 1 : 0;
  EXPECT_GE(high, 5u);  // one impact every 0.1 s in 0.5 s; one may fall on two intervals
  EXPECT_LE(high, 7u);
  EXPECT_LT(settled(y).first, 1e-3);
}

TEST(PeakHold, AnOverflowIsNoAmplitude) {
  std::vector<float> x(4000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i / 2) % 2 == 0 ? 3.4e38f : -3.4e38f;
  const auto y = test::must(run_signal_stage<float, peak_hold>({}, x, {1, rate, 0, 0.0}));
  for (const float v : y) EXPECT_FALSE(std::isinf(v));
}

TEST(PeakHold, WithoutAnUpperEdgeItIsAHighPass) {
  peak_hold<double> stage;
  stage.f_lo_hz = 2000.0;
  for (const double f : {3000.0, 6000.0, 9900.0}) {
    const auto y = test::must(run_signal_stage<double, peak_hold>(stage, tone(8000, f, 2.0), {1, rate, 0, 0.0}));
    EXPECT_NEAR(settled(y).second, 2.0, 0.05) << f;
  }
  const auto low = test::must(run_signal_stage<double, peak_hold>(stage, tone(8000, 900.0, 2.0), {1, rate, 0, 0.0}));
  EXPECT_LT(settled(low).second, 1e-3);
}

TEST(HighFrequencyEnergy, MeasuresRmsAndPeakToPeak) {
  high_frequency_energy<double> stage;
  stage.interval_s = 0.05;
  auto x = tone(20000, 7000.0, 2.0);
  const auto low = tone(20000, 100.0, 50.0);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += low[i];
  signal_port given;
  const auto rms = test::must(run_signal_stage<double, high_frequency_energy>(stage, x, {1, rate, 0, 0.0}, &given));
  EXPECT_EQ(rms.size(), 20u);
  EXPECT_DOUBLE_EQ(given.rate_hz, 20.0);
  EXPECT_NEAR(settled(rms).first, std::sqrt(2.0), 1e-3);
  stage.measure = "peak_to_peak";
  const auto span = test::must(run_signal_stage<double, high_frequency_energy>(stage, x, {1, rate, 0, 0.0}));
  EXPECT_NEAR(settled(span).first, 4.0, 0.01);
}

TEST(HighFrequencyEnergy, ABadSampleSpoilsItsIntervalsOnly) {
  for (const char* measure : {"rms", "peak_to_peak"}) {
    high_frequency_energy<double> stage;
    stage.interval_s = 0.05;
    stage.measure = measure;
    auto x = tone(20000, 7000.0, 2.0);
    x[5100] = math::infinity;
    const auto y = test::must(run_signal_stage<double, high_frequency_energy>(stage, x, {1, rate, 0, 0.0}));
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i == 5) << measure << " interval " << i;
  }
}

TEST(HighFrequencyEnergy, AnOverflowIsNoLevel) {
  for (const char* measure : {"rms", "peak_to_peak"}) {
    for (const double size : {1e200, 1.7e308}) {
      high_frequency_energy<double> stage;
      stage.interval_s = 0.05;
      stage.measure = measure;
      auto x = tone(4000, 7000.0, 2.0);
      for (std::size_t i = 2000; i < 2100; ++i) x[i] = i % 2 == 0 ? size : -size;
      const auto y = test::must(run_signal_stage<double, high_frequency_energy>(stage, x, {1, rate, 0, 0.0}));
      ASSERT_EQ(y.size(), 4u);
      EXPECT_TRUE(std::isnan(y[2])) << measure << " " << y[2];
      EXPECT_TRUE(std::isfinite(y[0]) && std::isfinite(y[3])) << measure;
    }
  }
}

}  // namespace
}  // namespace millwright
