// What features cost, and the windows that commissioning looks at.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "features_support.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/pipeline_cost.hpp"

namespace millwright {
namespace {

using test::extraction;

std::vector<float> wave(std::size_t size) {
  std::vector<float> x(size);
  for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<float>(1 + (i * 37) % 11);
  return x;
}

TEST(FeaturesCost, EveryWindowAndChannelIsMeasured) {
  extraction e({"a.rms", "b.median", "a@1s.log_std", "b@1s.spectral_centroid"});
  e.with_channel("a", 64, {32, 64}).with_channel("b", 128, {64, 128});
  e.in.windows[1].label = "1s";
  ASSERT_TRUE(e.prepare().has_value());
  const auto a = wave(32), b = wave(64), long_a = wave(64), long_b = wave(128);
  const std::vector<frame_view> first = {extraction::view_of(a), extraction::view_of(b)};
  const std::vector<frame_view> second = {extraction::view_of(long_a), extraction::view_of(long_b)};
  const std::vector<frame> frames = {{first}, {second}};
  const auto cost = e.extractor.measure(frames, 2);
  ASSERT_EQ(cost.column_ns.size(), 4u);
  for (const double ns : cost.column_ns) EXPECT_TRUE(std::isfinite(ns));
  for (const double ns : cost.view_ns) EXPECT_TRUE(std::isfinite(ns));
  const auto nothing = e.extractor.measure(frames, 0);
  ASSERT_EQ(nothing.column_ns.size(), 4u);
  for (const double ns : nothing.column_ns) EXPECT_TRUE(std::isnan(ns));
  for (const double ns : nothing.view_ns) EXPECT_TRUE(std::isnan(ns));
}

/// One channel without gaps.
recorded_group as_group(const pipeline_parts& parts, const std::vector<float>& samples) {
  recorded_group group;
  group.channels = parts.channels;
  group.data = samples.data();
  group.samples = samples.size();
  return group;
}

TEST(FeaturesCost, WindowsAreSpreadOverTheRecordingAndUnusableOnesLeftOut) {
  const auto parts = parse_pipeline_parts(
      R"({"channels": [{"name": "vib", "role": "vibration", "rate_hz": 1000}], "window": {"length": ["100ms"]}, "features": ["vib.rms"]})");
  ASSERT_TRUE(parts.has_value());
  auto samples = wave(2000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += static_cast<float>(100 * (i / 100));
  samples[1550] = std::nanf("");
  recording source;
  ASSERT_TRUE(source.add(as_group(*parts, samples)).has_value());
  const recording* list[] = {&source};
  const auto all = sample_windows(*parts, list, "vib", 100);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->size(), 19u);
  const auto some = sample_windows(*parts, list, "vib", 4);
  ASSERT_TRUE(some.has_value());
  ASSERT_EQ(some->size(), 4u);
  EXPECT_EQ((*some)[0], (*all)[0]);
  EXPECT_EQ((*some)[1], (*all)[5]);
  EXPECT_EQ((*some)[2], (*all)[10]);
  EXPECT_EQ((*some)[3], (*all)[15]);
  EXPECT_FALSE(sample_windows(*parts, list, "vob", 4).has_value());

  const auto cost = measure_cost(*parts, source, {3, 2});
  ASSERT_TRUE(cost.has_value());
  EXPECT_EQ(cost->windows, 3u);
  EXPECT_EQ(cost->features[0].name, "vib.rms");
  EXPECT_DOUBLE_EQ(cost->total_ns, cost->features[0].own_ns + cost->features[0].view_ns);
  EXPECT_TRUE(measure_cost(*parts, {1, 1}).has_value());
}

}  // namespace
}  // namespace millwright
