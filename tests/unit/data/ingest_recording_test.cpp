#include <cmath>
#include <random>

#include "millwright/data/recording.hpp"
#include "millwright/ingest/channel_match.hpp"
#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

recorded_group make_group(std::vector<channel> channels, std::size_t n, std::uint32_t seed) {
  recorded_group g;
  auto values = std::make_shared<std::vector<float>>();
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < n * channels.size(); ++i) values->push_back(std::uniform_real_distribution<float>(-1, 1)(random));
  g.channels = std::move(channels);
  g.samples = n;
  g.data = values->data();
  g.channel_stride = static_cast<std::ptrdiff_t>(n);
  g.owner = values;
  return g;
}

std::string refusal(const result<void>& added) { return added ? "accepted" : added.error().message(); }

TEST(recording, add_refuses_groups_that_do_not_fit) {
  recording r;
  const auto a = [](double rate = 10.0) { return make_group({make_channel("a", rate)}, 10, 1); };
  EXPECT_NE(refusal(r.add(a(0.0))), "accepted");
  recorded_group g = a();
  g.channels.push_back(make_channel("b", 20.0));
  EXPECT_NE(refusal(r.add(g)).find("different rates"), std::string::npos);
  g = a();
  g.timestamps = {1, 2, 3};
  EXPECT_NE(refusal(r.add(g)).find("3 timestamps for 10 samples"), std::string::npos);
  g = a();
  g.segments = {{1, 0}};
  EXPECT_NE(refusal(r.add(g)), "accepted");
  g.segments = {{0, 0}, {5, 100}, {5, 200}};
  EXPECT_NE(refusal(r.add(g)), "accepted");
  g.segments = {{0, 0}, {10, 100}};
  EXPECT_NE(refusal(r.add(g)), "accepted");
  g.segments = {{0, 0}, {5, 100 * second}};
  EXPECT_EQ(refusal(r.add(g)), "accepted");
  EXPECT_NE(refusal(r.add(a(99.0))).find("\"a\""), std::string::npos);
  EXPECT_EQ(r.groups()[0].time_of(7), 100 * second + 200 * milli);
  EXPECT_EQ(r.duration_s(), 1.0);
}

TEST(visit_blocks, frames_do_not_depend_on_the_block_size_and_no_group_is_ever_late) {
  recording r;
  const std::vector<channel> channels = {make_channel("x", 1000.0), make_channel("t", 3.0, channel_role::slow), make_channel("m", 400.0)};
  ASSERT_TRUE(r.add(make_group({channels[1]}, 90, 1)));
  ASSERT_TRUE(r.add(make_group({make_channel("other", 1000.0), channels[0]}, 30000, 2)));
  recorded_group stamped_group = make_group({channels[2]}, 12000, 3);
  for (std::size_t i = 0; i < 12000; ++i)
    stamped_group.timestamps.push_back(static_cast<time_ns>(i) * 2500000 + static_cast<time_ns>(i % 3) * 1000);
  ASSERT_TRUE(r.add(stamped_group));
  window_policy w;
  w.length = {"1s", "128"};
  w.hop = "100ms";
  w.clock.max_lag_s = 0.001;  // whoever waits is late at once
  std::vector<std::vector<seen_frame>> all;
  for (const std::size_t size : {1u, 7u, 1000u, 1u << 30}) {
    rig test(w, channels);
    ASSERT_FALSE(test.problem);
    std::size_t largest = 0;
    const auto visited = visit_blocks(r, channels, test.model->groups(), size, [&](const sample_block& block) -> result<void> {
      largest = std::max(largest, block.samples);
      return test.windows.push_frames(block, [&](const frame_set& set) { test.frames.push_back(copy_of(set)); });
    });
    ASSERT_TRUE(visited) << visited.error().message();
    test.flush();
    EXPECT_LE(largest, size);
    EXPECT_EQ(test.windows.counters().late_groups, 0u) << size;
    EXPECT_EQ(test.windows.counters().overruns, 0u) << size;
    EXPECT_EQ(test.windows.counters().samples, 42090u);
    all.push_back(test.frames);
  }
  EXPECT_EQ(all[0].size(), 291u);
  for (const auto& frames : all) EXPECT_TRUE(frames == all[0]);
}

TEST(visit_blocks, bursts_come_as_segments_and_errors_end_the_walk) {
  recording r;
  recorded_group g = make_group({make_channel("x", 1000.0)}, 300, 1);
  g.segments = {{0, 0}, {100, 10 * second}, {200, 20 * second}};
  ASSERT_TRUE(r.add(g));
  std::vector<std::pair<std::size_t, time_ns>> blocks;
  const auto channels = g.channels;
  ASSERT_TRUE(visit_blocks(r, channels, {{0}}, 70, [&](const sample_block& b) -> result<void> {
    blocks.emplace_back(b.samples, b.start_time);
    return {};
  }));
  const std::vector<std::pair<std::size_t, time_ns>> expected = {
      {70, 0}, {30, continues_previous}, {70, 10 * second}, {30, continues_previous}, {70, 20 * second}, {30, continues_previous}};
  EXPECT_EQ(blocks, expected);
  int calls = 0;
  const auto stopped = visit_blocks(r, channels, {{0}}, 70, [&](const sample_block&) -> result<void> {
    ++calls;
    return error(errc::limit_exceeded, "test", "enough");
  });
  EXPECT_EQ(calls, 1);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, errc::limit_exceeded);
}

TEST(match_channels, errors_name_the_channel_and_the_mend) {
  const std::vector<channel> wanted = {make_channel("vib_x", 25600.0), make_channel("vib_y", 25600.0)};
  const std::vector<std::vector<std::size_t>> groups = {{0, 1}};
  const auto refuse = [&](std::vector<std::vector<channel>> inputs) {
    const auto match = match_channels(inputs, wanted, groups, {"pump.safetensors", {"vibration.csv"}});
    return match ? "accepted" : match.error().message();
  };
  EXPECT_EQ(refuse({{make_channel("vib_x", 12000.0), make_channel("vib_y", 12000.0)}}),
            "millwright: pump.safetensors was trained with channel \"vib_x\" at 25600 Hz, but the input has 12000 Hz.\n"
            "  at: ingest, channel 0 of vibration.csv\n"
            "  mend: record at 25600 Hz, or refit the pipeline for 12000 Hz");
  EXPECT_NE(refuse({{make_channel("vib_x", 25600.0), make_channel("vib_z", 25600.0)}}).find("did you mean \"vib_"), std::string::npos);
  EXPECT_NE(refuse({{wanted[0]}, {wanted[1]}}).find("two inputs"), std::string::npos);
  auto units = wanted;
  units[0].unit = "m/s2";
  auto wanted_units = wanted;
  wanted_units[0].unit = "g";
  EXPECT_NE(match_channels(std::vector<std::vector<channel>>{units}, wanted_units, groups)
                .error()
                .message()
                .find("in g, but the input is in m/s2"),
            std::string::npos);
  const auto match =
      match_channels(std::vector{std::vector{make_channel("t", 1.0)},
                                 std::vector{make_channel("vib_y", 0.0), make_channel("n", 0.0), make_channel("vib_x", 0.0)}},
                     wanted, groups);
  ASSERT_TRUE(match) << match.error().message();
  EXPECT_EQ(match->groups[0].input, 1u);
  EXPECT_EQ(match->groups[0].channels, (std::vector<std::size_t>{2, 0}));
}

TEST(block_selector, picks_channels_in_any_order) {
  std::vector<float> values;  // 4 channels interleaved
  for (int i = 0; i < 20; ++i) values.push_back(static_cast<float>(i));
  const sample_block block{3, values.data(), 4, 5, 1, 4, 77, nullptr};
  const std::vector<std::vector<std::size_t>> picks = {{2}, {0, 1, 2, 3}, {3, 1}, {0, 3, 1}, {1, 1}};
  for (const auto& pick : picks) {
    block_selector select(9, pick);
    const sample_block out = select(block);
    EXPECT_EQ(out.group, 9u);
    EXPECT_EQ(out.start_time, 77);
    ASSERT_EQ(out.channels, pick.size());
    for (std::size_t c = 0; c < pick.size(); ++c) {
      for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(out.data[static_cast<std::ptrdiff_t>(c) * out.channel_stride + static_cast<std::ptrdiff_t>(i) * out.sample_stride],
                  static_cast<float>(4 * i + pick[c]));
      }
    }
  }
}

TEST(read_group, keeps_regular_time_as_segments_and_stamps_as_timestamps) {
  reader_options o;
  o.format = "csv";
  o.rate_hz = 10;
  auto regular = open_text("a\n0\n1\n2\nbad\n4\n5\n6\n7\n", o);
  const auto r = read_group(*regular);
  ASSERT_TRUE(r) << r.error().message();
  EXPECT_EQ(r->samples, 7u);
  ASSERT_EQ(r->segments.size(), 2u);
  EXPECT_EQ(r->segments[1].first_sample, 3u);
  EXPECT_EQ(r->time_of(4), 500 * milli);
  EXPECT_EQ(r->data[3], 4.0F);
  o.rate_hz = 0;
  auto with_stamps = open_text("time,a\n5,0\n6,1\n8,2\n", o);
  const auto s = read_group(*with_stamps, 1.0);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->timestamps, (std::vector<time_ns>{5 * second, 6 * second, 8 * second}));
  EXPECT_EQ(s->channels[0].rate_hz, 1.0);
  auto mixed = open_text("{\"ts\":0,\"x\":0}\n{\"ts\":1,\"x\":1}\n{\"ts\":2,\"x\":[2,3]}\n{\"ts\":9,\"x\":5}\n", [] {
    reader_options with_rate;
    with_rate.format = "ndjson";
    with_rate.rate_hz = 10;
    return with_rate;
  }());
  const auto m = read_group(*mixed);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->timestamps, (std::vector<time_ns>{0, second, 2 * second, continues_previous, 9 * second}));
  EXPECT_EQ(m->time_of(3), 2100 * milli);
  auto again = open_text("time,a\n5,0\n6,1\n8,2\n", o);
  EXPECT_FALSE(read_group(*again, 1.0, 2));
}

}  // namespace
