#include "millwright/ingest/reader_registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include "millwright/ingest/readers.hpp"
#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

/// One byte a sample, counted by a first byte that says how many channels there are: a format that the library does not know.
class counted_bytes {
 public:
  static constexpr std::string_view id = "counted";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "A byte that says how many channels there are, then a byte for each value.";
  static constexpr std::array<std::string_view, 1> endings = {"cnt"};
  static constexpr reader_traits traits = {};

  double offset = 0.0;
  static constexpr auto params() {
    return std::tuple{number("offset", &counted_bytes::offset, 0.0, -1e6, 1e6, unit::none, "added to every value")};
  }

  result<void> open(byte_source source, const reader_options& options) {
    source_ = std::move(source);
    std::array<std::byte, 1> count = {};
    MILLWRIGHT_TRY(const std::size_t got, source_.read_full(count));
    if (got == 0) return error(errc::corrupt_file, source_.name(), "the file is empty", "write it again");
    MILLWRIGHT_TRY(channels,
                   declare_channels(options.names, std::to_integer<std::size_t>(count[0]), options.rate_hz, options, source_.name()));
    return {};
  }

  result<sample_block> next(std::size_t max_samples) {
    std::vector<std::byte> bytes(max_samples * channels.size());
    MILLWRIGHT_TRY(const std::size_t got, source_.read_full(bytes));
    values_.clear();
    for (std::size_t i = 0; i < got; ++i) values_.push_back(static_cast<float>(std::to_integer<int>(bytes[i]) + offset));
    sample_block block;
    block.data = values_.data();
    block.channels = channels.size();
    block.samples = got / channels.size();
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(channels.size());
    if (counters.samples == 0) block.start_time = 0;
    counters.samples += block.samples;
    return block;
  }

  std::vector<channel> channels;
  reader_counters counters;

 private:
  byte_source source_;
  std::vector<float> values_;
};

/// Takes the name and an ending of a format that exists.
class other_csv : public counted_bytes {
 public:
  static constexpr std::string_view id = "csv";
  static constexpr std::array<std::string_view, 1> endings = {"txt"};
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

TEST(reader_registry, builtin_formats_are_described_and_apart) {
  std::set<std::string_view> names, ends;
  for (const reader_functions* r : builtin_readers().readers()) {
    EXPECT_TRUE(names.insert(r->id).second) << r->id;
    EXPECT_FALSE(r->doc.empty()) << r->id;
    EXPECT_FALSE(r->endings.empty()) << r->id;
    for (const std::string_view e : r->endings) {
      EXPECT_TRUE(ends.insert(e).second) << e;
      EXPECT_TRUE(std::all_of(e.begin(), e.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); })) << e;
      const auto by_ending = builtin_readers().find("", "folder.d/FILE." + std::string(e));
      ASSERT_TRUE(by_ending);
      EXPECT_EQ(*by_ending, r);
    }
    const auto by_name = builtin_readers().find(r->id, "whatever.csv");
    ASSERT_TRUE(by_name);
    EXPECT_EQ(*by_name, r);
    for (const param_info& p : r->params()) EXPECT_FALSE(p.doc.empty()) << r->id << " " << p.name;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"csv", "f32", "ndjson", "npy", "wav"}));
  EXPECT_EQ(*builtin_readers().find("auto", "x.CSV"), *builtin_readers().find("csv", ""));
}

TEST(reader_registry, what_is_not_known_is_refused_with_what_is) {
  const auto misspelt = builtin_readers().find("cvs", "x");
  ASSERT_FALSE(misspelt);
  EXPECT_NE(misspelt.error().message().find("did you mean \"csv\"?"), std::string::npos) << misspelt.error().message();
  for (const char* path : {"standard input", "x", "x.", "x.mp3", ".csv/x"}) {
    const auto untold = builtin_readers().find("", path);
    ASSERT_FALSE(untold) << path;
    EXPECT_EQ(untold.error().code, errc::invalid_argument);
    EXPECT_NE(untold.error().message().find("csv, npy, wav, f32, ndjson"), std::string::npos) << untold.error().message();
  }
}

TEST(reader_registry, settings_are_those_of_the_format_and_are_checked) {
  const auto refused = [](std::string format, std::string name, param_value value) {
    reader_options o;
    o.format = std::move(format);
    o.rate_hz = 1.0;
    o.set(std::move(name), std::move(value));
    const auto opened = signal_reader::open_memory(bytes_of("a\n1\n"), "test", o);
    return opened ? std::string("accepted") : opened.error().message();
  };
  EXPECT_EQ(refused("csv", "delimiter", ";"), "accepted");
  EXPECT_NE(refused("csv", "delimiters", ";").find("did you mean \"delimiter\"?"), std::string::npos);
  EXPECT_NE(refused("csv", "record_interval_s", 1.0).find("csv has no parameter"), std::string::npos);
  EXPECT_NE(refused("csv", "delimiter", "|").find("give one of"), std::string::npos);
  EXPECT_NE(refused("csv", "header", true).find("wrong type"), std::string::npos);
  EXPECT_NE(refused("csv", "max_line_bytes", std::int64_t{0}).find("from 1 to"), std::string::npos);
  EXPECT_NE(refused("csv", "scale", std::numeric_limits<double>::infinity()).find("scale"), std::string::npos);
  EXPECT_NE(refused("f32", "scale", std::numeric_limits<double>::quiet_NaN()).find("scale"), std::string::npos);
}

TEST(reader_registry, a_format_of_ones_own_is_read_like_any_other) {
  const reader_registry formats = builtin_readers().with<counted_bytes>();
  EXPECT_EQ(formats.readers().size(), builtin_readers().readers().size() + 1);
  reader_options o;
  o.rate_hz = 10.0;
  o.names = {"a", "b"};
  o.set("offset", 0.5);
  const std::string_view file("\2\1\2\3\4\5\6\7", 8);
  auto reader = signal_reader::open_memory(bytes_of(file), "x.cnt", o, formats);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->channels()[1].name, "b");
  EXPECT_EQ(reader->size(), std::nullopt);
  ASSERT_TRUE(reader->skip_to(1));  // by reading on
  const gathered g = gather(*reader, 1);
  EXPECT_EQ(g.values, (std::vector<std::vector<float>>{{3.5F, 5.5F}, {4.5F, 6.5F}}));
  EXPECT_EQ(reader->position(), 3u);
  EXPECT_FALSE(signal_reader::open_memory(bytes_of(file), "x.cnt", o));  // the library alone does not know it
  const auto group = read_group(*signal_reader::open_memory(bytes_of(file), "x.cnt", o, formats));
  ASSERT_TRUE(group) << group.error().message();
  EXPECT_EQ(group->samples, 3u);
}

TEST(reader_registry, of_two_with_one_name_or_ending_the_later_counts) {
  const reader_registry formats = builtin_readers().with<counted_bytes, other_csv>();
  EXPECT_EQ((*formats.find("csv", ""))->doc, counted_bytes::doc);
  EXPECT_EQ((*formats.find("", "a.txt"))->doc, counted_bytes::doc);
  EXPECT_NE((*formats.find("", "a.tsv"))->doc, counted_bytes::doc);
  const reader_registry alone{reader_list<counted_bytes>()};
  EXPECT_FALSE(alone.find("csv", ""));
}

}  // namespace
