#include "millwright/rotation/gear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "millwright/core/archive.hpp"
#include "millwright/rotation/gear_condition_stage.hpp"
#include "millwright/rotation/synchronous_average.hpp"
#include "rotation_support.hpp"

namespace millwright {
namespace {

/// Turns of a gear with 28 teeth at 512 samples a turn; `depth` of a broken tooth.
std::vector<double> gear_turns(std::size_t turns, double depth, double sigma, std::uint64_t seed) {
  constexpr std::size_t n = 512;
  auto x = test::noise<double>(turns * n, sigma, seed);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double angle = static_cast<double>(i % n) / n;
    double value = 0.3 * math::cos_pi(2.0 * angle);
    for (int h = 1; h <= 3; ++h) value += 1.0 / h * (1.0 + 0.1 * math::cos_pi(2.0 * angle)) * math::cos_pi(2.0 * 28 * h * angle + h);
    const double from_tooth = (angle - 0.5) * 28.0;  // in teeth
    if (std::abs(from_tooth) < 1.0) value += depth * math::cos_pi(0.5 * from_tooth) * math::sin_pi(7.0 * from_tooth);
    x[i] += value;
  }
  return x;
}

TEST(SynchronousAverage, NoiseFallsAsTheRootOfTheTurns) {
  for (const std::size_t turns : {16u, 100u, 400u}) {
    const auto clean = gear_turns(1, 0.0, 0.0, 1);
    const auto average = average_turns<double>(gear_turns(turns, 0.0, 1.0, turns), 512);
    ASSERT_TRUE(average);
    double squares = 0.0;
    for (std::size_t i = 0; i < 512; ++i) squares += ((*average)[i] - clean[i]) * ((*average)[i] - clean[i]);
    // One average has 512 values, so its rms itself scatters by 3 %: the mean over several is taken.
    double ratio = std::sqrt(squares / 512.0);
    for (std::uint64_t seed = 1; seed < 16; ++seed) {
      const auto other = average_turns<double>(gear_turns(turns, 0.0, 1.0, 1000 * seed + turns), 512);
      double sum = 0.0;
      for (std::size_t i = 0; i < 512; ++i) sum += ((*other)[i] - clean[i]) * ((*other)[i] - clean[i]);
      ratio += std::sqrt(sum / 512.0);
    }
    EXPECT_NEAR(ratio / 16.0 * std::sqrt(static_cast<double>(turns)), 1.0, 0.05) << turns;
  }
}

TEST(SynchronousAverage, BlocksAndTheRest) {
  std::vector<float> x;
  for (int turn = 0; turn < 7; ++turn) x.insert(x.end(), {static_cast<float>(turn), 10.0f});
  x.push_back(99.0f);  // half a turn: left out
  const auto frames = average_turns<float>(x, 2, 3);
  ASSERT_TRUE(frames);
  EXPECT_EQ(*frames, (std::vector<float>{1.0f, 10.0f, 4.0f, 10.0f, 6.0f, 10.0f}));
}

TEST(SynchronousAverage, ExponentialForgets) {
  synchronous_average<double> stage;
  stage.mode = "exponential";
  stage.revolutions = 4;
  std::vector<double> x(2 * 40, 1.0);
  for (std::size_t i = 0; i < 40; ++i) x[i] = 0.0;
  const auto frames = run_signal_stage(stage, std::span<const double>(x), {1, 2.0, 0, 0.0});
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 80u);
  EXPECT_EQ((*frames)[38], 0.0);
  EXPECT_DOUBLE_EQ((*frames)[40], 0.25);
  EXPECT_DOUBLE_EQ((*frames)[42], 0.4375);
  EXPECT_NEAR((*frames)[79], 1.0, 0.01);
}

TEST(SynchronousAverage, LeavesOutATurnThatIsNotFinite) {
  std::vector<double> x = {1.0, 2.0, std::nan(""), 50.0, 3.0, 4.0};
  const auto average = average_turns<double>(x, 2);
  ASSERT_TRUE(average);
  EXPECT_EQ(*average, (std::vector<double>{2.0, 3.0}));
  EXPECT_FALSE(average_turns<double>(std::span(x).subspan(2, 2), 2));
  EXPECT_FALSE(average_turns<double>(std::span(x).first(1), 2));
  EXPECT_FALSE(average_turns<double>(x, 0));
}

TEST(SynchronousAverage, GoesOnAfterTurnsTooFarApartForADouble) {
  for (const char* mode : {"exponential", "block"}) {
    synchronous_average<double> stage;
    stage.mode = mode;
    stage.revolutions = 4;
    std::vector<double> x = {1.7e308, 1.7e308, -1.7e308, -1.7e308};
    x.resize(2 * 42, 3.0);
    const auto frames = run_signal_stage(stage, std::span<const double>(x), {1, 2.0, 0, 0.0});
    ASSERT_TRUE(frames);
    for (const double v : *frames) EXPECT_TRUE(std::isfinite(v)) << mode;
    if (stage.mode == "block") {
      EXPECT_EQ(frames->back(), 3.0);
    }
  }
}

TEST(SynchronousAverage, RemovingItLeavesTheNoise) {
  const auto x = gear_turns(100, 0.0, 0.1, 5);
  const auto average = average_turns<double>(x, 512);
  const auto rest = remove_average<double>(x, *average);
  ASSERT_TRUE(rest);
  double squares = 0.0;
  for (const double v : *rest) squares += v * v;
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(rest->size())), 0.1, 0.002);
}

TEST(Gear, ABrokenToothRaisesTheMetrics) {
  gear_parameters gear;
  gear.teeth = {28};
  std::vector<double> averages;
  for (int run = 0; run < 6; ++run) {
    const auto average = average_turns<double>(gear_turns(50, run < 5 ? 0.0 : 0.5, 0.2, 77 + static_cast<std::uint64_t>(run)), 512);
    averages.insert(averages.end(), average->begin(), average->end());
  }
  const auto run = gear_condition_metrics<double>(averages, 512, gear);
  ASSERT_TRUE(run);
  for (int sound = 0; sound < 5; ++sound) {
    EXPECT_NEAR((*run)[sound].fm4, 3.0, 0.5);
    EXPECT_NEAR((*run)[sound].m6a, 15.0, 6.0);
  }
  const gear_condition& broken = run->back();
  EXPECT_GT(broken.fm4, 8.0);
  EXPECT_GT(broken.m6a, 80.0);
  EXPECT_GT(broken.m8a, 500.0);
  EXPECT_GT(broken.na4, 2.0 * (*run)[4].na4);
  EXPECT_GT(broken.energy_ratio, 1.5 * (*run)[4].energy_ratio);
}

TEST(Gear, ThePartsAddUp) {
  gear_parameters gear;
  gear.teeth = {28, 45};
  const auto x = gear_turns(1, 0.4, 0.2, 3);
  const auto parts = split_gear_signals<double>(x, gear);
  ASSERT_TRUE(parts);
  double mean = 0.0;
  for (const double v : x) mean += v / 512.0;
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(mean + parts->regular[i] + parts->difference[i], x[i], 1e-12);
}

TEST(Gear, UndefinedIsNaNAndNeverInfinite) {
  gear_parameters gear;
  gear.teeth = {28};
  std::vector<double> averages(512, 4.0);
  const auto tone = gear_turns(1, 0.0, 0.0, 1);  // regular parts only: no difference signal but rounding
  averages.insert(averages.end(), tone.begin(), tone.end());
  averages.insert(averages.end(), tone.begin(), tone.end());
  averages[1024 + 3] = std::nan("");
  const auto run = gear_condition_metrics<double>(averages, 512, gear);
  ASSERT_TRUE(run);
  EXPECT_EQ((*run)[0].rms, 0.0);
  for (const double v : {(*run)[0].kurtosis, (*run)[0].fm0, (*run)[0].fm4, (*run)[0].m6a, (*run)[0].energy_ratio, (*run)[0].na4}) {
    EXPECT_TRUE(std::isnan(v)) << v;
  }
  EXPECT_TRUE(std::isnan((*run)[1].fm4)) << (*run)[1].fm4;
  EXPECT_TRUE(std::isfinite((*run)[1].fm0));
  EXPECT_TRUE(std::isnan((*run)[2].rms));
}

TEST(Gear, AnAverageWithoutSenseDoesNotEnterTheHistory) {
  gear_parameters gear;
  gear.teeth = {28};
  const auto run_of = [&](const std::vector<double>& odd) {
    std::vector<double> averages;
    for (std::uint64_t run = 0; run < 3; ++run) {
      const auto turn = gear_turns(1, 0.0, 0.2, 50 + run);
      averages.insert(averages.end(), turn.begin(), turn.end());
      if (run == 0) averages.insert(averages.end(), odd.begin(), odd.end());
    }
    return *gear_condition_metrics<double>(averages, 512, gear);
  };
  const auto expected = run_of({});
  auto huge = gear_turns(1, 0.0, 0.2, 3);
  for (double& v : huge) v *= 1e160;
  auto large = gear_turns(1, 0.0, 0.2, 3);  // its squares are finite, their squares are not
  for (double& v : large) v *= 1e80;
  const std::vector<double> constant(512, 4.0);
  for (const auto& odd : {huge, large, constant}) {
    const auto run = run_of(odd);
    ASSERT_EQ(run.size(), 4u);
    EXPECT_TRUE(std::isnan(run[1].na4)) << run[1].na4;
    for (const gear_metric& metric : gear_metrics) EXPECT_FALSE(std::isinf(run[1].*metric.value)) << metric.name;
    for (const std::size_t i : {1u, 2u}) EXPECT_EQ(run[i + 1].na4, expected[i].na4);
    if (std::isnan(run[1].nb4)) {
      EXPECT_EQ(run[3].nb4, expected[2].nb4);
    }
  }
}

TEST(Gear, TheStageGivesTheBitsOfTheFunctions) {
  const auto check = [](auto real) {
    using Real = decltype(real);
    const auto signal = gear_turns(23, 1.0, 0.4, 8);
    const std::vector<Real> x(signal.begin(), signal.end());
    gear_condition_stage<Real> stage;
    stage.teeth = {28.0};
    stage.revolutions = 5;
    signal_port given;
    const auto stream = run_signal_stage(stage, std::span<const Real>(x), {1, 512.0, 0, 0.0}, &given);
    ASSERT_TRUE(stream) << stream.error().message();
    EXPECT_EQ(given.columns, gear_metrics.size());
    EXPECT_DOUBLE_EQ(given.rate_hz, 0.2);
    gear_parameters gear;
    gear.teeth = {28};
    const auto averages = average_turns<Real>(x, 512, 5);
    const auto run = *gear_condition_metrics<Real>(*averages, 512, gear);
    ASSERT_EQ(run.size(), 5u);
    ASSERT_EQ(stream->size(), 5 * gear_metrics.size());
    for (std::size_t i = 0; i < stream->size(); ++i) {
      const gear_metric& metric = gear_metrics[i % gear_metrics.size()];
      EXPECT_EQ((*stream)[i], static_cast<Real>(run[i / gear_metrics.size()].*metric.value)) << metric.name;
    }
    EXPECT_GT((*stream)[4], Real(3.5));  // fm4 of a broken tooth
  };
  check(float());
  check(double());
}

TEST(Gear, TheStageGoesOnFromACheckpoint) {
  const auto x = gear_turns(40, 0.0, 0.4, 8);
  const auto start = [](gear_condition_stage<double>& stage, std::vector<std::byte>& memory) {
    stage.teeth = {28.0};
    stage.mode = "exponential";
    workspace measure;
    const signal_port in{1, 512.0, 512 * 20, 0.0};
    ASSERT_TRUE(stage.prepare(in, measure));
    memory.resize(measure.bytes_used() + workspace::alignment);
    auto* first = memory.data() + (workspace::alignment - reinterpret_cast<std::uintptr_t>(memory.data()) % workspace::alignment);
    workspace arena({first, measure.bytes_used()});
    ASSERT_TRUE(stage.prepare(in, arena));
    stage.reset();
  };
  gear_condition_stage<double> whole, resumed;
  std::vector<std::byte> memory, other;
  start(whole, memory);
  start(resumed, other);
  std::vector<double> out(21 * gear_metrics.size()), found(out.size());
  whole.process(std::span<const double>(x).first(512 * 20), out);
  state_writer count;
  whole.persist(count);
  std::vector<std::byte> bytes(count.bytes());
  state_writer writer(bytes);
  whole.persist(writer);
  state_reader reader(bytes);
  resumed.persist(reader);
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(resumed.state_is_valid());
  const std::size_t size = whole.process(std::span<const double>(x).subspan(512 * 20), out);
  ASSERT_EQ(resumed.process(std::span<const double>(x).subspan(512 * 20), found), size);
  ASSERT_EQ(size, 20 * gear_metrics.size());
  for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(out[i], found[i]) << i;
}

TEST(Gear, TheStageRefusesWhatDoesNotFit) {
  const auto prepared = [](std::vector<double> teeth, double rate) {
    gear_condition_stage<float> stage;
    stage.teeth = std::move(teeth);
    workspace measure;
    const auto out = stage.prepare({1, rate, 100, 0.0}, measure);
    return out ? std::string() : out.error().message();
  };
  EXPECT_EQ(prepared({28.0}, 512.0), "");
  EXPECT_NE(prepared({28.5}, 512.0).find("whole number"), std::string::npos);
  EXPECT_NE(prepared({}, 512.0).find("no gear"), std::string::npos);
  EXPECT_NE(prepared({256.0}, 512.0).find("256 teeth"), std::string::npos);
  EXPECT_NE(prepared({28.0}, 512.5).find("order_tracker"), std::string::npos);
}

TEST(Gear, RefusesWhatDoesNotFit) {
  const std::vector<float> x(512);
  gear_parameters gear;
  EXPECT_FALSE(split_gear_signals<float>(x, gear));
  gear.teeth = {256};
  const auto refused = split_gear_signals<float>(x, gear);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("256 teeth"), std::string::npos);
  gear.teeth = {28};
  constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t gear_parameters::*count :
       {&gear_parameters::shaft_harmonics, &gear_parameters::mesh_harmonics, &gear_parameters::sidebands, &gear_parameters::half_band}) {
    for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{513}, endless}) {
      gear_parameters odd = gear;
      odd.*count = wrong;
      EXPECT_FALSE(split_gear_signals<float>(x, odd));
    }
    gear_parameters most = gear;
    most.*count = 512;
    EXPECT_TRUE(split_gear_signals<float>(x, most));
  }
  EXPECT_FALSE(gear_condition_metrics<float>(x, 500, gear));
}

}  // namespace
}  // namespace millwright
