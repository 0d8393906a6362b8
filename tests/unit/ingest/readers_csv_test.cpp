#include <unistd.h>

#include <array>
#include <cmath>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

reader_options csv(double rate_hz = 0.0) {
  reader_options o;
  o.format = "csv";
  o.rate_hz = rate_hz;
  return o;
}

std::string refusal(std::string_view text, const reader_options& options) {
  auto reader = open_text(text, options);
  return reader ? "accepted" : reader.error().message();
}

TEST(csv_reader, header_time_and_values) {
  auto reader = open_text("time,a,b\n1.5,1,2\n1.6,3,4e1\n", csv());
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->channels().size(), 2u);
  EXPECT_EQ(reader->channels()[1].name, "b");
  EXPECT_EQ(reader->channels()[1].rate_hz, 0.0);
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{1, 3}));
  EXPECT_EQ(g.values[1], (std::vector<float>{2, 40}));
  EXPECT_EQ(g.stamps, (std::vector<time_ns>{1500 * milli, 1600 * milli}));
  EXPECT_EQ(reader->counters().bad_lines, 0u);
  EXPECT_EQ(reader->counters().lines, 3u);
}

TEST(csv_reader, byte_order_mark_crlf_quotes_and_no_last_line_end) {
  auto reader = open_text("\xEF\xBB\xBF\"time\",\"a \"\"x\"\", y\",b\r\n0,\"1\",2\r\n1, 3 ,4", csv());
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->channels()[0].name, "a \"x\", y");
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{1, 3}));
  EXPECT_EQ(g.values[1], (std::vector<float>{2, 4}));
  EXPECT_EQ(reader->counters().truncated, 0u);
}

TEST(csv_reader, delimiters_are_found_and_semicolon_allows_decimal_commas) {
  auto semicolon = open_text("datetime;p;q\n2020-03-09 10:14:33;0,5;1.5\n", csv());
  ASSERT_TRUE(semicolon);
  gathered g = gather(*semicolon);
  EXPECT_EQ(g.values[0], (std::vector<float>{0.5F}));
  EXPECT_EQ(g.values[1], (std::vector<float>{1.5F}));
  EXPECT_EQ(g.stamps[0], 1583748873 * second);
  auto tab = open_text("a\tb\n1\t2\n", csv(10));
  ASSERT_TRUE(tab);
  EXPECT_EQ(gather(*tab).values[1], (std::vector<float>{2}));
  reader_options bar = csv(10);
  bar.set("delimiter", "|");
  EXPECT_NE(refusal("a|b\n", bar).find("delimiter"), std::string::npos);
}

TEST(csv_reader, missing_values_become_nan) {
  auto reader = open_text("a,b\n1,\n2,NaN\n3,NA\n4,null\n5,-\n6,n/a\n", csv(10));
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader);
  ASSERT_EQ(g.values[0].size(), 6u);
  for (const float v : g.values[1]) EXPECT_TRUE(std::isnan(v));
  EXPECT_EQ(reader->counters().bad_lines, 0u);
}

TEST(csv_reader, bad_lines_are_counted_reported_and_skipped) {
  auto reader = open_text("time,a\n0,1\n1,2,3\n2\n3,four\nx,5\n\n6,\"7\n7,8\n8", csv());
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{1, 8}));
  const reader_counters& c = reader->counters();
  EXPECT_EQ(c.bad_lines, 6u);
  EXPECT_EQ(c.truncated, 1u);
  EXPECT_EQ(c.first_bad[0].line, 3u);
  EXPECT_EQ(c.first_bad[0].reason.view(), "too many columns");
  EXPECT_EQ(c.first_bad[1].reason.view(), "too few columns");
  EXPECT_EQ(c.first_bad[2].reason.view(), "value is not a number");
  EXPECT_EQ(c.first_bad[3].reason.view(), "time cannot be read");
  EXPECT_EQ(c.first_bad[4].line, 8u);
}

TEST(csv_reader, a_bad_line_without_time_column_leaves_its_place_in_time_empty) {
  auto reader = open_text("a\n0\n1\nbad\n3\n4\n", csv(10));
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values[0], (std::vector<float>{0, 1, 3, 4}));
  EXPECT_EQ(g.stamps, (std::vector<time_ns>{0, continues_previous, 300 * milli, continues_previous}));
  // Regular input comes as blocks with a start time, which end where a line is missing.
  auto blocks = open_text("a\n0\n1\nbad\n3\n4\n", csv(10));
  const auto first = blocks->next(100);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->samples, 2u);
  EXPECT_EQ(first->timestamps, nullptr);
  EXPECT_EQ(blocks->next(100)->start_time, 300 * milli);
  // And the clock masks it.
  window_policy w;
  w.length = {"5"};
  rig r(w, {make_channel("a", 10.0)});
  auto again = open_text("a\n0\n1\nbad\n3\n4\n", csv(10));
  while (true) {
    const auto block = again->next(2);
    ASSERT_TRUE(block);
    if (!*block) break;
    r.push(*block);
  }
  ASSERT_EQ(r.frames.size(), 1u);
  EXPECT_EQ(r.frames[0].marks[0], (std::vector<std::uint8_t>{0, 0, static_cast<std::uint8_t>(bits(quality::missing)), 0, 0}));
}

TEST(csv_reader, lines_above_the_limit_are_bad_lines) {
  reader_options o = csv(10);
  o.set("max_line_bytes", 32);
  auto reader = open_text("a\n1\n" + std::string(200000, '7') + "\n2\n" + std::string(33, '1'), o);
  ASSERT_TRUE(reader);
  EXPECT_EQ(gather(*reader).values[0], (std::vector<float>{1, 2}));
  EXPECT_EQ(reader->counters().bad_lines, 2u);
}

TEST(csv_reader, columns_are_chosen_by_name_in_the_order_asked) {
  reader_options o = csv();
  o.names = {"b", "a"};
  o.units = {"g", "rpm"};
  auto reader = open_text("Timestamp,a,text,b\n0,1,idle,2\n", o);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->channels()[0].name, "b");
  EXPECT_EQ(reader->channels()[0].unit, "g");
  EXPECT_EQ(gather(*reader).values, (std::vector<std::vector<float>>{{2}, {1}}));
  o.names = {"vib_y"};
  o.units.clear();
  const std::string message = refusal("time,vib_x\n0,1\n", o);
  EXPECT_NE(message.find("\"vib_y\""), std::string::npos);
  EXPECT_NE(message.find("did you mean \"vib_x\""), std::string::npos) << message;
}

TEST(csv_reader, without_header_columns_are_numbered_or_named) {
  auto plain = open_text("1,2\n3,4\n", csv(10));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->channels()[1].name, "ch1");
  EXPECT_EQ(gather(*plain).values[0], (std::vector<float>{1, 3}));
  reader_options o = csv();
  o.names = {"x"};
  o.set("time_column", "#0");
  auto named = open_text("10,2\n11,4\n", o);
  ASSERT_TRUE(named) << named.error().message();
  EXPECT_EQ(gather(*named).stamps, (std::vector<time_ns>{10 * second, 11 * second}));
}

TEST(csv_reader, what_is_missing_is_named_with_its_option) {
  EXPECT_NE(refusal("a,b\n1,2\n", csv()).find("rate_hz"), std::string::npos);
  reader_options o = csv(10);
  o.set("time_column", "when");
  EXPECT_NE(refusal("a,b\n1,2\n", o).find("time_column"), std::string::npos);
  o.set("time_column", "#2");
  EXPECT_NE(refusal("a,b\n1,2\n", o).find("#2"), std::string::npos);
  EXPECT_NE(refusal("", csv(10)), "accepted");
  EXPECT_NE(refusal("\n\n", csv(10)), "accepted");
  EXPECT_NE(refusal("a,a\n1,2\n", csv(10)).find("two channels"), std::string::npos);
  o = {};
  EXPECT_NE(refusal("a\n1\n", o).find("option format"), std::string::npos);
}

TEST(csv_reader, hour_minute_second_microsecond_columns_cross_midnight) {
  reader_options o = csv(10);
  o.set("time_is_hms", true);
  o.start_time = 1'000'000 * second;  // its day counts: 1970-01-12
  auto reader = open_text("23,59,59,9e5,1,2\n0,0,0,0,3,4\n", o);
  ASSERT_TRUE(reader) << reader.error().message();
  const gathered g = gather(*reader);
  EXPECT_EQ(g.values, (std::vector<std::vector<float>>{{1, 3}, {2, 4}}));
  EXPECT_EQ(g.stamps[0], (11 * 86400 + 86399) * second + 900 * milli);
  EXPECT_EQ(g.stamps[1], 12 * 86400 * second);
}

TEST(csv_reader, blocks_of_any_size_and_skip_to_give_the_same_samples) {
  std::string text = "time,a\n";
  for (int i = 0; i < 500; ++i) text += std::to_string(i) + (i % 50 == 7 ? ",bad\n" : "," + std::to_string(i) + "\n");
  auto whole_reader = open_text(text, csv());
  const gathered whole = gather(*whole_reader, 1 << 20);
  EXPECT_EQ(whole.values[0].size(), 490u);
  for (const std::size_t step : {1u, 7u, 64u}) {
    auto reader = open_text(text, csv());
    const gathered g = gather(*reader, step);
    EXPECT_EQ(g.values, whole.values);
    EXPECT_EQ(g.stamps, whole.stamps);
  }
  for (const std::size_t skip : {0u, 1u, 77u, 490u, 600u}) {
    auto reader = open_text(text, csv());
    ASSERT_TRUE(reader->skip_to(skip));
    EXPECT_EQ(reader->position(), std::min<std::size_t>(skip, 490));
    const gathered g = gather(*reader, 10);
    const auto from = static_cast<std::ptrdiff_t>(std::min<std::size_t>(skip, 490));
    EXPECT_EQ(g.values[0], std::vector<float>(whole.values[0].begin() + from, whole.values[0].end()));
    EXPECT_FALSE(reader->skip_to(0) && skip > 0);
  }
}

TEST(csv_reader, every_truncation_gives_a_result_or_an_error) {
  const std::string text = "time;a;b\n\"2020-03-09 10:14:33\";1,5;2\n2020-03-09T10:14:34.5Z;\"3\";-\n";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    auto reader = open_text(std::string_view(text).substr(0, n), csv());
    if (!reader) continue;
    EXPECT_FALSE(gather(*reader).problem);
  }
}

TEST(csv_reader, a_pipe_gives_its_lines_as_they_come) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto write = [&](std::string_view text) {
    ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  };
  write("time,a\n0,1\n1,2\n2,");
  auto reader = signal_reader::open_descriptor(ends[0], "pipe", csv());
  ASSERT_TRUE(reader);
  const auto first = reader->next(1000);  // would hang if it waited for more
  ASSERT_TRUE(first);
  EXPECT_EQ(first->samples, 2u);
  write("3\n");
  const auto second_block = reader->next(1000);
  ASSERT_TRUE(second_block);
  ASSERT_EQ(second_block->samples, 1u);
  EXPECT_EQ(second_block->data[0], 3.0F);
  ::close(ends[1]);
  EXPECT_EQ(reader->next(1000)->samples, 0u);
  ::close(ends[0]);
}

TEST(timestamps, formats_and_their_detection) {
  EXPECT_EQ(detect_time_format("1461148512.938"), time_format::seconds);
  EXPECT_EQ(detect_time_format("1500914348721"), time_format::milliseconds);
  EXPECT_EQ(detect_time_format("1500914348721000"), time_format::microseconds);
  EXPECT_EQ(detect_time_format("1500914348721000000"), time_format::nanoseconds);
  EXPECT_EQ(detect_time_format("2020-03-09 10:14:33"), time_format::iso8601);
  EXPECT_EQ(detect_time_format("01 01 2018 00:00"), std::nullopt);
  EXPECT_EQ(parse_time("1461148512.938", time_format::seconds), 1461148512938 * milli);
  EXPECT_EQ(parse_time("1500914348721", time_format::milliseconds), 1500914348721 * milli);
  EXPECT_EQ(parse_time("-0.5", time_format::seconds), -500 * milli);
  EXPECT_EQ(parse_time("1e3", time_format::seconds), 1000 * second);
  EXPECT_EQ(parse_time("1.0000000019", time_format::seconds), second + 1);
  for (const char* bad : {"", ".", "-", "1.2.3", "abc", "99999999999999999999", "1e300", "1 2"})
    EXPECT_EQ(parse_time(bad, time_format::seconds), std::nullopt) << bad;
}

TEST(timestamps, dates) {
  const auto at = [](std::string_view text) { return parse_time(text, time_format::iso8601); };
  EXPECT_EQ(at("1970-01-01"), 0);
  EXPECT_EQ(at("1969-12-31T23:59:59Z"), -second);
  EXPECT_EQ(at("2038-01-19 03:14:08"), 2147483648 * second);
  EXPECT_EQ(at("2020-02-29T12:00:00.123456789+02:00"), 1582970400 * second + 123456789);
  EXPECT_EQ(at("2020-02-29T12:00:00-0330"), 1582990200 * second);
  EXPECT_EQ(at("2020/02/29 12:00"), 1582977600 * second);
  EXPECT_EQ(at("2000-02-29"), 951782400 * second);
  for (const char* bad : {"2019-02-29", "1900-02-29", "2020-13-01", "2020-00-10", "2020-1-1", "2020-01-01T25:00", "2020-01-01 10:60",
                          "2020-01-01 10:00:00.", "2020-01-01 10:00:00x", "2020-01-01T10:00+9", "0000-01-01", "9999-12-31", "2020-01/01"}) {
    EXPECT_EQ(at(bad), std::nullopt) << bad;
  }
}

}  // namespace
