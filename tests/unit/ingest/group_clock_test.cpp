// The clock of one channel group, sample by sample, at its borders.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <utility>

#include "millwright/ingest/stream_clock.hpp"

namespace millwright {
namespace {

using action = group_clock::action;
constexpr time_ns period = 1'000'000;  // 1000 Hz
constexpr time_ns micro = 1'000;

/// A clock at 1000 Hz that is told what its judge decided, as its owner does.
class paced {
 public:
  explicit paced(const clock_policy& policy = {}, double max_gap_s = 0.0) {
    clock.configure(1000.0, policy, max_gap_s);
    clock.reset();
  }
  group_clock::verdict feed(time_ns stamp) {
    const auto v = clock.judge(stamp, counters);
    if (v.what == action::drop) return v;
    if (v.what == action::new_segment) clock.start_segment(v.stamp);
    clock.skip(v.missing);
    clock.accept(v.stamp);
    return v;
  }
  group_clock clock;
  clock_counters counters;
};

TEST(ClockPolicy, EveryRoleHasItsOwnLimitOfStuckValues) {
  clock_policy policy;
  policy.stuck_after_vibration = 11;
  policy.stuck_after_process = 22;
  policy.stuck_after_slow = 33;
  policy.stuck_after_context = 44;
  const std::array<std::pair<channel_role, std::uint32_t>, 6> limits = {{{channel_role::vibration, 11},
                                                                         {channel_role::process, 22},
                                                                         {channel_role::slow, 33},
                                                                         {channel_role::context, 44},
                                                                         {channel_role::state, 0},
                                                                         {channel_role::ignore, 0}}};
  for (const auto& [role, limit] : limits) EXPECT_EQ(policy.stuck_limit(role), limit) << to_string(role);
}

// Two packets may overtake one another whatever the tolerance says.
TEST(GroupClock, ASampleUpToTwoPeriodsBehindIsAlwaysLate) {
  clock_policy strict;
  strict.late_tolerance_s = 0.0;
  for (const auto& [behind, step] : {std::pair<time_ns, bool>{period / 2, false}, {2 * period, false}, {2 * period + micro, true}}) {
    paced p(strict);
    for (int i = 0; i < 10; ++i) p.feed(i * period);
    const auto v = p.feed(9 * period - behind);
    EXPECT_EQ(v.what, step ? action::new_segment : action::drop) << behind;
    EXPECT_EQ(p.counters.late, step ? 0u : 1u) << behind;
    EXPECT_EQ(p.counters.clock_steps, step ? 1u : 0u) << behind;
  }
}

TEST(GroupClock, AGapOfUpToFourPeriodsIsAlwaysFilled) {
  for (const auto& [gap, missing] : {std::pair<time_ns, std::uint64_t>{4 * period, 4}, {4 * period + micro, 0}}) {
    paced p;
    p.feed(0);
    const auto v = p.feed(period + gap);
    EXPECT_EQ(v.what, missing > 0 ? action::place : action::new_segment) << gap;
    EXPECT_EQ(v.missing, missing) << gap;
    EXPECT_EQ(p.counters.gaps, 1u);
    EXPECT_EQ(p.counters.missing_samples, missing);
    EXPECT_EQ(p.clock.expected(), 2 * period + gap) << "the grid goes on from the sample";
  }
}

// So many slots are missing that the sample is back within the tolerance of its own.
TEST(GroupClock, MissingSlotsAreRoundedUp) {
  for (const auto& [off, missing] : {std::pair<time_ns, std::uint64_t>{period / 2, 0},
                                     {period / 2 + micro, 1},
                                     {3 * period / 2, 1},
                                     {3 * period / 2 + micro, 2},
                                     {7 * period, 7}}) {
    paced p({}, 1.0);
    p.feed(0);
    EXPECT_EQ(p.feed(period + off).missing, missing) << off;
  }
}

TEST(GroupClock, AStampWithinASixtyFourthOfAPeriodIsADuplicate) {
  for (const auto& [apart, duplicate] : {std::pair<time_ns, bool>{0, true}, {15 * micro, true}, {-15 * micro, true}, {17 * micro, false}}) {
    paced p;
    for (int i = 0; i < 5; ++i) p.feed(i * period);
    EXPECT_EQ(p.feed(4 * period + apart).what, duplicate ? action::drop : action::place) << apart;
    EXPECT_EQ(p.counters.duplicates, duplicate ? 1u : 0u) << apart;
    EXPECT_EQ(p.counters.late, 0u) << apart;
  }
}

TEST(GroupClock, SmallDeviationsLeaveTheGridAndLargerOnesMoveItByAnEighth) {
  for (const time_ns off : {62 * micro, -62 * micro}) {
    paced p;
    p.feed(0);
    p.feed(period + off);
    EXPECT_EQ(p.clock.expected(), 2 * period) << off;
  }
  for (const time_ns off : {64 * micro, 400 * micro, -400 * micro, -800 * micro}) {
    paced p;
    p.feed(0);
    p.feed(period + off);
    EXPECT_EQ(p.clock.expected(), 2 * period + off / 8) << off;
  }
}

TEST(GroupClock, ASampleMoreThanAPeriodEarlyTakesTheGridAlong) {
  paced p;
  p.feed(0);
  p.feed(20 * micro);
  EXPECT_EQ(p.clock.expected(), 2 * period - 980 * micro / 8);
  EXPECT_EQ(p.feed(40 * micro).what, action::place);
  EXPECT_EQ(p.clock.expected(), 40 * micro + period);
}

// A block without a stamp that follows a dropped sample lies where the dropped one did, not where the grid goes on.
TEST(GroupClock, SamplesAfterADroppedOneFollowIt) {
  paced p;
  for (int i = 0; i < 10; ++i) p.feed(i * period);
  EXPECT_TRUE(p.clock.in_step());
  EXPECT_EQ(p.feed(5 * period).what, action::drop);
  EXPECT_FALSE(p.clock.in_step());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(p.feed(continues_previous).what, action::drop) << "sample " << 6 + i << " once more";
  EXPECT_EQ(p.feed(continues_previous).what, action::drop) << "the last one again";
  const auto v = p.feed(continues_previous);
  EXPECT_EQ(v.what, action::place);
  EXPECT_EQ(v.stamp, 10 * period);
  EXPECT_EQ(p.counters.samples, 16u);
  EXPECT_EQ(p.counters.late + p.counters.duplicates, 5u);
}

}  // namespace
}  // namespace millwright
