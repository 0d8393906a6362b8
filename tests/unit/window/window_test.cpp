#include <cmath>
#include <limits>

#include "millwright/window/window_length.hpp"
#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

TEST(window_length, times_and_samples) {
  const auto seconds = [](std::string_view text) { return parse_window_length(text)->seconds(1000.0); };
  EXPECT_EQ(seconds("100ms"), 0.1);
  EXPECT_EQ(seconds("0.1s"), 0.1);
  EXPECT_EQ(seconds("2min"), 120.0);
  EXPECT_EQ(seconds("1h"), 3600.0);
  EXPECT_EQ(seconds("250us"), 250e-6);
  EXPECT_EQ(seconds("8 ns"), 8e-9);
  EXPECT_EQ(seconds("4096"), 4.096);
  EXPECT_TRUE(parse_window_length("4096")->in_samples);
  EXPECT_EQ(parse_window_length("100ms")->samples(25600.0), 2560.0);
}

TEST(window_length, errors_quote_the_text_and_show_the_notation) {
  for (const char* text : {"", "ms", "0s", "-1s", "1.5", "10 parsecs", "1e400s", "nan", "inf", "1s2"}) {
    const auto parsed = parse_window_length(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::invalid_argument);
    EXPECT_NE(parsed.error().message().find("\"" + std::string(text) + "\""), std::string::npos) << text;
    EXPECT_NE(parsed.error().message().find("100ms"), std::string::npos) << text;
  }
}

std::string refusal(const window_policy& w, std::vector<channel> channels) {
  const rig r(w, std::move(channels));
  return r.problem ? r.problem->message() : "accepted";
}

TEST(framing, prepare_refuses_what_cannot_work) {
  window_policy w;
  w.length = {"100ms"};
  const channel a = make_channel("a", 1000.0);
  EXPECT_NE(refusal(w, {}).find("no channel"), std::string::npos);
  EXPECT_NE(refusal(w, {make_channel("a", 1000.0, channel_role::ignore)}).find("no channel"), std::string::npos);
  EXPECT_NE(refusal(w, {make_channel("a", 0.0)}).find("rate"), std::string::npos);
  EXPECT_NE(refusal(w, {make_channel("a", std::numeric_limits<double>::quiet_NaN())}).find("rate"), std::string::npos);
  EXPECT_NE(refusal(w, {a, make_channel("a", 10.0)}).find("two channels are named \"a\""), std::string::npos);
  w.length = {"0.1ms"};
  EXPECT_NE(refusal(w, {a}).find("0.1ms"), std::string::npos);
  w.length = {"100h"};
  EXPECT_NE(refusal(w, {a}).find("100h"), std::string::npos);
  w.length = {};
  EXPECT_NE(refusal(w, {a}).find("length"), std::string::npos);
  w.length = {"1s", "1000"};
  EXPECT_NE(refusal(w, {a}).find("same length"), std::string::npos);
  w.length = {"1s"};
  w.hop = "0.1ms";
  EXPECT_NE(refusal(w, {a}).find("hop"), std::string::npos);
  w.hop = "";
  EXPECT_EQ(refusal(w, {a}), "accepted");
}

TEST(framing, too_little_memory_is_noticed) {
  window_policy w;
  w.length = {"1s"};
  const std::vector<channel> channels = {make_channel("a", 1000.0)};
  const auto model = front::prepare_frames(channels, w);
  ASSERT_TRUE(model);
  alignas(64) static std::byte little[256];
  workspace memory(little);
  static_cast<void>(front::instance::create(*model, memory));
  EXPECT_TRUE(memory.exhausted());
}

TEST(framing, port_lists_windows_and_leaves_ignored_channels_out) {
  window_policy w;
  w.length = {"100ms", "1s", "64"};
  const rig r(w, {make_channel("t", 10.0, channel_role::slow), make_channel("x", 25600.0), make_channel("no", 99.0, channel_role::ignore),
                  make_channel("y", 25600.0)});
  ASSERT_FALSE(r.problem);
  ASSERT_EQ(r.model->frames().channels.size(), 3u);
  EXPECT_EQ(r.model->frames().channels[2].name, "y");
  ASSERT_EQ(r.model->frames().windows.size(), 3u);
  EXPECT_EQ(r.model->frames().windows[0].label, "");
  EXPECT_EQ(r.model->frames().windows[1].label, "1s");
  EXPECT_EQ(r.model->frames().windows[2].label, "64");
  EXPECT_EQ(r.model->frames().windows[0].lengths, (std::vector<std::size_t>{1, 2560, 2560}));
  EXPECT_EQ(r.model->frames().windows[1].lengths, (std::vector<std::size_t>{10, 25600, 25600}));
  EXPECT_EQ(r.model->frames().windows[2].lengths, (std::vector<std::size_t>{1, 64, 64}));
  EXPECT_EQ(r.model->groups(), (std::vector<std::vector<std::size_t>>{{0}, {1, 3}}));
}

TEST(framing, push_refuses_wrong_blocks_and_keeps_its_state) {
  window_policy w;
  w.length = {"4"};
  rig r(w, {make_channel("a", 10.0)});
  samples s = stamped({0, 1, 2});
  s.stamps.clear();
  const auto before = r.checkpoint();
  sample_block block = s.whole();
  block.group = 1;
  const auto ignore = [](const frame_set&) {};
  EXPECT_FALSE(r.windows.push_frames(block, ignore));
  block.group = 0;
  block.channels = 2;
  const auto refused = r.windows.push_frames(block, ignore);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("2, but its group has 1"), std::string::npos) << refused.error().message();
  block.channels = 1;
  block.data = nullptr;
  EXPECT_FALSE(r.windows.push_frames(block, ignore));
  EXPECT_EQ(r.checkpoint(), before);
  EXPECT_TRUE(r.windows.push_frames(sample_block{0, nullptr, 1, 0, 0, 1, 0, nullptr}, ignore));
}

TEST(framing, overlap_and_hops_that_are_no_whole_number_of_samples) {
  window_policy w;
  w.length = {"100", "30"};
  w.hop = "12.5ms";  // 12.5 samples
  rig r(w, {make_channel("a", 1000.0)});
  samples s;
  for (int i = 0; i < 1000; ++i) s.values.push_back(static_cast<float>(i));
  r.push(s.whole());
  ASSERT_EQ(r.frames.size(), 73u);
  for (std::size_t k = 0; k < r.frames.size(); ++k) {
    const auto last = static_cast<float>(100 + std::floor(static_cast<double>(k) * 12.5 + 0.5) - 1);
    EXPECT_EQ(r.frames[k].value(0, 99), last);
    EXPECT_EQ(r.frames[k].value(0, 0), last - 99);
    EXPECT_EQ(r.frames[k].value(1, 29), last);
    EXPECT_EQ(r.frames[k].value(1, 0), last - 29);
  }
}

TEST(framing, hop_longer_than_the_window) {
  window_policy w;
  w.length = {"10"};
  w.hop = "1000";
  rig r(w, {make_channel("a", 1000.0)});
  samples s;
  for (int i = 0; i < 5000; ++i) s.values.push_back(static_cast<float>(i));
  r.push(s.whole());
  ASSERT_EQ(r.frames.size(), 5u);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(r.frames[k].value(0, 9), static_cast<float>(k * 1000 + 9));
}

TEST(framing, planar_and_interleaved_memory_give_the_same) {
  window_policy w;
  w.length = {"16"};
  std::vector<float> planar(2 * 160), interleaved(2 * 160);
  for (std::size_t i = 0; i < 160; ++i) {
    for (std::size_t c = 0; c < 2; ++c) planar[c * 160 + i] = interleaved[i * 2 + c] = static_cast<float>(i * 3 + c);
  }
  rig one(w, {make_channel("a", 10.0), make_channel("b", 10.0)});
  rig two(w, {make_channel("a", 10.0), make_channel("b", 10.0)});
  one.push({0, planar.data(), 2, 160, 160, 1, 0, nullptr});
  two.push({0, interleaved.data(), 2, 160, 1, 2, 0, nullptr});
  EXPECT_EQ(one.frames, two.frames);
  EXPECT_EQ(one.frames.size(), 10u);
}

TEST(framing, burst_records_give_one_frame_each) {
  window_policy w;
  w.length = {"100ms"};
  rig r(w, {make_channel("h", 25600.0), make_channel("v", 25600.0)});
  for (int record = 0; record < 20; ++record) {
    samples s;
    s.channels = 2;
    for (int i = 0; i < 5120; ++i) s.values.push_back(static_cast<float>(record * 10000 + i));
    s.start = record * 10 * second;
    r.push(s.whole());
  }
  ASSERT_EQ(r.frames.size(), 20u);
  EXPECT_EQ(r.windows.counters().segments, 20u);
  EXPECT_EQ(r.windows.counters().missing_samples, 0u);
  EXPECT_EQ(r.frames[7].value(0, 0), 70000.0F);
  EXPECT_TRUE(r.frames[7].enough_valid);
}

// ---------------------------------------------------------------------------------------------------------------------------
// Several rates

/// What the documentation says, as plainly as it can be computed from regular groups that start at their own times.
struct reference_group {
  double rate_hz;
  time_ns start;
  std::vector<float> values;
  [[nodiscard]] time_ns time(std::size_t i) const { return start + std::llround(static_cast<double>(i) * 1e9 / rate_hz); }
};

TEST(framing, rates_align_by_end_time_as_a_brute_force_reference_says) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    const double slow_rate = std::array{1.0, 7.0, 10.0, 3.3}[static_cast<std::size_t>(round % 4)];
    std::vector<reference_group> groups = {
        {100.0, 5 * second, {}}, {slow_rate, 5 * second + std::uniform_int_distribution<time_ns>(-2, 2)(random) * 333 * milli, {}}};
    for (auto& g : groups) {
      const auto n = static_cast<std::size_t>(g.rate_hz * 30.0);
      for (std::size_t i = 0; i < n; ++i) g.values.push_back(std::uniform_real_distribution<float>(-1, 1)(random));
    }
    window_policy w;
    w.length = {"2s", "500ms"};
    w.hop = "300ms";
    w.min_valid_share = 0.0;
    rig r(w, {make_channel("fast", 100.0), make_channel("slow", slow_rate, channel_role::slow)});
    // The driver delivers a second of each in turn.
    std::vector<std::size_t> at(2, 0);
    for (time_ns until = 4 * second; until < 40 * second; until += second) {
      for (const std::size_t g : {1, 0}) {
        std::size_t n = at[g];
        while (n < groups[g].values.size() && groups[g].time(n) < until) ++n;
        if (n == at[g]) continue;
        sample_block b;
        b.group = g;
        b.data = groups[g].values.data() + at[g];
        b.channels = 1;
        b.samples = n - at[g];
        b.start_time = groups[g].time(at[g]);
        r.push(b);
        at[g] = n;
      }
    }
    r.flush();
    std::size_t k = 0;
    for (std::size_t end = 200; end <= groups[0].values.size(); end += 30, ++k) {
      ASSERT_LT(k, r.frames.size());
      const seen_frame& f = r.frames[k];
      const time_ns end_time = groups[0].time(end - 1);
      ASSERT_EQ(f.end_time, end_time);
      const std::array<double, 2> lengths = {2.0, 0.5};
      for (std::size_t window = 0; window < 2; ++window) {
        const auto fast = static_cast<std::size_t>(lengths[window] * 100.0);
        for (std::size_t i = 0; i < fast; ++i) ASSERT_EQ(f.value(window * 2, i), groups[0].values[end - fast + i]);
        const auto n = static_cast<std::size_t>(std::max(1.0, std::floor(lengths[window] * slow_rate + 0.5)));
        const std::size_t view = window * 2 + 1;
        ASSERT_EQ(f.values[view].size(), n);
        std::size_t newest = 0;  // one past the newest at or before the end
        while (newest < groups[1].values.size() && groups[1].time(newest) <= end_time) ++newest;
        const auto limit = static_cast<time_ns>(lengths[window] * 1e9 + 2.0 * 1e9 / slow_rate + 0.5);
        const bool late = newest == groups[1].values.size() && groups[1].time(newest) <= end_time;
        for (std::size_t i = 0; i < n; ++i) {
          const bool exists = !late && newest + i >= n && end_time - groups[1].time(newest + i - n) <= limit;
          ASSERT_EQ(f.marks[view][i] == 0, exists) << "round " << round << " frame " << k << " slot " << i;
          if (exists) {
            ASSERT_EQ(f.value(view, i), groups[1].values[newest + i - n]);
          } else {
            ASSERT_TRUE(std::isnan(f.value(view, i)));
          }
        }
      }
    }
    EXPECT_EQ(k, r.frames.size());
  }
}

struct two_rates {
  rig r;
  samples fast, slow;
  static window_policy settings() {
    window_policy w;
    w.length = {"1s"};
    return w;
  }
  two_rates() : r(settings(), {make_channel("fast", 100.0), make_channel("slow", 1.0, channel_role::context)}) {
    slow.group = 1;
    for (int i = 0; i < 2000; ++i) fast.values.push_back(static_cast<float>(i));
    for (int i = 0; i < 20; ++i) slow.values.push_back(static_cast<float>(i));
    fast.start = slow.start = 0;
  }
};

TEST(framing, a_frame_waits_until_slower_groups_have_delivered) {
  two_rates t;
  t.r.push(t.fast.cut(0, 100));
  EXPECT_TRUE(t.r.frames.empty());
  t.r.push(t.slow.cut(0, 1));  // the next one is due at 1 s, the frame ends at 0.99 s
  ASSERT_EQ(t.r.frames.size(), 1u);
  EXPECT_EQ(t.r.frames[0].value(1, 0), 0.0F);
  t.r.push(t.fast.cut(100, 100));
  EXPECT_EQ(t.r.frames.size(), 1u);
  t.r.push(t.slow.cut(1, 1));
  ASSERT_EQ(t.r.frames.size(), 2u);
  EXPECT_EQ(t.r.frames[1].value(1, 0), 1.0F);
  EXPECT_TRUE(t.r.frames[1].enough_valid);
}

TEST(framing, a_group_that_stays_out_is_masked_after_max_lag) {
  two_rates t;
  t.r.push(t.slow.cut(0, 1));
  t.r.push(t.fast.cut(0, 399));
  EXPECT_EQ(t.r.frames.size(), 1u);  // the second frame ends with slot 200 and may wait for two windows
  t.r.push(t.fast.cut(399, 1));
  ASSERT_EQ(t.r.frames.size(), 2u);
  EXPECT_TRUE(has(t.r.frames[1].quality, quality::late_group));
  EXPECT_FALSE(t.r.frames[1].enough_valid);
  EXPECT_TRUE(std::isnan(t.r.frames[1].value(1, 0)));
  EXPECT_EQ(t.r.frames[1].valid[0], 100u);
  EXPECT_EQ(t.r.windows.counters().late_groups, 1u);
}

TEST(framing, a_group_that_never_comes_is_masked_too) {
  two_rates t;
  t.r.push(t.fast.whole());
  EXPECT_EQ(t.r.frames.size(), 18u);
  t.r.flush();
  EXPECT_EQ(t.r.frames.size(), 20u);
  for (const auto& f : t.r.frames) EXPECT_TRUE(has(f.quality, quality::late_group));
}

TEST(framing, a_new_segment_gives_waiting_frames_first) {
  two_rates t;
  t.r.push(t.slow.cut(0, 1));
  t.r.push(t.fast.cut(0, 250));
  EXPECT_EQ(t.r.frames.size(), 1u);
  sample_block jump = t.fast.cut(250, 150);
  jump.start_time = 1000 * second;
  t.r.push(jump);
  ASSERT_EQ(t.r.frames.size(), 2u);
  EXPECT_EQ(t.r.frames[1].end_time, 1990 * milli);
  EXPECT_TRUE(has(t.r.frames[1].quality, quality::late_group));
  EXPECT_EQ(t.r.frames[1].value(0, 99), 199.0F);
}

TEST(framing, a_slow_group_too_far_ahead_loses_its_oldest_samples_and_counts_them) {
  two_rates t;
  samples ahead;
  ahead.group = 1;
  ahead.start = 0;
  for (int i = 0; i < 1000; ++i) ahead.values.push_back(static_cast<float>(i));
  t.r.push(ahead.whole());
  EXPECT_GT(t.r.windows.counters().overruns, 0u);
  t.r.push(t.fast.cut(0, 100));
  ASSERT_EQ(t.r.frames.size(), 1u);
  EXPECT_TRUE(std::isnan(t.r.frames[0].value(1, 0)));
  EXPECT_FALSE(has(t.r.frames[0].quality, quality::late_group));
  EXPECT_TRUE(has(t.r.frames[0].quality, quality::missing));
}

TEST(framing, stale_context_is_masked) {
  window_policy w;
  w.length = {"1s"};
  rig r(w, {make_channel("fast", 100.0), make_channel("slow", 1.0, channel_role::context)});
  samples fast, slow;
  for (int i = 0; i < 1000; ++i) fast.values.push_back(1.0F + static_cast<float>(i));
  fast.start = 0;
  slow = stamped({0, second, 20 * second}, 1);  // a gap too long to fill: nothing between 1 s and 20 s
  r.push(slow.whole());
  r.push(fast.whole());
  ASSERT_EQ(r.frames.size(), 10u);
  for (std::size_t k = 0; k < 10; ++k) EXPECT_EQ(r.frames[k].enough_valid, k < 4) << k;  // frame k ends at k + 0.99 s; 3 s old is too old
  EXPECT_EQ(r.windows.counters().late_groups, 0u);
}

TEST(framing, min_valid_share_decides_what_is_enough) {
  for (const double share : {0.0, 0.8, 0.81, 1.0}) {
    window_policy w;
    w.length = {"10"};
    w.min_valid_share = share;
    rig r(w, {make_channel("a", 10.0)});
    samples s;
    for (int i = 0; i < 10; ++i) s.values.push_back(i < 2 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(i));
    r.push(s.whole());
    EXPECT_EQ(r.frames.at(0).enough_valid, share <= 0.8) << share;
  }
}

}  // namespace
