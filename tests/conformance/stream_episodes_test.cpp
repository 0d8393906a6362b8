// Episodes as a stream gives them: what one push can carry, and what a checkpoint may claim about an open one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/stream.hpp"
#include "support/bundle_surgery.hpp"
#include "support/small_machine.hpp"

namespace millwright {
namespace {

using test::machine_signal;

/// A pipeline whose alarm follows every window at once.
const pipeline& nervous() {
  static const pipeline model = test::fit_declared(
      R"({"channels": [{"name": "vib_x", "unit": "g", "rate_hz": 2000}, {"name": "vib_y", "unit": "g", "rate_hz": 2000}],
          "window": {"length": ["256"]}, "detect": ["mahalanobis"], "alert": {"max_false_episodes_per_week": 1000},
          "alarm": {"on_count": 1, "on_window": 1, "off_windows": 1, "deadband": 0, "refractory_s": 0}})",
      20.0);
  return model;
}

/// Knocks in every other window: an episode is raised and cleared each time.
machine_signal knocking(double seconds) {
  machine_signal s = test::simulate_machine(seconds, 5);
  for (std::size_t i = 0; i < s.vibration_samples; ++i) {
    if (i / 256 % 2 == 1 && i % 32 == 0) s.vibration[i] += 30.0F;
  }
  return s;
}

bool is_told(alarm::event event) { return event == alarm::event::raised || event == alarm::event::cleared; }

TEST(StreamEpisodes, OnePushGivesTheFirstAndCountsTheRest) {
  const machine_signal signal = knocking(40.0);
  const sample_block all = test::vibration_block(signal, 0, signal.vibration_samples);
  std::vector<episode> told;
  stream reference = test::must(stream::create(nervous()));
  test::must(reference.push(all, [&](const window_result& w) {
    if (is_told(w.event)) told.push_back(*w.current_episode);
  }));
  ASSERT_GT(told.size(), stream::max_episodes + 20);
  EXPECT_EQ(reference.episodes_dropped(), 0u) << "the callback sees all of them";

  stream s = test::must(stream::create(nervous()));
  const auto given = test::must(s.push(all));
  ASSERT_EQ(given.size(), stream::max_episodes);
  for (std::size_t i = 0; i < given.size(); ++i) {
    EXPECT_EQ(given[i].number, told[i].number) << i;
    EXPECT_EQ(given[i].raised_at, told[i].raised_at) << i;
    EXPECT_EQ(given[i].cleared_at, told[i].cleared_at) << i;
  }
  EXPECT_EQ(s.episodes_dropped(), told.size() - stream::max_episodes);
  EXPECT_EQ(s.episodes(), reference.episodes()) << "dropped from the answer, not from the count";
  EXPECT_GT(s.episodes(), stream::max_episodes / 2);

  // The next push begins a new list; what was dropped stays counted, until a reset.
  sample_block next = test::vibration_block(signal, 0, 1);
  EXPECT_EQ(test::must(s.push(next)).size(), 0u);
  EXPECT_EQ(s.episodes_dropped(), told.size() - stream::max_episodes);
  s.reset();
  EXPECT_EQ(s.episodes_dropped(), 0u);
}

TEST(StreamEpisodes, SmallPushesDropNone) {
  const machine_signal signal = knocking(20.0);
  stream s = test::must(stream::create(nervous()));
  std::size_t given = 0;
  std::uint64_t open = 0;
  for (std::size_t at = 0; at + 1000 <= signal.vibration_samples; at += 1000) {
    for (const episode& e : test::must(s.push(test::vibration_block(signal, at, 1000)))) {
      EXPECT_EQ(e.number, e.cleared_at == 0 ? open + 1 : open) << "raised, then cleared, in the order of time";
      if (e.cleared_at == 0) open = e.number;
      ++given;
    }
  }
  EXPECT_GE(given, 2 * (s.episodes() - 1));
  EXPECT_EQ(s.episodes_dropped(), 0u);
}

/// A stream of the knocking machine that stands in an episode, and that episode.
struct alarmed {
  std::vector<std::byte> checkpoint;
  episode open;
};
alarmed in_an_episode() {
  const machine_signal signal = knocking(4.0);
  stream s = test::must(stream::create(nervous()));
  alarmed found;
  bool active = false;
  for (std::size_t window = 0; !active && window < 20; ++window) {
    test::must(s.push(test::vibration_block(signal, window * 256, 256), [&](const window_result& w) {
      active = w.alarm_active;
      if (active) found.open = *w.current_episode;
    }));
  }
  EXPECT_TRUE(active);
  found.checkpoint.resize(s.checkpoint_size());
  static_cast<void>(test::must(s.write_checkpoint(found.checkpoint)));
  return found;
}

/// Where the bytes of a value stand last: the episode comes behind the rest of the alarm's state.
template <class T>
std::size_t find_bytes(const std::vector<std::byte>& in, T value) {
  std::array<std::byte, sizeof value> wanted;
  std::memcpy(wanted.data(), &value, sizeof value);
  const auto at = std::find_end(in.begin(), in.end(), wanted.begin(), wanted.end());
  EXPECT_NE(at, in.end());
  return static_cast<std::size_t>(at - in.begin());
}

// A contributor is an index into the names of the features: a checkpoint that names one beyond them would make every reader of the
// episode read beyond its list.
TEST(StreamCheckpoint, AContributorBeyondTheFeaturesIsRefused) {
  const alarmed good = in_an_episode();
  const auto features = static_cast<std::uint32_t>(nervous().feature_names().size());
  stream s = test::must(stream::create(nervous()));
  ASSERT_TRUE(s.restore_checkpoint(good.checkpoint));
  std::size_t used = 0;
  for (const auto& c : good.open.contributors) {
    if (!(c.share > 0.0)) continue;
    ++used;
    // The record of a contributor: feature, share, deviation.
    const std::size_t at = find_bytes(good.checkpoint, c.share) - sizeof c.feature;
    std::uint32_t stored = 0;
    std::memcpy(&stored, good.checkpoint.data() + at, sizeof stored);
    ASSERT_EQ(stored, c.feature);
    for (const std::uint32_t feature : {features - 1, features, features + 7, 0x7fffffffu, 0xffffffffu}) {
      auto changed = good.checkpoint;
      std::memcpy(changed.data() + at, &feature, sizeof feature);
      test::sign(changed);
      const auto restored = s.restore_checkpoint(changed);
      EXPECT_EQ(restored.has_value(), feature < features) << feature;
    }
  }
  EXPECT_GE(used, 2u);
}

TEST(StreamCheckpoint, ImpossibleEpisodesAreRefused) {
  const alarmed good = in_an_episode();
  stream s = test::must(stream::create(nervous()));
  const auto refuses = [&](std::size_t at, const auto& value) {
    auto changed = good.checkpoint;
    std::memcpy(changed.data() + at, &value, sizeof value);
    test::sign(changed);
    return !s.restore_checkpoint(changed);
  };
  const std::size_t peak = find_bytes(good.checkpoint, good.open.peak_severity);
  EXPECT_TRUE(refuses(peak, std::numeric_limits<double>::quiet_NaN())) << "peak severity";
  EXPECT_TRUE(refuses(peak, std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(refuses(peak, good.open.peak_severity + 1.0)) << "a possible one";
  const std::size_t share = find_bytes(good.checkpoint, good.open.contributors[0].share);
  for (const double bad : {-0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) EXPECT_TRUE(refuses(share, bad)) << bad;
}

TEST(StreamCheckpoint, TheOpenEpisodeGoesOn) {
  const alarmed good = in_an_episode();
  const machine_signal signal = knocking(4.0);
  stream s = test::must(stream::create(nervous()));
  test::must(s.restore_checkpoint(good.checkpoint));
  EXPECT_EQ(s.episodes(), good.open.number);
  const std::uint64_t from = s.position()[0];
  std::vector<episode> cleared;
  test::must(s.push(test::vibration_block(signal, from, 512), [&](const window_result& w) {
    if (w.event == alarm::event::cleared) cleared.push_back(*w.current_episode);
  }));
  ASSERT_GE(cleared.size(), 1u);
  EXPECT_EQ(cleared[0].number, good.open.number);
  EXPECT_EQ(cleared[0].started_at, good.open.started_at);
  EXPECT_EQ(cleared[0].raised_at, good.open.raised_at);
  for (std::size_t i = 0; i < max_contributors; ++i) EXPECT_EQ(cleared[0].contributors[i].feature, good.open.contributors[i].feature);
}

}  // namespace
}  // namespace millwright
