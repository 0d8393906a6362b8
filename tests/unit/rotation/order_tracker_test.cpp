#include "millwright/rotation/order_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "millwright/rotation/order_spectrum.hpp"
#include "millwright/rotation/tacholess.hpp"
#include "rotation/sliding_argmax.hpp"
#include "rotation_support.hpp"

namespace millwright {
namespace {

using test::run_up;

template <class T>
std::string message(const result<T>& r) {
  return r ? std::string("no error") : r.error().message();
}

/// Peak of an order spectrum, and the largest value more than `clear` orders away from it, in dB below.
struct line {
  double order, amplitude, leakage_db, bin;
};
template <class Real>
line strongest(const std::vector<Real>& values, std::size_t samples_per_revolution, double clear) {
  const auto table = mean_order_spectrum<Real>(values, samples_per_revolution, {});
  const auto peak = static_cast<std::size_t>(std::max_element(table->amplitude.begin(), table->amplitude.end()) - table->amplitude.begin());
  double side = 0.0;
  for (std::size_t k = 0; k < table->orders.size(); ++k) {
    if (std::abs(table->orders[k] - table->orders[peak]) > clear) side = std::max(side, static_cast<double>(table->amplitude[k]));
  }
  const auto top = static_cast<double>(table->amplitude[peak]);
  return {table->orders[peak], top, 20.0 * math::log10(side / top), table->orders[1]};
}

template <class Real>
class OrderTracker : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(OrderTracker, Reals);

TYPED_TEST(OrderTracker, ARunUpShowsOneLine) {
  using Real = TypeParam;
  run_up machine;
  const auto x = machine.component<Real>(3.5);
  const auto out = order_resample<Real>(x, machine.tacho<Real>(), machine.rate_hz, 64);
  ASSERT_TRUE(out) << message(out);
  EXPECT_EQ(out->values.size(), 198u * 64u);
  const line found = strongest(out->values, 64, 0.1);
  EXPECT_NEAR(found.order, 3.5, found.bin);
  EXPECT_NEAR(found.amplitude, 1.0, 0.01);
  EXPECT_LT(found.leakage_db, -70.0);
  for (std::size_t i = 0; i < out->times_s.size(); i += 100) {
    EXPECT_NEAR(out->times_s[i], machine.time_of(1.0 + static_cast<double>(i) / 64.0), 1e-6);
    EXPECT_NEAR(out->rpm[i] / (60.0 * machine.hz(out->times_s[i])), 1.0, 1e-4);
  }
}

TYPED_TEST(OrderTracker, ASpeedProfileServesAsWell) {
  using Real = TypeParam;
  run_up machine;
  const auto x = machine.component<Real>(3.5);
  const std::vector<double> times = {0.0, machine.seconds};
  const std::vector<double> rpm = {60.0 * machine.from_hz, 60.0 * machine.to_hz};
  const auto out = order_resample_speed<Real>(x, times, rpm, machine.rate_hz, 64);
  ASSERT_TRUE(out) << message(out);
  const line found = strongest(out->values, 64, 0.1);
  EXPECT_NEAR(found.order, 3.5, found.bin);
  EXPECT_LT(found.leakage_db, sizeof(Real) == 4 ? -100.0 : -110.0);
}

TYPED_TEST(OrderTracker, StageAndBatchGiveTheSameBits) {
  using Real = TypeParam;
  run_up machine;
  machine.seconds = 2.0;
  const auto x = machine.component<Real>(3.5);
  const auto pulses = machine.tacho<Real>();
  tacho_options options;
  options.threshold = 0.5;
  options.hysteresis = 0.4;
  const auto batch = order_resample<Real>(x, pulses, machine.rate_hz, 100, options);
  ASSERT_TRUE(batch) << message(batch);
  std::vector<Real> both;
  for (std::size_t i = 0; i < x.size(); ++i) both.insert(both.end(), {x[i], pulses[i]});
  order_tracker<Real> stage;
  stage.threshold_mode = "fixed";
  stage.threshold = 0.5;
  stage.hysteresis = 0.4;
  stage.samples_per_revolution = 100;
  stage.with_speed = true;
  const auto stream = run_signal_stage(stage, std::span<const Real>(both), {2, machine.rate_hz, 0, 0.0});
  ASSERT_TRUE(stream) << message(stream);
  ASSERT_EQ(stream->size(), 2 * batch->values.size());
  for (std::size_t i = 0; i < batch->values.size(); ++i) {
    EXPECT_EQ(std::memcmp(&(*stream)[2 * i], &batch->values[i], sizeof(Real)), 0) << i;
    EXPECT_EQ((*stream)[2 * i + 1], static_cast<Real>(batch->rpm[i]));
  }
}

TEST(OrderTrackerDetails, OrdersAboveTheLimitDoNotFoldBack) {
  // At 64 samples a turn, order 50 would fold to 14; at 10 turns a second it is far below half the rate.
  run_up machine;
  machine.to_hz = 12.0;
  const auto x = machine.component<double>(50.0);
  const auto out = order_resample<double>(x, machine.tacho<double>(), machine.rate_hz, 64);
  ASSERT_TRUE(out);
  double largest = 0.0;
  for (std::size_t i = 64; i + 64 < out->values.size(); ++i) largest = std::max(largest, std::abs(out->values[i]));
  EXPECT_LT(largest, 1e-4);
  // Order 24 lies below 0.39 x 64 and passes unchanged.
  const auto pass = order_resample<double>(machine.component<double>(24.0), machine.tacho<double>(), machine.rate_hz, 64);
  EXPECT_NEAR(strongest(pass->values, 64, 1.0).amplitude, 1.0, 0.01);
}

TEST(OrderTrackerDetails, GearRatioAndSeveralPulsesATurn) {
  run_up machine;
  const auto x = machine.component<double>(2.5 * 3.0);  // order 3 of a shaft that turns 2.5 times as fast
  const auto out = order_resample<double>(x, machine.tacho<double>(4.0), machine.rate_hz, 32, {.pulses_per_revolution = 4.0}, 2.5);
  ASSERT_TRUE(out) << message(out);
  EXPECT_NEAR(strongest(out->values, 32, 0.1).order, 3.0, 0.01);
  EXPECT_NEAR(out->rpm[0] / (60.0 * 2.5 * machine.hz(out->times_s[0])), 1.0, 1e-3);
}

TEST(OrderTrackerDetails, ConstantStaysConstantUpToTheEnds) {
  run_up machine;
  const std::vector<double> x(machine.samples(), 3.25);
  const auto out = order_resample<double>(x, machine.tacho<double>(), machine.rate_hz, 64);
  ASSERT_TRUE(out);
  for (const double v : out->values) EXPECT_NEAR(v, 3.25, 1e-12);
}

TEST(OrderTrackerDetails, ABadSampleSpoilsOnlyItsNeighbourhood) {
  run_up machine;
  auto x = machine.component<double>(3.5);
  const auto good = order_resample<double>(x, machine.tacho<double>(), machine.rate_hz, 64);
  x[50'000] = std::nan("");
  const auto bad = order_resample<double>(x, machine.tacho<double>(), machine.rate_hz, 64);
  ASSERT_TRUE(good && bad);
  ASSERT_EQ(good->values.size(), bad->values.size());
  std::size_t spoilt = 0;
  for (std::size_t i = 0; i < good->values.size(); ++i) {
    if (std::isnan(bad->values[i])) {
      ++spoilt;
      EXPECT_NEAR(bad->times_s[i], 5.0, 33 * 1.0 / (20.0 * 64.0));
    } else {
      EXPECT_EQ(good->values[i], bad->values[i]);
    }
  }
  EXPECT_GE(spoilt, 1u);
  EXPECT_LE(spoilt, 34u);
}

TEST(OrderTrackerDetails, AnOverflowIsNaN) {
  std::vector<float> x(20'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (i / 3) % 2 == 0 ? 3.4e38f : -3.4e38f;
  const std::vector<double> times = {0.0, 2.0};
  const std::vector<double> rpm = {900.0, 1100.0};
  const auto out = order_resample_speed<float>(x, times, rpm, 10'000.0, 1024);
  ASSERT_TRUE(out) << message(out);
  EXPECT_EQ(std::count_if(out->values.begin(), out->values.end(), [](float v) { return std::isinf(v); }), 0);
  EXPECT_GT(std::count_if(out->values.begin(), out->values.end(), [](float v) { return std::isnan(v); }), 0);
}

TEST(OrderTrackerDetails, StandstillFillsTheTurnWithNaN) {
  // 20 Hz, a stop from 3 s to 6 s, 20 Hz again.
  const std::size_t per_turn = 32;
  std::vector<double> both;
  for (std::size_t i = 0; i < 90'000; ++i) {
    const bool stands = i >= 30'000 && i < 60'000;
    both.push_back(1.0);
    both.push_back(!stands && i % 500 < 100 ? 1.0 : 0.0);
  }
  order_tracker<double> stage;
  stage.threshold_mode = "fixed";
  stage.threshold = 0.5;
  stage.samples_per_revolution = static_cast<std::int64_t>(per_turn);
  const auto out = run_signal_stage(stage, std::span<const double>(both), {2, 10'000.0, 0, 0.0});
  ASSERT_TRUE(out);
  // Pulses at 500, 1000 .. 29500: 58 turns. Then NaN for one turn. Then pulses at 60000 .. 89500: 59 turns.
  ASSERT_EQ(out->size(), (58 + 1 + 59) * per_turn);
  for (std::size_t i = 0; i < out->size(); ++i) EXPECT_EQ(std::isnan((*out)[i]), i / per_turn == 58) << i;
}

TEST(OrderTrackerDetails, AStoppedSpeedSignalDoesTheSame) {
  const std::size_t per_turn = 32;
  std::vector<float> both;
  for (std::size_t i = 0; i < 90'000; ++i) {
    both.push_back(1.0f);
    both.push_back(i >= 30'000 && i < 60'000 ? 0.0f : 1200.0f);
  }
  both[2 * 10'000 + 1] = std::nanf("");  // one reading is lost: the one before holds
  order_tracker<float> stage;
  stage.reference = "speed";
  stage.samples_per_revolution = static_cast<std::int64_t>(per_turn);
  const auto out = run_signal_stage(stage, std::span<const float>(both), {2, 10'000.0, 0, 0.0});
  ASSERT_TRUE(out);
  const auto gaps = std::count_if(out->begin(), out->end(), [](float v) { return std::isnan(v); });
  EXPECT_GE(gaps, 1);
  EXPECT_LE(gaps, static_cast<std::ptrdiff_t>(per_turn));
  EXPECT_NEAR(static_cast<double>(out->size()), 121.0 * per_turn, 2.0 * per_turn);
}

TEST(OrderTrackerErrors, SayWhatIsWrong) {
  run_up machine;
  machine.seconds = 1.0;
  const auto x = machine.component<double>(1.0);
  const auto pulses = machine.tacho<double>();
  const std::span<const double> all(x);
  EXPECT_NE(message(order_resample<double>(all.first(100), pulses, 1e4, 64)).find("100 samples and the tacho 10000"), std::string::npos);
  EXPECT_FALSE(order_resample<double>(x, pulses, 1e4, 1));
  EXPECT_FALSE(order_resample<double>(x, pulses, 1e4, 64, {}, -1.0));
  const auto with_pulses = [&](const std::vector<double>& times) { return message(order_resample_pulses<double>(x, times, 1e4, 64)); };
  EXPECT_NE(with_pulses({}).find("no pulse"), std::string::npos);
  EXPECT_NE(with_pulses({0.5}).find("only one pulse"), std::string::npos);
  EXPECT_NE(with_pulses({0.5, 0.4}).find("not later"), std::string::npos);
  EXPECT_NE(with_pulses({0.5, std::nan("")}).find("not later"), std::string::npos);
  EXPECT_NE(with_pulses({0.5, 0.6, 1.1}).find("the signal from 0"), std::string::npos);
  EXPECT_EQ(with_pulses({0.5, 0.6, 0.7}), "no error");
  const auto with_speed = [&](const std::vector<double>& times, const std::vector<double>& rpm) {
    return message(order_resample_speed<double>(x, times, rpm, 1e4, 64));
  };
  EXPECT_NE(with_speed({0.0, 1.0}, {600.0, -600.0}).find("outside min_rpm"), std::string::npos);
  EXPECT_NE(with_speed({0.0, 1.0}, {600.0}).find("differ in number"), std::string::npos);
  EXPECT_NE(with_speed({0.0, 0.5}, {600.0, 600.0}).find("cover the signal"), std::string::npos);
  EXPECT_NE(with_speed({0.0, 0.0}, {600.0, 600.0}).find("not later"), std::string::npos);
  // A stop in the middle.
  std::vector<double> stop(30'000, 0.0);
  for (std::size_t i = 0; i < stop.size(); ++i) stop[i] = (i < 5'000 || i > 25'000) && i % 500 < 100 ? 1.0 : 0.0;
  EXPECT_NE(message(order_resample<double>(std::vector<double>(30'000, 1.0), stop, 1e4, 64)).find("below min_rpm"), std::string::npos);
  order_tracker<double> stage;
  stage.min_rpm = 1e-3;
  stage.threshold_mode = "fixed";
  workspace measure;
  EXPECT_NE(message(stage.prepare({2, 51'200.0, 100, 0.0}, measure)).find("raise min_rpm"), std::string::npos);
}

TEST(OrderTrackerErrors, BatchHasTheLimitsOfTheStage) {
  run_up machine;
  machine.seconds = 1.0;
  const auto x = machine.component<double>(1.0);
  const auto tacho_signal = machine.tacho<double>();
  const std::vector<double> pulses = {0.1, 0.2, 0.3};
  const std::vector<double> times = {0.0, 1.0};
  const std::vector<double> rpm = {600.0, 600.0};
  for (const double ratio : {1e9, 1.1e4, 0.9e-4, 0.0, std::nan(""), HUGE_VAL}) {
    EXPECT_NE(message(order_resample<double>(x, tacho_signal, 1e4, 64, {}, ratio)).find("1e-4 .. 1e4"), std::string::npos) << ratio;
    EXPECT_NE(message(order_resample_pulses<double>(x, pulses, 1e4, 64, {}, ratio)).find("1e-4 .. 1e4"), std::string::npos) << ratio;
    EXPECT_NE(message(order_resample_speed<double>(x, times, rpm, 1e4, 64, {}, ratio)).find("1e-4 .. 1e4"), std::string::npos) << ratio;
    EXPECT_NE(message(tacho_speed(pulses, times, 1.0, ratio)).find("1e-4 .. 1e4"), std::string::npos) << ratio;
  }
  const std::string refused = message(order_resample<double>(x, tacho_signal, 1e4, 1 << 20, {}, 1e4));
  EXPECT_NE(refused.find("10^9 items"), std::string::npos) << refused;
  order_tracker<double> stage;
  stage.gear_ratio = 1e4;
  stage.samples_per_revolution = 1 << 20;
  stage.threshold_mode = "fixed";
  workspace measure;
  EXPECT_EQ(message(stage.prepare({2, 1e4, 1, 0.0}, measure)), refused);
}

TEST(OrderSpectrum, TracksOrdersBetweenBins) {
  std::vector<double> x(64 * 100);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double turns = static_cast<double>(i) / 64.0;
    x[i] = 5.0 + (i < x.size() / 2 ? 2.0 : 1.0) * math::cos_pi(2.0 * 3.37 * turns);
  }
  const std::vector<double> orders = {3.37, 7.0};
  const auto table = track_orders<double>(x, 64, orders, {10, 0.5, {}});
  ASSERT_TRUE(table);
  ASSERT_EQ(table->positions.size(), 19u);
  EXPECT_NEAR(table->amplitude[0], 2.0, 1e-3);
  EXPECT_NEAR(table->amplitude[2 * 18], 1.0, 1e-3);
  EXPECT_LT(table->amplitude[1], 1e-3);
  EXPECT_EQ(table->positions[1], 64u * 10u);
}

TEST(OrderSpectrum, RefusesWhatDoesNotFit) {
  const std::vector<float> x(640, 1.0f);
  EXPECT_NE(message(order_map<float>(x, 64, {11, 0.5, {}})).find("fewer than one frame"), std::string::npos);
  EXPECT_FALSE(order_map<float>(x, 64, {1, 1.0, {}}));
  EXPECT_FALSE(order_map<float>(x, 0, {1, 0.5, {}}));
  EXPECT_FALSE(order_map<float>(std::vector<float>(), 64, {}));
  EXPECT_FALSE(track_orders<float>(x, 64, std::vector<double>{33.0}, {1, 0.5, {}}));
}

TEST(Tacholess, RunUpWithinHalfAPercent) {
  for (const bool is_curved : {false, true}) {
    const double rate = 5'000.0;
    const std::size_t n = 75'000;
    const double seconds = static_cast<double>(n) / rate;
    const auto disturbance = test::noise<double>(n, 0.5, 9);
    std::vector<double> x(n), hz(n);
    double turns = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double t = static_cast<double>(i) / rate;
      hz[i] = is_curved ? 8.0 + 16.0 * (1.0 - math::cos_pi(t / seconds)) : 10.0 + 20.0 * t / seconds;
      x[i] = math::cos_pi(2.0 * turns) + 0.4 * math::cos_pi(4.0 * turns + 0.3) + 0.7 * math::cos_pi(2.0 * 7.3 * turns) + disturbance[i];
      turns += hz[i] / rate;
    }
    tacholess_options options;
    options.start_hz = hz[0];
    options.low_hz = 6.0;
    options.high_hz = 50.0;
    const auto found = tacholess_speed<double>(x, rate, options);
    ASSERT_TRUE(found) << message(found);
    EXPECT_EQ(found->times_s.front(), 0.0);
    EXPECT_NEAR(found->times_s.back(), static_cast<double>(n - 1) / rate, 1e-9);
    for (std::size_t i = 0; i < found->rpm.size(); ++i) {
      const auto sample = static_cast<std::size_t>(found->times_s[i] * rate + 0.5);
      EXPECT_NEAR(found->rpm[i] / (60.0 * hz[sample]), 1.0, 0.005) << found->times_s[i] << (is_curved ? " curved" : "");
    }
    // The profile is what order tracking needs: the components become lines.
    const auto turned = order_resample_speed<double>(x, found->times_s, found->rpm, rate, 64);
    ASSERT_TRUE(turned) << message(turned);
    EXPECT_NEAR(strongest(turned->values, 64, 0.2).order, 1.0, 0.02);
  }
}

TEST(Tacholess, TheBestWayIsTheGreatestOfEqualOnesTheStraightest) {
  constexpr std::size_t n = 97;
  random_stream random(5, 0);
  std::vector<double> values(n);
  std::vector<std::uint32_t> found(n);
  detail::sliding_argmax ways(n);
  for (const std::size_t steps : {0u, 1u, 2u, 7u, 96u, 1000u}) {
    for (int trial = 0; trial < 20; ++trial) {
      for (double& v : values) v = std::floor(4.0 * random.uniform());  // many equal ones
      ways.find(values, steps, found);
      for (std::size_t k = 0; k < n; ++k) {
        std::size_t expected = k;
        for (std::size_t step = 1; step <= steps; ++step) {
          if (k >= step && values[k - step] > values[expected]) expected = k - step;
          if (k + step < n && values[k + step] > values[expected]) expected = k + step;
        }
        ASSERT_EQ(found[k], expected) << k << " of " << steps;
      }
    }
  }
}

TEST(Tacholess, AWideSearchTakesNoLonger) {
  // Bins times steps would be hours.
  auto x = test::noise<double>(400'000, 0.1, 4);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += math::cos_pi(2.0 * 0.02 * static_cast<double>(i));
  tacholess_options options;
  options.low_hz = 100.0;
  options.high_hz = 24'000.0;
  options.max_slope_hz_s = 1e7;
  options.frame_s = 1.0;
  const auto found = tacholess_speed<double>(x, 50'000.0, options);
  ASSERT_TRUE(found) << message(found);
  EXPECT_NEAR(found->frequency_hz[found->frequency_hz.size() / 2], 1'000.0, 1.0);
}

TEST(Tacholess, ScaleDoesNotMatter) {
  auto x = test::noise<double>(40'000, 0.3, 4);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += math::cos_pi(2.0 * 0.004 * static_cast<double>(i));
  tacholess_options options;
  options.low_hz = 6.0;
  options.high_hz = 50.0;
  const auto expected = tacholess_speed<double>(x, 5'000.0, options);
  ASSERT_TRUE(expected) << message(expected);
  for (const double scale : {0x1p600, 0x1p1020, 0x1p-600}) {
    auto scaled = x;
    for (double& v : scaled) v *= scale;
    const auto found = tacholess_speed<double>(scaled, 5'000.0, options);
    ASSERT_TRUE(found) << message(found);
    EXPECT_EQ(found->rpm, expected->rpm) << scale;
    EXPECT_EQ(found->amplitude[5], expected->amplitude[5] * scale);
  }
}

TEST(Tacholess, RefusesWhatItCannotFollow) {
  tacholess_options o;
  const std::vector<double> silence(50'000, 1.0);
  EXPECT_NE(message(tacholess_speed<double>(silence, 5'000.0, o)).find("band"), std::string::npos);
  o.low_hz = 5.0;
  o.high_hz = 50.0;
  EXPECT_NE(message(tacholess_speed<double>(silence, 5'000.0, o)).find("no power"), std::string::npos);
  o.start_hz = 60.0;
  EXPECT_NE(message(tacholess_speed<double>(silence, 5'000.0, o)).find("outside the band"), std::string::npos);
  o.start_hz = 10.0;
  EXPECT_NE(message(tacholess_speed<double>(std::span(silence).first(1'000), 5'000.0, o)).find("two frames"), std::string::npos);
  auto x = silence;
  x[7] = std::nan("");
  EXPECT_NE(message(tacholess_speed<double>(x, 5'000.0, o)).find("not finite"), std::string::npos);
}

}  // namespace
}  // namespace millwright
