#include <cmath>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

reader_options ndjson(double rate_hz = 0.0) {
  reader_options o;
  o.format = "ndjson";
  o.rate_hz = rate_hz;
  return o;
}

TEST(ndjson_reader, one_object_a_sample) {
  auto reader = open_text(R"({"time": 1.5, "b": 2, "a": 1}
{"time": "1970-01-01T00:00:02Z", "a": 3, "b": null}
{"a": 5, "time": 3, "b": true, "note": "other"})",
                          ndjson());
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->channels().size(), 2u);
  EXPECT_EQ(reader->channels()[0].name, "a");
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{1, 5}));  // the second line changes the form of time, which is fixed by the first
  EXPECT_EQ(g.values[1], (std::vector<float>{2, 1}));
  EXPECT_EQ(g.stamps, (std::vector<time_ns>{1500 * milli, 3 * second}));
  EXPECT_EQ(reader->counters().bad_lines, 1u);
}

TEST(ndjson_reader, arrays_give_several_samples_that_follow_the_stamp) {
  auto reader = open_text("{\"ts\":10,\"x\":[1,2,3]}\n{\"ts\":11,\"x\":[4,null]}\n", ndjson(10));
  ASSERT_TRUE(reader) << reader.error().message();
  const gathered g = gather(*reader, 2);
  ASSERT_EQ(g.values[0].size(), 5u);
  EXPECT_EQ(g.values[0][3], 4.0F);
  EXPECT_TRUE(std::isnan(g.values[0][4]));
  EXPECT_EQ(g.stamps, (std::vector<time_ns>{10 * second, continues_previous, continues_previous, 11 * second, continues_previous}));
}

TEST(ndjson_reader, single_samples_and_arrays_may_alternate) {
  const std::string text = "{\"ts\":0,\"x\":0}\n{\"ts\":1,\"x\":1}\n{\"ts\":2,\"x\":[2,3]}\n{\"x\":[4]}\n{\"ts\":9,\"x\":5}\n";
  for (const std::size_t step : {1u, 2u, 3u, 100u}) {
    auto reader = open_text(text, ndjson(10));
    ASSERT_TRUE(reader);
    const gathered g = gather(*reader, step);
    EXPECT_EQ(g.values[0], (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(g.stamps, (std::vector<time_ns>{0, second, 2 * second, continues_previous, continues_previous, 9 * second}));
  }
}

TEST(ndjson_reader, chosen_channels_and_missing_keys) {
  reader_options o = ndjson();
  o.names = {"y", "x"};
  auto reader = open_text("{\"time\":0,\"x\":1}\n{\"time\":1,\"z\":1}\n{\"time\":2,\"x\":3,\"y\":4}\n", o);
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader);
  ASSERT_EQ(g.values[0].size(), 2u);
  EXPECT_TRUE(std::isnan(g.values[0][0]));
  EXPECT_EQ(g.values[0][1], 4.0F);
  EXPECT_EQ(reader->counters().first_bad[0].reason.view(), "no channel in it");
}

TEST(ndjson_reader, bad_lines_are_counted_with_their_reason) {
  const std::string deep(100, '[');
  const std::string text =
      "{\"time\":0,\"a\":1,\"b\":1}\nnot "
      "json\n[1,2]\n{\"time\":1,\"a\":\"x\",\"b\":1}\n{\"time\":2,\"a\":[1],\"b\":[1,2]}\n{\"time\":{},\"a\":1}\n" +
      deep + "\n{\"time\":3,\"a\":[1,2],\"b\":5}\n{\"time\":9,\"a\":9,\"b\":9}\n{\"time\":10,\"a\"";
  auto reader = open_text(text, ndjson(1));
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{1, 9}));
  EXPECT_EQ(reader->counters().bad_lines, 8u);
  EXPECT_EQ(reader->counters().truncated, 1u);
  EXPECT_EQ(reader->counters().first_bad[3].reason.view(), "arrays differ in length");
}

TEST(ndjson_reader, without_time_a_bad_line_leaves_a_gap) {
  auto reader = open_text("{\"a\":0}\n{\"a\":1}\noops\n{\"a\":3}\n", ndjson(10));
  ASSERT_TRUE(reader);
  EXPECT_EQ(gather(*reader).stamps, (std::vector<time_ns>{0, continues_previous, 300 * milli}));
}

TEST(ndjson_reader, what_is_missing_is_said) {
  EXPECT_NE(open_text("hello\n", ndjson(1)).error().message().find("JSON object"), std::string::npos);
  EXPECT_FALSE(open_text("", ndjson(1)));
  auto no_rate = open_text("{\"time\":0,\"a\":0}\n{\"a\":1}\n", ndjson());
  ASSERT_TRUE(no_rate);
  gather(*no_rate);
  EXPECT_NE(no_rate->counters().first_bad[0].reason.view().find("rate_hz"), std::string_view::npos);
}

TEST(ndjson_reader, nanosecond_stamps_keep_every_digit) {
  auto reader = open_text("{\"time\":1500914348721000123,\"a\":1}\n", ndjson());
  ASSERT_TRUE(reader);
  EXPECT_EQ(gather(*reader).stamps[0], 1500914348721000123);
}

TEST(ndjson_reader, survives_every_truncation_and_bit_flip) {
  const std::string text = "{\"time\":\"2020-01-01T00:00:00Z\",\"a\":[1.5,2]}\n{\"time\":5,\"a\":-1e3}\n";
  const auto use = [](const std::string& t) {
    auto reader = open_text(t, ndjson(10));
    if (reader) gather(*reader, 2);
  };
  for (std::size_t n = 0; n < text.size(); ++n) use(text.substr(0, n));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      use(damaged);
    }
  }
}

}  // namespace
