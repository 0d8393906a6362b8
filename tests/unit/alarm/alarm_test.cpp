#include "millwright/alarm/alarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr time_ns second = 1'000'000'000;
using event = alarm::event;

/// An alarm that gets one window a second.
class driven {
 public:
  explicit driven(alarm settings) : machine(settings), memory_(0) {
    workspace measure;
    test::must(machine.prepare(measure));
    memory_ = test::arena(measure.bytes_used());
    workspace carve = memory_.take();
    test::must(machine.prepare(carve));
    machine.reset();
  }
  event feed(double severity, bool scored = true) { return machine.update(++now * second, severity, scored, 2); }
  std::vector<event> feed(const std::vector<double>& severities) {
    std::vector<event> events;
    for (double s : severities) events.push_back(feed(s));
    return events;
  }
  /// All three parts of the state.
  template <class Archive>
  void persist(Archive& archive) {
    machine.persist_episode(archive);
    machine.persist_delays(archive);
    machine.persist_contributors(archive);
  }
  [[nodiscard]] std::vector<std::byte> save() {
    state_writer count;
    persist(count);
    std::vector<std::byte> bytes(count.bytes());
    state_writer writer(bytes);
    persist(writer);
    EXPECT_TRUE(writer.ok());
    return bytes;
  }
  bool load(const std::vector<std::byte>& bytes) {
    state_reader reader(bytes);
    persist(reader);
    return reader.ok() && reader.bytes_left() == 0 && machine.state_is_valid();
  }

  alarm machine;
  time_ns now = 0;

 private:
  test::arena memory_;
};

alarm settings() {
  alarm a;
  a.threshold = 4.0;
  a.on_count = 2;
  a.on_window = 3;
  a.off_windows = 2;
  a.deadband = 1.0;
  a.refractory_s = 0.0;
  return a;
}

TEST(alarm, raises_when_k_of_the_last_n_windows_reach_the_threshold) {
  driven d(settings());
  EXPECT_EQ(d.feed({5.0, 0.0, 0.0, 5.0, 0.0, 4.0}),
            (std::vector<event>{event::none, event::none, event::none, event::none, event::none, event::raised}));
  EXPECT_TRUE(d.machine.active());
  EXPECT_EQ(d.machine.current().number, 1U);
  EXPECT_EQ(d.machine.current().started_at, 4 * second);
  EXPECT_EQ(d.machine.current().raised_at, 6 * second);
  EXPECT_EQ(d.machine.current().cleared_at, 0);
  EXPECT_EQ(d.machine.current().regime, 2);
  EXPECT_EQ(d.machine.current().peak_severity, 4.0);
}

TEST(alarm, stays_within_the_deadband_and_clears_after_the_off_delay) {
  driven d(settings());
  d.feed({5.0, 5.0});
  ASSERT_TRUE(d.machine.active());
  EXPECT_EQ(d.feed({3.5, 3.0, 2.9, 3.1, 2.0}), std::vector<event>(5, event::none))
      << "3.0 is in the deadband, 3.1 starts the off-delay again";
  EXPECT_EQ(d.feed(2.9), event::cleared);
  EXPECT_FALSE(d.machine.active());
  EXPECT_EQ(d.machine.current().cleared_at, 8 * second);
  EXPECT_EQ(d.feed(5.0), event::none) << "hits before the clearance are forgotten";
  EXPECT_EQ(d.feed(5.0), event::raised);
  EXPECT_EQ(d.machine.current().number, 2U);
  EXPECT_EQ(d.machine.current().started_at, 9 * second);
}

TEST(alarm, waits_for_the_refractory_time) {
  alarm a = settings();
  a.refractory_s = 10.0;
  driven d(a);
  d.feed({5.0, 5.0, 0.0, 0.0});
  ASSERT_FALSE(d.machine.active());
  EXPECT_EQ(d.feed(std::vector<double>(9, 5.0)), std::vector<event>(9, event::none));
  EXPECT_EQ(d.feed(5.0), event::raised) << "10 s after the clearance";
  EXPECT_EQ(d.machine.current().started_at, 12 * second) << "the oldest hit that counted";
}

TEST(alarm, ignores_windows_without_a_score) {
  driven d(settings());
  EXPECT_EQ(d.feed(5.0), event::none);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(d.feed(9.0, false), event::none);
    EXPECT_EQ(d.feed(std::numeric_limits<double>::quiet_NaN()), event::none);
  }
  EXPECT_EQ(d.feed(5.0), event::raised) << "the two scored windows are neighbours";
  EXPECT_EQ(d.feed(0.0), event::none);
  EXPECT_EQ(d.feed(0.0, false), event::none);
  EXPECT_EQ(d.feed(0.0), event::cleared);
}

TEST(alarm, reports_peaks_and_priority_by_decades_beyond_the_threshold) {
  driven d(settings());
  EXPECT_EQ(d.feed({4.5, 4.5}).back(), event::raised);
  EXPECT_EQ(d.machine.current().priority, alarm_priority::low);
  EXPECT_EQ(d.feed(4.5), event::none) << "not above the peak";
  EXPECT_EQ(d.feed(5.0), event::peaked);
  EXPECT_EQ(d.machine.current().priority, alarm_priority::medium);
  EXPECT_EQ(d.feed(6.0), event::peaked);
  EXPECT_EQ(d.machine.current().priority, alarm_priority::high);
  EXPECT_EQ(d.machine.current().peak_at, 5 * second);
  d.feed({4.0, 4.0});
  EXPECT_EQ(d.machine.current().priority, alarm_priority::high) << "never falls within an episode";
  EXPECT_EQ(d.machine.current().peak_severity, 6.0);
  EXPECT_EQ(d.feed(std::numeric_limits<double>::infinity()), event::peaked);
  EXPECT_TRUE(std::isfinite(d.machine.current().peak_severity));
}

// How much of an episode was trouble: the quiet windows before it clears do not count.
TEST(alarm, counts_the_windows_above_the_threshold) {
  driven d(settings());
  EXPECT_EQ(d.feed({4.5, 4.5}).back(), event::raised);
  EXPECT_EQ(d.machine.current().windows_above, 1u) << "the one that raised it";
  d.feed({4.0, 3.9, 6.0});
  EXPECT_EQ(d.machine.current().windows_above, 3u) << "at the threshold counts, below it does not";
  d.feed(9.0, false);
  EXPECT_EQ(d.machine.current().windows_above, 3u) << "a window without a score does not";
  EXPECT_EQ(d.feed({0.0, 0.0}).back(), event::cleared);
  EXPECT_EQ(d.machine.current().windows_above, 3u);

  driven restored(settings());
  ASSERT_TRUE(restored.load(d.save()));
  EXPECT_EQ(restored.machine.current().windows_above, 3u);
}

TEST(alarm, smooths_with_an_exponential_mean) {
  alarm a = settings();
  a.smoothing_windows = 3;  // weight 1/2
  a.on_count = a.on_window = 1;
  driven d(a);
  EXPECT_EQ(d.feed(0.0), event::none);
  EXPECT_EQ(d.feed(6.0), event::none) << "mean 3";
  EXPECT_EQ(d.feed(5.0), event::raised) << "mean 4";
  EXPECT_EQ(d.machine.current().peak_severity, 5.0) << "the peak is of the severity itself";
}

TEST(alarm, the_first_severity_begins_the_exponential_mean) {
  alarm a = settings();
  a.smoothing_windows = 9;  // weight 1/5
  a.on_count = a.on_window = 1;
  driven d(a);
  EXPECT_EQ(d.feed(4.5), event::raised) << "not a fifth of it";
  driven after_reset(a);
  after_reset.feed({1.0, 1.0, 1.0});
  after_reset.machine.reset();
  EXPECT_EQ(after_reset.feed(4.5), event::raised);
}

TEST(alarm, marks_episodes_of_an_extrapolated_threshold) {
  alarm a = settings();
  a.extrapolated = 1;
  driven d(a);
  d.feed({5.0, 5.0});
  EXPECT_TRUE(d.machine.current().extrapolated);
}

TEST(alarm, continues_from_restored_state_as_if_undisturbed) {
  random_stream random(3, 0);
  std::vector<double> severities;
  for (int i = 0; i < 400; ++i) severities.push_back(2.5 + 2.0 * random.normal());
  alarm a = settings();
  a.refractory_s = 5.0;
  a.smoothing_windows = 2;
  driven undisturbed(a);
  const std::vector<event> expected = undisturbed.feed(severities);
  EXPECT_GT(undisturbed.machine.current().number, 3U);

  driven before(a);
  std::vector<event> seen;
  for (std::size_t i = 0; i < severities.size(); ++i) {
    driven after(a);
    ASSERT_TRUE(after.load(before.save()));
    after.now = before.now;
    const event restored = after.feed(severities[i]);
    seen.push_back(before.feed(severities[i]));
    ASSERT_EQ(restored, seen.back());
    ASSERT_EQ(after.save(), before.save());
  }
  EXPECT_EQ(seen, expected);
}

TEST(alarm, survives_any_checkpoint_bytes) {
  driven d(settings());
  d.feed({5.0, 5.0, 7.0});
  const std::vector<std::byte> good = d.save();
  random_stream random(4, 0);
  for (int i = 0; i < 5000; ++i) {
    auto bytes = good;
    for (int k = 0; k < 3; ++k) bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    driven victim(settings());
    if (victim.load(bytes)) victim.feed({5.0, 1.0, 5.0, 5.0, 0.0, 0.0});
  }
  auto shorter = good;
  shorter.pop_back();
  EXPECT_FALSE(driven(settings()).load(shorter));
}

// A restored state may be any that the machine could be in, but none that it could not get out of.
TEST(alarm, every_accepted_state_can_be_left) {
  alarm a = settings();
  a.smoothing_windows = 9;
  std::vector<std::vector<std::byte>> states;
  for (const std::vector<double>& history :
       {std::vector<double>{1.0}, {9.0, 9.0}, {9.0, 9.0, 0.0, -20.0}, {9.0, 9.0, -90.0, -90.0, -90.0}}) {
    driven d(a);
    d.feed(history);
    states.push_back(d.save());
  }
  std::vector<std::vector<std::byte>> patches;
  for (const unsigned value : {0u, 1u, 2u, 3u, 7u, 255u}) patches.push_back({static_cast<std::byte>(value)});
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {nan, infinity, -infinity, 1e300, -1e300, 0.0}) {
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    patches.push_back(bytes);
  }
  for (const auto& good : states) {
    EXPECT_TRUE(driven(a).load(good));
    for (const auto& patch : patches) {
      for (std::size_t at = 0; at + patch.size() <= good.size(); ++at) {
        auto bytes = good;
        std::copy(patch.begin(), patch.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        driven victim(a);
        if (!victim.load(bytes)) continue;
        const episode& e = victim.machine.current();
        ASSERT_TRUE(!victim.machine.active() || e.number > 0) << "an episode that was never raised, byte " << at;
        ASSERT_TRUE(e.priority <= alarm_priority::high) << "byte " << at;
        ASSERT_TRUE(std::isfinite(e.peak_severity)) << "byte " << at;
        for (int i = 0; i < 400 && !victim.machine.active(); ++i) victim.feed(50.0);
        ASSERT_TRUE(victim.machine.active()) << "deaf, byte " << at;
        for (int i = 0; i < 400 && victim.machine.active(); ++i) victim.feed(-50.0);
        ASSERT_FALSE(victim.machine.active()) << "never quiet again, byte " << at;
      }
    }
  }
}

TEST(alarm, refuses_settings_that_make_no_sense) {
  workspace measure;
  alarm a = settings();
  a.on_count = 4;
  EXPECT_EQ(a.prepare(measure).error().code, errc::invalid_argument);
  a = settings();
  a.threshold = 0.0;
  EXPECT_EQ(a.prepare(measure).error().code, errc::not_fitted);
  a.threshold = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(a.prepare(measure).error().code, errc::not_fitted);
  a = settings();
  a.on_window = 65;
  EXPECT_EQ(a.prepare(measure).error().code, errc::invalid_argument);
}

}  // namespace
}  // namespace millwright
