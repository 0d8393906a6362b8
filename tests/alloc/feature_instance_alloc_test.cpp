// Running copies of one feature extractor: the extractor's values, bit for bit, in memory split by how long it lives, without the heap.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "alloc/allocation_counter.hpp"
#include "millwright/features/feature_extractor.hpp"
#include "millwright/features/presets.hpp"
#include "millwright/numeric/random.hpp"
#include "support/instance_memory.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

/// Two channels in two windows, and everything that can be computed of one of them without knowing the machine.
class FeatureInstances : public testing::Test {
 protected:
  static constexpr std::size_t length = 1000;  // not a power of two: transforms of several kinds

  FeatureInstances() {
    channel vibration;
    vibration.name = "vib";
    vibration.rate_hz = 10000.0;
    vibration.role = channel_role::vibration;
    channel speed;
    speed.name = "speed";
    speed.unit = "rpm";
    speed.rate_hz = 100.0;
    speed.role = channel_role::context;
    port_.channels = {vibration, speed};
    port_.windows.resize(2);
    port_.windows[0].lengths = {length, 10};
    port_.windows[1].label = "long";
    port_.windows[1].lengths = {2 * length, 20};
    extractor_.names = comprehensive_features(vibration, length);
    for (const char* more : {"vib@long.rms", "vib@long.spectral_centroid(nperseg=512)", "vib.mfcc(coefficient=2)", "speed.mean",
                             "vib.order_gamnitude(order=1)"})
      extractor_.names.emplace_back(more);
    extractor_.speed_channel = "speed";
    workspace measure;
    columns_ = test::must(extractor_.prepare(port_, measure)).columns.size();
    workspace counted;
    feature_extractor::instance instance;
    instance.create(extractor_, counted);
    sizes_ = counted.sizes();
  }

  /// Samples of one frame of every channel and window; some of the second half are not valid where `spoilt`.
  struct frames {
    frames(std::uint64_t seed, bool spoilt) {
      random_stream random(seed, 0);
      for (std::size_t i = 0; i < 2 * length; ++i) samples.push_back(static_cast<float>(random.uniform() + std::sin(0.1 * double(i))));
      marks.assign(2 * length, 0);
      if (spoilt) {
        for (std::size_t i = length / 2; i < length / 2 + 30; ++i) marks[i] = static_cast<std::uint8_t>(bits(quality::not_finite));
      }
      speeds.assign(20, 1500.0F);
      for (const std::size_t n : {length, 2 * length}) {
        frame_view a{samples.data(), spoilt ? marks.data() : nullptr, n, spoilt ? n - 30 : n, 10000.0};
        frame_view b{speeds.data(), nullptr, n / 100, n / 100, 100.0};
        views.push_back({a, b});
      }
      for (const auto& v : views) windows.push_back({v});
    }
    frames(const frames&) = delete;
    frames& operator=(const frames&) = delete;

    std::vector<float> samples, speeds;
    std::vector<std::uint8_t> marks;
    std::vector<std::vector<frame_view>> views;
    std::vector<frame> windows;
  };

  template <class Extractor>
  std::uint64_t hash_of(Extractor& e, const frames& f) const {
    std::vector<double> row(columns_, -777.0);
    test::bit_hash hash;
    hash.add(e.process(f.windows, row));
    for (const double v : row) hash.add_number(v);
    return hash.value();
  }

  /// The extractor itself, on a single piece of memory.
  std::uint64_t expected(const frames& f) {
    feature_extractor alone = extractor_;
    workspace measure;
    static_cast<void>(test::must(alone.prepare(port_, measure)));
    test::region memory(measure.bytes_used());
    workspace carve(memory.bytes());
    static_cast<void>(test::must(alone.prepare(port_, carve)));
    alone.reset();
    return hash_of(alone, f);
  }

  frame_port port_;
  feature_extractor extractor_;  // prepared, not run
  std::size_t columns_ = 0;
  memory_sizes sizes_;
};

TEST_F(FeatureInstances, EqualTheExtractorAndHoldNoState) {
  EXPECT_GT(columns_, 100u);
  EXPECT_EQ(sizes_.state, 0u);
  EXPECT_GT(sizes_.plan, 0u);
  test::instance_memory memory(sizes_);
  workspace carve = memory.whole();
  feature_extractor::instance instance;
  instance.create(extractor_, carve);
  EXPECT_FALSE(carve.exhausted());
  EXPECT_EQ(carve.sizes().plan, sizes_.plan);
  EXPECT_EQ(carve.sizes().scratch, sizes_.scratch);
  instance.reset();
  for (const bool spoilt : {false, true, false}) {
    const frames f(31, spoilt);
    EXPECT_EQ(hash_of(instance, f), expected(f)) << (spoilt ? "with invalid samples" : "all valid");
  }
  instance.reset();
  const frames f(32, false);
  EXPECT_EQ(hash_of(instance, f), expected(f)) << "after a second reset";
  instance.destroy();
}

TEST_F(FeatureInstances, ShareTables) {
  test::instance_memory memory(sizes_);
  workspace carve = memory.whole();
  feature_extractor::instance a;
  a.create(extractor_, carve);
  a.reset();
  const std::vector<std::byte> tables(memory.plan.bytes().begin(), memory.plan.bytes().end());
  test::region scratch(sizes_.scratch);
  workspace next({memory.plan.bytes(), {}, scratch.bytes(), true});
  feature_extractor::instance b;
  b.create(extractor_, next);
  b.reset();
  EXPECT_TRUE(std::ranges::equal(memory.plan.bytes(), tables)) << "the second instance wrote a table";
  const frames one(33, false);
  const frames two(34, true);
  const std::uint64_t expected_one = expected(one);
  const std::uint64_t expected_two = expected(two);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(hash_of(a, one), expected_one);
    EXPECT_EQ(hash_of(b, two), expected_two);
  }
  a.reset();
  EXPECT_TRUE(std::ranges::equal(memory.plan.bytes(), tables));
  a.destroy();
  EXPECT_EQ(hash_of(b, one), expected_one) << "after the first has ended";
  b.destroy();
}

TEST_F(FeatureInstances, TakeNothingFromTheHeap) {
  test::instance_memory memory(sizes_);
  const frames f(35, true);
  std::vector<double> row(columns_);
  test::watch w;
  workspace carve = memory.whole();
  feature_extractor::instance instance;
  instance.create(extractor_, carve);
  instance.reset();
  instance.process(f.windows, row);
  instance.reset();
  instance.destroy();
  const auto seen = w.stop();
  EXPECT_TRUE(seen.none()) << seen.text();
}

TEST_F(FeatureInstances, LackOfMemoryIsSeen) {
  for (std::size_t memory_sizes::*which : {&memory_sizes::plan, &memory_sizes::scratch}) {
    for (const std::size_t share : {std::size_t{0}, sizes_.*which / 2, sizes_.*which - 1}) {
      memory_sizes less = sizes_;
      less.*which = share;
      test::instance_memory memory(less);
      workspace carve = memory.whole();
      feature_extractor::instance instance;
      instance.create(extractor_, carve);
      EXPECT_TRUE(carve.exhausted());
      EXPECT_EQ(carve.sizes().total(), sizes_.total());
      instance.destroy();
    }
  }
}

}  // namespace
}  // namespace millwright
