#include "millwright/ingest/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

namespace millwright {
namespace {

/// A live source: samples that have arrived and are not yet taken, known by their times.
struct live {
  double rate = 1.0;
  std::deque<time_ns> at_hand;
  bool is_over = false;
  time_ns earliest = 0;  ///< time that the next sample can have when none is at hand

  [[nodiscard]] double rate_hz() const { return rate; }
  [[nodiscard]] bool has_samples() const { return !at_hand.empty(); }
  [[nodiscard]] bool ended() const { return is_over; }
  [[nodiscard]] time_ns next_time() const { return at_hand.empty() ? earliest : at_hand.front(); }
  [[nodiscard]] std::size_t count_until(time_ns limit, std::size_t most) const {
    std::size_t count = 1;
    while (count < std::min(most, at_hand.size()) && at_hand[count] <= limit) ++count;
    return count;
  }
  void arrive(time_ns time) {
    at_hand.push_back(time);
    earliest = time + 1;
  }
};

/// (time, source) of every sample in the order in which the merge gives them; ends when it says so.
using order = std::vector<std::pair<time_ns, std::size_t>>;

void take_all(std::vector<live>& sources, std::size_t most, const merge_policy& policy, order& out) {
  while (true) {
    const merge_turn turn = next_turn<live>(sources, most, policy);
    if (turn.samples == 0) return;
    EXPECT_LE(turn.samples, most);
    for (std::size_t i = 0; i < turn.samples; ++i) {
      out.emplace_back(sources[turn.source].at_hand.front(), turn.source);
      sources[turn.source].at_hand.pop_front();
    }
  }
}

TEST(Merge, TheOlderFirstThenTheSlowerThenTheLowerIndex) {
  std::vector<live> sources(3);
  sources[0] = {10.0, {0, 5, 10, 15}, true};
  sources[1] = {2.0, {5, 10}, true};
  sources[2] = {10.0, {5, 6}, true};
  order out;
  take_all(sources, 100, {}, out);
  EXPECT_EQ(out, (order{{0, 0}, {5, 1}, {5, 0}, {5, 2}, {6, 2}, {10, 1}, {10, 0}, {15, 0}}));
  EXPECT_EQ(next_turn<live>(sources, 1).source, merge_turn::none);
  EXPECT_EQ(next_turn<live>(std::span<const live>(), 1).source, merge_turn::none);
}

TEST(Merge, WaitsForASilentSourceThatMayStillGiveOlderSamples) {
  std::vector<live> sources(2);
  sources[0] = {10.0, {0, 1, 2, 3, 4}, false, 5};
  sources[1] = {10.0, {}, false, 2};
  order out;
  take_all(sources, 100, {}, out);
  EXPECT_EQ(out, (order{{0, 0}, {1, 0}, {2, 0}}));  // at 2 the lower index goes first
  const merge_turn waits = next_turn<live>(sources, 100);
  EXPECT_EQ(waits.source, 1U);
  EXPECT_EQ(waits.samples, 0U);

  sources[1].arrive(3);
  take_all(sources, 100, {}, out);
  EXPECT_EQ(out.back(), (std::pair<time_ns, std::size_t>{4, 0}));  // the next of source 1 is at 4 or later
  EXPECT_EQ(out.size(), 6U);
  sources[0].arrive(7);
  take_all(sources, 100, {}, out);
  EXPECT_EQ(out.size(), 6U);
  sources[1].is_over = true;
  take_all(sources, 100, {}, out);
  EXPECT_EQ(out.size(), 7U);
  EXPECT_EQ(next_turn<live>(sources, 100).source, 0U);  // not ended
  sources[0].is_over = true;
  EXPECT_EQ(next_turn<live>(sources, 100).source, merge_turn::none);
}

TEST(Merge, GoesOnWithoutASilentSourceIfAskedTo) {
  std::vector<live> sources(2);
  sources[0] = {10.0, {0, 1, 2}, false, 3};
  sources[1] = {1.0, {}, false, 0};
  order out;
  take_all(sources, 100, {.waits = false}, out);
  EXPECT_EQ(out, (order{{0, 0}, {1, 0}, {2, 0}}));
}

TEST(Merge, ASlowerSourceMayLeadAFasterOneNeverTheOtherWay) {
  std::vector<live> sources(2);
  sources[0] = {10.0, {}, true};
  sources[1] = {1.0, {}, true};
  for (time_ns t = 0; t < 100; ++t) sources[0].arrive(t);
  for (time_ns t = 0; t < 100; t += 10) sources[1].arrive(t);
  std::size_t turns = 0;
  while (true) {
    const merge_turn turn = next_turn<live>(sources, 100, {.lead = 25});
    if (turn.samples == 0) break;
    ++turns;
    for (std::size_t i = 0; i < turn.samples; ++i) {
      const time_ns t = sources[turn.source].at_hand.front();
      sources[turn.source].at_hand.pop_front();
      if (turn.source == 0 && sources[1].has_samples()) EXPECT_LT(t, sources[1].next_time());
      if (turn.source == 1 && sources[0].has_samples()) EXPECT_LE(t, sources[0].next_time() + 25);
    }
  }
  EXPECT_LE(turns, 8U);  // 20 without lead
}

// The order of a merge is that of a sort, whatever the blocks and whenever the samples arrive.
TEST(Merge, TheOrderDependsNeitherOnBlocksNorOnArrival) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 50; ++trial) {
    const std::size_t count = 1 + random() % 4;
    std::vector<std::vector<time_ns>> times(count);
    std::vector<double> rates(count);
    std::vector<std::tuple<time_ns, double, std::size_t, std::size_t>> all;
    for (std::size_t s = 0; s < count; ++s) {
      rates[s] = static_cast<double>(1 + random() % 3);
      time_ns t = static_cast<time_ns>(random() % 10);
      for (std::size_t i = 0; i < random() % 200; ++i) {
        times[s].push_back(t);
        all.emplace_back(t, rates[s], s, i);
        t += 1 + static_cast<time_ns>(random() % 4);
      }
    }
    std::sort(all.begin(), all.end());
    order expected;
    for (const auto& [t, rate, source, i] : all) expected.emplace_back(t, source);

    std::vector<live> sources(count);
    for (std::size_t s = 0; s < count; ++s) sources[s].rate = rates[s];
    std::vector<std::size_t> arrived(count, 0);
    order out;
    while (std::any_of(sources.begin(), sources.end(), [](const live& s) { return !s.is_over; })) {
      const std::size_t s = random() % count;
      for (std::size_t n = random() % 20; n > 0 && arrived[s] < times[s].size(); --n) sources[s].arrive(times[s][arrived[s]++]);
      sources[s].is_over = arrived[s] == times[s].size();
      take_all(sources, 1 + random() % 30, {}, out);
    }
    take_all(sources, 7, {}, out);
    ASSERT_EQ(out, expected) << trial;
  }
}

TEST(Merge, TimesAtTheEndsOfTheRangeDoNotOverflow) {
  constexpr time_ns least = std::numeric_limits<time_ns>::min(), most = std::numeric_limits<time_ns>::max();
  std::vector<live> sources(2);
  sources[0] = {10.0, {least, most}, true};
  sources[1] = {10.0, {least, most - 1, most}, true};
  order out;
  take_all(sources, 100, {.lead = most}, out);
  EXPECT_EQ(out, (order{{least, 0}, {least, 1}, {most - 1, 1}, {most, 0}, {most, 1}}));
}

}  // namespace
}  // namespace millwright
