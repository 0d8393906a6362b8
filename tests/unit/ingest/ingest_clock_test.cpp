// Every policy of the stream clock, seen through the frames and counters that it leads to.
#include <cmath>
#include <limits>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

constexpr time_ns jan_2038 = 2147483648LL * second;  // where 32-bit clocks end

/// 10 Hz, windows of 5 samples, every sample a frame: the tail of the stream is always in sight.
rig clock_rig(clock_policy policy = {}) {
  window_policy w;
  w.length = {"5"};
  w.hop = "1";
  w.min_valid_share = 0.0;
  w.clock = policy;
  return rig(w, {make_channel("a", 10.0, channel_role::process)});
}

std::vector<time_ns> regular(std::size_t count, time_ns from = 0, time_ns step = 100 * milli) {
  std::vector<time_ns> stamps;
  for (std::size_t i = 0; i < count; ++i) stamps.push_back(from + static_cast<time_ns>(i) * step);
  return stamps;
}

const float nan = std::numeric_limits<float>::quiet_NaN();

/// Values of the last frame, NaN as -1.
std::vector<float> tail(const rig& r) {
  std::vector<float> out;
  for (std::size_t i = 0; i < r.frames.back().values[0].size(); ++i) {
    const float v = r.frames.back().value(0, i);
    out.push_back(std::isnan(v) ? -1.0F : v);
  }
  return out;
}

TEST(stream_clock, regular_stamps_pass_and_frames_carry_the_stamp_of_their_last_sample) {
  rig r = clock_rig();
  r.push(stamped(regular(8, 1000 * second)).whole());
  ASSERT_EQ(r.frames.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(r.frames[i].end_time, 1000 * second + static_cast<time_ns>(4 + i) * 100 * milli);
  EXPECT_EQ(tail(r), (std::vector<float>{3, 4, 5, 6, 7}));
  const clock_counters& c = r.windows.counters();
  EXPECT_EQ(c.samples, 8u);
  EXPECT_EQ(c.segments, 1u);
  for (const auto& [name, member] : clock_counters::list()) {
    EXPECT_EQ(c.*member, name == "samples" ? 8u : name == "segments" ? 1u : 0u) << name;
  }
}

TEST(stream_clock, duplicates_are_dropped_and_the_first_value_stays) {
  rig r = clock_rig();
  r.push(stamped({0, 100 * milli, 200 * milli, 200 * milli, 300 * milli, 400 * milli}).whole());
  ASSERT_EQ(r.frames.size(), 1u);
  EXPECT_EQ(tail(r), (std::vector<float>{0, 1, 2, 4, 5}));
  EXPECT_EQ(r.windows.counters().duplicates, 1u);
  EXPECT_EQ(r.windows.counters().samples, 6u);
  EXPECT_EQ(r.windows.counters().missing_samples, 0u);
}

TEST(stream_clock, a_block_sent_twice_is_dropped_once) {
  rig r = clock_rig();
  samples s = stamped(regular(10));
  s.stamps.clear();
  s.start = 0;
  r.push(s.whole());
  r.push(s.whole());
  EXPECT_EQ(r.frames.size(), 6u);
  EXPECT_EQ(r.windows.counters().late, 9u);
  EXPECT_EQ(r.windows.counters().duplicates, 1u);
  sample_block next = s.cut(0, 3);
  next.start_time = continues_previous;  // goes on after the last of the repeated block
  r.push(next);
  EXPECT_EQ(r.frames.size(), 9u);
  EXPECT_EQ(r.frames.back().end_time, 1200 * milli);
}

TEST(stream_clock, late_samples_are_dropped) {
  rig r = clock_rig();
  r.push(stamped({0, 100 * milli, 200 * milli, 300 * milli, 150 * milli, 400 * milli}).whole());
  EXPECT_EQ(tail(r), (std::vector<float>{0, 1, 2, 3, 5}));
  EXPECT_EQ(r.windows.counters().late, 1u);
  EXPECT_EQ(r.windows.counters().clock_steps, 0u);
}

TEST(stream_clock, a_clock_set_back_starts_a_segment) {
  rig r = clock_rig();
  auto stamps = regular(6, 100 * second);
  const auto again = regular(6, 98 * second);
  stamps.insert(stamps.end(), again.begin(), again.end());
  r.push(stamped(stamps).whole());
  EXPECT_EQ(r.windows.counters().clock_steps, 1u);
  EXPECT_EQ(r.windows.counters().segments, 2u);
  ASSERT_EQ(r.frames.size(), 4u);  // 2 in each segment: none holds samples of both
  EXPECT_EQ(r.frames[2].end_time, 98 * second + 400 * milli);
  EXPECT_EQ(tail(r), (std::vector<float>{7, 8, 9, 10, 11}));
}

TEST(stream_clock, the_border_of_late_and_set_back_is_the_tolerance) {
  clock_policy policy;
  policy.late_tolerance_s = 2.0;
  rig r = clock_rig(policy);
  r.push(stamped({10 * second, 8 * second}).whole());
  EXPECT_EQ(r.windows.counters().late, 1u);
  EXPECT_EQ(r.windows.counters().clock_steps, 0u);
  r.push(stamped({8 * second - 1}).whole());
  EXPECT_EQ(r.windows.counters().clock_steps, 1u);
}

TEST(stream_clock, short_gaps_are_masked_never_interpolated) {
  clock_policy policy;
  policy.max_gap_s = 1.0;
  rig r = clock_rig(policy);
  r.push(stamped({0, 100 * milli, 200 * milli, 500 * milli, 600 * milli}).whole());
  EXPECT_EQ(r.windows.counters().gaps, 1u);
  EXPECT_EQ(r.windows.counters().missing_samples, 2u);
  EXPECT_EQ(r.windows.counters().segments, 1u);
  ASSERT_EQ(r.frames.size(), 3u);
  EXPECT_EQ(tail(r), (std::vector<float>{2, -1, -1, 3, 4}));
  const auto missing = static_cast<std::uint8_t>(bits(quality::missing));
  EXPECT_EQ(r.frames.back().marks[0], (std::vector<std::uint8_t>{0, missing, missing, 0, 0}));
  EXPECT_EQ(r.frames.back().valid[0], 3u);
  EXPECT_TRUE(has(r.frames.back().quality, quality::missing));
  EXPECT_EQ(r.frames[0].end_time, 400 * milli);  // a frame may end in the gap: then its slot's time counts
}

TEST(stream_clock, gaps_above_the_limit_start_a_segment_in_constant_time) {
  clock_policy policy;
  policy.max_gap_s = 1.0;
  rig r = clock_rig(policy);
  r.push(stamped({0, 1100 * milli}).whole());  // the next slot was due at 0.1 s: a gap of exactly 1 s
  EXPECT_EQ(r.windows.counters().segments, 1u);
  EXPECT_EQ(r.windows.counters().missing_samples, 10u);
  r.push(stamped({2300 * milli}).whole());
  EXPECT_EQ(r.windows.counters().segments, 2u);
  EXPECT_EQ(r.windows.counters().missing_samples, 10u);
  r.push(stamped({4'000'000'000 * second}).whole());  // more than a century of slots; filling them would take for ever
  EXPECT_EQ(r.windows.counters().segments, 3u);
  EXPECT_EQ(r.windows.counters().gaps, 3u);
}

TEST(stream_clock, epochs_1970_and_2038_and_before_are_ordinary_times) {
  for (const time_ns start : {time_ns{0}, -10 * second, jan_2038 - 200 * milli, 1000 * milli}) {
    rig r = clock_rig();
    r.push(stamped(regular(7, start)).whole());
    ASSERT_EQ(r.frames.size(), 3u);
    EXPECT_EQ(r.frames.back().end_time, start + 600 * milli);
    EXPECT_EQ(r.windows.counters().segments, 1u);
  }
}

TEST(stream_clock, a_device_that_boots_in_1970_and_then_learns_the_time_starts_a_segment) {
  rig r = clock_rig();
  auto stamps = regular(5, 0);
  const auto later = regular(5, 1'700'000'000 * second);
  stamps.insert(stamps.end(), later.begin(), later.end());
  r.push(stamped(stamps).whole());
  EXPECT_EQ(r.frames.size(), 2u);
  EXPECT_EQ(r.windows.counters().segments, 2u);
}

TEST(stream_clock, impossible_stamps_are_dropped) {
  rig r = clock_rig();
  r.push(stamped({0, INT64_MAX, 100 * milli, INT64_MIN + 1, time_ns{1} << 62, 200 * milli}).whole());
  EXPECT_EQ(r.windows.counters().bad_stamps, 3u);
  EXPECT_EQ(r.windows.counters().segments, 1u);
  sample_block block = stamped({0, 0, 0}).whole();
  block.timestamps = nullptr;
  block.start_time = INT64_MAX;  // the block's stamp is no stamp, so none of its samples has one
  r.push(block);
  EXPECT_EQ(r.windows.counters().bad_stamps, 6u);
}

TEST(stream_clock, jitter_within_the_tolerance_takes_one_slot_each) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> shift(-0.45, 0.45);
  std::vector<time_ns> stamps;
  for (int i = 0; i < 5000; ++i) stamps.push_back(static_cast<time_ns>((i + (i == 0 ? 0.0 : shift(random))) * 1e8));
  rig r = clock_rig();
  r.push(stamped(stamps).whole());
  // The grid follows deviations by an eighth, so a wild jitter may cost a slot now and then, but time and count keep together.
  const auto& c = r.windows.counters();
  EXPECT_EQ(c.duplicates + c.late + c.clock_steps, 0u);
  EXPECT_EQ(c.segments, 1u);
  EXPECT_LT(c.missing_samples, 100u);
  clock_policy wide;
  wide.jitter_tolerance = 0.75;
  rig tolerant = clock_rig(wide);
  tolerant.push(stamped(stamps).whole());
  EXPECT_EQ(tolerant.windows.counters().missing_samples, 0u);
}

TEST(stream_clock, samples_delivered_in_pairs_lose_nothing) {
  std::vector<time_ns> stamps;  // two samples each 200 ms, stamped on arrival
  for (int i = 0; i < 200; ++i) {
    stamps.push_back(i * 200 * milli);
    stamps.push_back(i * 200 * milli + 5 * milli);
  }
  clock_policy wide;
  wide.jitter_tolerance = 0.6;
  rig r = clock_rig(wide);
  r.push(stamped(stamps).whole());
  EXPECT_EQ(r.windows.counters().missing_samples, 0u);
  EXPECT_EQ(r.frames.size(), 400u - 4u);
}

TEST(stream_clock, drift_between_stamps_and_nominal_rate_is_followed) {
  for (const double rate : {10.5, 10.01, 9.99, 9.5}) {  // nominal: 10 Hz
    std::vector<time_ns> stamps;
    for (int i = 0; i < 20000; ++i) stamps.push_back(static_cast<time_ns>(i * 1e9 / rate));
    rig r = clock_rig();
    r.push(stamped(stamps).whole());
    EXPECT_EQ(r.windows.counters().missing_samples, 0u) << rate;
    EXPECT_EQ(r.windows.counters().segments, 1u) << rate;
    EXPECT_EQ(r.frames.size(), 20000u - 4u) << rate;
    EXPECT_EQ(r.frames.back().end_time, stamps.back()) << rate;
  }
}

TEST(stream_clock, a_rate_far_from_nominal_shows_as_missing_samples) {
  rig r = clock_rig();
  r.push(stamped(regular(100, 0, 200 * milli)).whole());  // 5 Hz on a grid of 10
  EXPECT_EQ(r.windows.counters().missing_samples, 99u);
}

TEST(stream_clock, no_drift_in_slot_times_of_a_regular_stream) {
  window_policy w;
  w.length = {"1000"};
  rig r(w, {make_channel("a", 48828.0)});
  std::vector<float> values(48828 * 20);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1009);
  sample_block b;
  b.data = values.data();
  b.channels = 1;
  b.samples = values.size();
  b.start_time = 5;
  r.push(b);
  ASSERT_FALSE(r.frames.empty());
  for (std::size_t k = 0; k < r.frames.size(); ++k) {
    EXPECT_EQ(r.frames[k].end_time, 5 + static_cast<time_ns>(std::llround(static_cast<double>(k * 1000 + 999) * 1e9 / 48828.0)));
  }
}

TEST(stream_clock, blocks_without_stamps_start_at_zero_and_follow) {
  rig r = clock_rig();
  samples s = stamped(regular(12));
  s.stamps.clear();
  r.push(s.cut(0, 5));
  r.push(s.cut(5, 7));
  ASSERT_EQ(r.frames.size(), 8u);
  EXPECT_EQ(r.frames[0].end_time, 400 * milli);
  EXPECT_EQ(r.frames.back().end_time, 1100 * milli);
}

TEST(sample_quality, not_finite_values_are_masked_and_stored_as_nan) {
  rig r = clock_rig();
  samples s = stamped(regular(5));
  s.values = {1, nan, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 5};
  r.push(s.whole());
  const auto bad = static_cast<std::uint8_t>(bits(quality::not_finite));
  EXPECT_EQ(r.frames[0].marks[0], (std::vector<std::uint8_t>{0, bad, bad, bad, 0}));
  EXPECT_EQ(tail(r), (std::vector<float>{1, -1, -1, -1, 5}));
  EXPECT_EQ(r.windows.counters().not_finite, 3u);
  EXPECT_EQ(r.frames[0].valid[0], 2u);
}

TEST(sample_quality, a_nan_storm_ends_with_its_last_sample) {
  window_policy w;
  w.length = {"64"};
  rig r(w, {make_channel("a", 1000.0)});
  samples s;
  for (int i = 0; i < 640; ++i) s.values.push_back(i >= 100 && i < 400 ? nan : static_cast<float>(i));
  r.push(s.whole());
  ASSERT_EQ(r.frames.size(), 10u);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_EQ(r.frames[k].enough_valid, k < 1 || k >= 7) << k;  // 100 lies in frame 1, 399 in frame 6
  EXPECT_EQ(r.windows.counters().not_finite, 300u);
}

TEST(sample_quality, stuck_from_the_limit_on_causally) {
  for (const std::int64_t limit : {3, 32, 33, 64, 100}) {
    window_policy w;
    w.length = {"512"};
    w.clock.stuck_after_vibration = limit;
    rig r(w, {make_channel("a", 1000.0), make_channel("b", 1000.0, channel_role::process)});
    samples s;
    s.channels = 2;
    for (int i = 0; i < 512; ++i) {
      const float v = i >= 100 && i < 300 ? 7.0F : static_cast<float>(i);
      s.values.insert(s.values.end(), {v, v});
    }
    r.push(s.whole());
    ASSERT_EQ(r.frames.size(), 1u);
    for (int i = 0; i < 512; ++i) {
      const bool stuck = i >= 100 + limit - 1 && i < 300;
      EXPECT_EQ(r.frames[0].marks[0][static_cast<std::size_t>(i)] != 0, stuck) << limit << " at " << i;
      EXPECT_EQ(r.frames[0].marks[1][static_cast<std::size_t>(i)], 0) << "process channels are not checked by default";
    }
    EXPECT_EQ(r.windows.counters().stuck, static_cast<std::uint64_t>(200 - limit + 1));
  }
}

TEST(sample_quality, a_run_just_as_long_as_the_limit_is_found_wherever_it_lies) {
  for (const std::int64_t limit : {31, 32, 33, 64, 65}) {
    for (int start = 90; start < 135; ++start) {
      window_policy w;
      w.length = {"512"};
      w.clock.stuck_after_vibration = limit;
      rig r(w, {make_channel("a", 1000.0)});
      samples s;
      for (int i = 0; i < 512; ++i) s.values.push_back(i >= start && i < start + limit ? 0.5F : static_cast<float>(i));
      r.push(s.whole());
      ASSERT_EQ(r.windows.counters().stuck, 1u) << limit << " from " << start;
      EXPECT_NE(r.frames[0].marks[0][static_cast<std::size_t>(start + limit - 1)], 0);
    }
  }
}

TEST(sample_quality, clipped_samples_are_marked_and_stay_valid) {
  window_policy w;
  w.length = {"5"};
  channel c = make_channel("a", 10.0);
  c.range_low = -0.7;  // not a float: the border must be found all the same
  c.range_high = 50.0;
  rig r(w, {c});
  samples s;
  s.values = {0, 50, -0.7F, 49.99F, 80};
  r.push(s.whole());
  const auto clip = static_cast<std::uint8_t>(bits(quality::clipped));
  EXPECT_EQ(r.frames[0].marks[0], (std::vector<std::uint8_t>{0, clip, clip, 0, clip}));
  EXPECT_EQ(r.frames[0].valid[0], 5u);
  EXPECT_TRUE(r.frames[0].enough_valid);
  EXPECT_EQ(r.windows.counters().clipped, 3u);
}

TEST(clock_policy, parameters_are_checked) {
  window_policy w;
  w.length = {"5"};
  w.clock.jitter_tolerance = 0.0;
  const rig r(w, {make_channel("a", 10.0)});
  ASSERT_TRUE(r.problem);
  EXPECT_NE(r.problem->message().find("jitter_tolerance"), std::string::npos);
}

}  // namespace
