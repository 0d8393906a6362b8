#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <random>

#include "unit/ingest/ingest_support.hpp"

namespace {
using namespace ingest_test;

template <class T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string npy(const std::string& type, bool fortran, const std::string& shape, const std::string& data, int version = 1) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  header.resize((header.size() + 63) / 64 * 64 - 1, ' ');
  header += '\n';
  std::string file("\x93NUMPY", 6);
  file += static_cast<char>(version);
  file += '\0';
  if (version == 1) {
    put(file, static_cast<std::uint16_t>(header.size()));
  } else {
    put(file, static_cast<std::uint32_t>(header.size()));
  }
  return file + header + data;
}

reader_options npy_options(double rate_hz = 100.0) {
  reader_options o;
  o.format = "npy";
  o.rate_hz = rate_hz;
  return o;
}

template <class T>
std::string numbers_as(std::initializer_list<double> values) {
  std::string data;
  for (const double v : values) put(data, static_cast<T>(v));
  return data;
}

TEST(npy_reader, element_types) {
  const std::initializer_list<double> v = {1, 2, 100, 5};
  const std::vector<std::pair<std::string, std::string>> files = {
      {"<f4", numbers_as<float>(v)},        {"<f8", numbers_as<double>(v)},        {"|i1", numbers_as<std::int8_t>(v)},
      {"|u1", numbers_as<std::uint8_t>(v)}, {"<i2", numbers_as<std::int16_t>(v)},  {"<u2", numbers_as<std::uint16_t>(v)},
      {"<i4", numbers_as<std::int32_t>(v)}, {"<u4", numbers_as<std::uint32_t>(v)}, {"<i8", numbers_as<std::int64_t>(v)},
  };
  for (const auto& [type, data] : files) {
    for (const int version : {1, 2, 3}) {
      auto reader = open_text(npy(type, false, "(4,)", data, version), npy_options());
      ASSERT_TRUE(reader) << type << reader.error().message();
      EXPECT_EQ(reader->size(), 4u);
      const gathered g = gather(*reader, 3);
      EXPECT_EQ(g.values, (std::vector<std::vector<float>>{{1, 2, 100, 5}})) << type;
      EXPECT_EQ(g.stamps[0], 0);
    }
  }
}

TEST(npy_reader, scale_is_applied_in_double) {
  reader_options o = npy_options();
  o.set("scale", 0.001);
  auto reader = open_text(npy("<i4", false, "(2,)", numbers_as<std::int32_t>({-253, 20001})), o);
  ASSERT_TRUE(reader);
  EXPECT_EQ(gather(*reader).values[0], (std::vector<float>{static_cast<float>(-253.0 * 0.001), static_cast<float>(20001.0 * 0.001)}));
}

TEST(npy_reader, c_and_fortran_order_in_one_to_three_dimensions) {
  // x[s, c] = 10 s + c, three samples of two channels; y[r, s, c] = 100 r + 10 s + c.
  const std::vector<std::vector<float>> x = {{0, 10, 20}, {1, 11, 21}};
  auto c = open_text(npy("<f4", false, "(3, 2)", numbers_as<float>({0, 1, 10, 11, 20, 21})), npy_options());
  auto f = open_text(npy("<f4", true, "(3, 2)", numbers_as<float>({0, 10, 20, 1, 11, 21})), npy_options());
  ASSERT_TRUE(c && f);
  EXPECT_EQ(gather(*c, 2).values, x);
  EXPECT_EQ(gather(*f, 2).values, x);
  std::string in_c, in_f;
  for (int r = 0; r < 2; ++r) {
    for (int s = 0; s < 3; ++s) {
      for (int k = 0; k < 2; ++k) put(in_c, static_cast<float>(100 * r + 10 * s + k));
    }
  }
  for (int k = 0; k < 2; ++k) {
    for (int s = 0; s < 3; ++s) {
      for (int r = 0; r < 2; ++r) put(in_f, static_cast<float>(100 * r + 10 * s + k));
    }
  }
  reader_options o = npy_options();
  o.set("record_interval_s", 10.0);
  o.start_time = 7 * second;
  for (const bool fortran : {false, true}) {
    for (const std::size_t step : {1u, 2u, 100u}) {
      auto reader = open_text(npy("<f4", fortran, "(2, 3, 2)", fortran ? in_f : in_c), o);
      ASSERT_TRUE(reader) << reader.error().message();
      const gathered g = gather(*reader, step);
      EXPECT_EQ(g.values[0], (std::vector<float>{0, 10, 20, 100, 110, 120}));
      EXPECT_EQ(g.values[1], (std::vector<float>{1, 11, 21, 101, 111, 121}));
      EXPECT_EQ(g.stamps[0], 7 * second);
      EXPECT_EQ(g.stamps[3], 17 * second);
    }
  }
  auto one = open_text(npy("<f4", true, "(3,)", numbers_as<float>({4, 5, 6})), npy_options());
  ASSERT_TRUE(one);
  EXPECT_EQ(gather(*one).values[0], (std::vector<float>{4, 5, 6}));
}

TEST(npy_reader, skip_to_goes_on_with_the_time_of_that_sample) {
  reader_options o = npy_options(1000.0);
  o.set("record_interval_s", 1.0);
  std::string data;
  for (int i = 0; i < 40; ++i) put(data, static_cast<float>(i));
  auto reader = open_text(npy("<f4", false, "(4, 10, 1)", data), o);
  ASSERT_TRUE(reader);
  ASSERT_TRUE(reader->skip_to(23));
  const gathered g = gather(*reader, 100);
  EXPECT_EQ(g.values[0].front(), 23.0F);
  EXPECT_EQ(g.stamps[0], 2 * second + 3 * milli);
  EXPECT_EQ(g.stamps[7], 3 * second);
  EXPECT_EQ(reader->position(), 40u);
}

TEST(npy_reader, hostile_headers_are_refused) {
  const auto refused = [](const std::string& file, std::string_view says) {
    reader_options o = npy_options();
    o.set("record_interval_s", 1.0);
    auto reader = open_text(file, o);
    ASSERT_FALSE(reader) << says;
    EXPECT_NE(reader.error().message().find(says), std::string::npos) << reader.error().message();
  };
  refused(npy("<f4", false, "(18446744073709551615, 2)", ""), "beyond any file");
  refused(npy("<f4", false, "(4294967296, 4294967296, 2)", ""), "beyond any file");
  refused(npy("<f4", false, "(5,)", "1234"), "promises 20 bytes");
  refused(npy(">f4", false, "(1,)", "1234"), ">f4");
  refused(npy("|O", false, "(1,)", "12345678"), "|O");
  refused(npy("<f4", false, "()", "1234"), "dimensions");
  refused(npy("<f4", false, "(1, 1, 1, 1)", "1234"), "dimensions");
  refused(npy("<f4", false, "(3, 0)", ""), "0 channels");
  refused(npy("<f4", false, "(1", ""), "cannot be understood");
  refused(npy("<f4', 'descr': '<f4", false, "(1,)", "1234"), "cannot be understood");
  refused(npy("<f4", false, "(99999999999999999999,)", ""), "cannot be understood");
  refused("PK\x03\x04 and then more of it", "not a .npy file");
  std::string huge = npy("<f4", false, "(1,)", "1234", 2);
  huge[10] = huge[11] = '\x7F';
  refused(huge, "header has");
  std::string version9 = npy("<f4", false, "(1,)", "1234");
  version9[6] = 9;
  refused(version9, "version 9");
  reader_options no_rate = npy_options(0.0);
  EXPECT_NE(open_text(npy("<f4", false, "(1,)", "1234"), no_rate).error().message().find("rate_hz"), std::string::npos);
  EXPECT_NE(open_text(npy("<f4", false, "(1, 1, 1)", "1234"), npy_options()).error().message().find("record_interval_s"),
            std::string::npos);
}

TEST(npy_reader, empty_arrays_are_empty) {
  for (const char* shape : {"(0,)", "(0, 3)", "(0, 5, 2)", "(5, 0, 2)"}) {
    reader_options o = npy_options();
    o.set("record_interval_s", 1.0);
    auto reader = open_text(npy("<f4", false, shape, ""), o);
    ASSERT_TRUE(reader) << shape;
    EXPECT_EQ(reader->next(10)->samples, 0u);
  }
}

// Every truncation and every flipped bit: a result or an error, and never memory that is not ours (the sanitizers look on).
void survive_damage(const std::string& file, const reader_options& options) {
  const auto use = [&](const std::string& bytes) {
    auto reader = open_text(bytes, options);
    if (!reader) return;
    for (int blocks = 0; blocks < 50; ++blocks) {
      const auto block = reader->next(64);
      if (!block || !*block) return;
      float sum = 0;
      for (std::size_t c = 0; c < block->channels; ++c) {
        for (std::size_t i = 0; i < block->samples; ++i)
          sum +=
              block->data[static_cast<std::ptrdiff_t>(c) * block->channel_stride + static_cast<std::ptrdiff_t>(i) * block->sample_stride];
      }
      EXPECT_TRUE(sum == sum || sum != sum);
    }
  };
  for (std::size_t n = 0; n < file.size(); ++n) use(file.substr(0, n));
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      use(damaged);
    }
  }
}

TEST(npy_reader, survives_every_truncation_and_bit_flip) {
  reader_options o = npy_options();
  o.set("record_interval_s", 1.0);
  survive_damage(npy("<i2", false, "(3, 2)", numbers_as<std::int16_t>({0, 1, 10, 11, 20, 21})), o);
  survive_damage(npy("<f4", true, "(2, 3, 1)", numbers_as<float>({0, 1, 10, 11, 20, 21})), o);
}

// ---------------------------------------------------------------------------------------------------------------------------

std::string wav(std::uint16_t tag, std::uint16_t channels, std::uint16_t sample_bits, const std::string& data, bool extended = false,
                const std::string& before = {}) {
  std::string format;
  put(format, extended ? std::uint16_t{0xFFFE} : tag);
  put(format, channels);
  put(format, std::uint32_t{48000});
  put(format, static_cast<std::uint32_t>(48000u * channels * sample_bits / 8));
  put(format, static_cast<std::uint16_t>(channels * sample_bits / 8));
  put(format, sample_bits);
  if (extended) {
    put(format, std::uint16_t{22});
    put(format, sample_bits);
    put(format, std::uint32_t{0});
    put(format, tag);
    format += std::string("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14);
  }
  std::string body = "WAVE" + before + "fmt ";
  put(body, static_cast<std::uint32_t>(format.size()));
  body += format + "data";
  put(body, static_cast<std::uint32_t>(data.size()));
  body += data;
  std::string file = "RIFF";
  put(file, static_cast<std::uint32_t>(body.size()));
  return file + body;
}

reader_options wav_options() {
  reader_options o;
  o.format = "wav";
  return o;
}

TEST(wav_reader, sample_formats_scale_to_one) {
  const auto read = [](const std::string& file) {
    auto reader = open_text(file, wav_options());
    EXPECT_TRUE(reader) << reader.error().message();
    EXPECT_EQ(reader->channels()[0].rate_hz, 48000.0);
    return gather(*reader).values;
  };
  const std::vector<std::vector<float>> stereo = {{-1, 0.5F}, {0, -0.25F}};
  EXPECT_EQ(read(wav(1, 2, 8, std::string("\x00\x80\xC0\x60", 4))), stereo);
  EXPECT_EQ(read(wav(1, 2, 16, numbers_as<std::int16_t>({-32768, 0, 16384, -8192}))), stereo);
  EXPECT_EQ(read(wav(1, 2, 24, std::string("\x00\x00\x80\x00\x00\x00\x00\x00\x40\x00\x00\xE0", 12))), stereo);
  EXPECT_EQ(read(wav(1, 2, 32, numbers_as<std::int32_t>({-2147483648.0, 0, 1073741824, -536870912}))), stereo);
  EXPECT_EQ(read(wav(3, 2, 32, numbers_as<float>({-1, 0, 0.5, -0.25}))), stereo);
  EXPECT_EQ(read(wav(3, 2, 64, numbers_as<double>({-1, 0, 0.5, -0.25}))), stereo);
  EXPECT_EQ(read(wav(1, 2, 16, numbers_as<std::int16_t>({-32768, 0, 16384, -8192}), true)), stereo);
  EXPECT_EQ(read(wav(1, 2, 16, numbers_as<std::int16_t>({-32768, 0, 16384, -8192}), false, std::string("LIST\x03\0\0\0abc\0", 12))),
            stereo);
}

TEST(wav_reader, a_given_scale_replaces_the_default) {
  reader_options o = wav_options();
  o.set("scale", 0.001);
  auto reader = open_text(wav(1, 1, 16, numbers_as<std::int16_t>({-253})), o);
  ASSERT_TRUE(reader);
  EXPECT_EQ(gather(*reader).values[0][0], static_cast<float>(-0.253));
}

TEST(wav_reader, lengths_that_recorders_leave_open_or_wrong) {
  std::string file = wav(1, 1, 16, numbers_as<std::int16_t>({1, 2, 3}));
  const std::size_t field = file.size() - 6 - 4;
  for (const std::uint32_t length : {0u, 0xFFFFFFFFu, 1000u}) {
    std::memcpy(file.data() + field, &length, 4);
    auto reader = open_text(file, wav_options());
    ASSERT_TRUE(reader);
    EXPECT_EQ(gather(*reader).values[0].size(), 3u);
    EXPECT_EQ(reader->counters().truncated, length == 1000 ? 1u : 0u);
  }
  auto cut = open_text(file.substr(0, file.size() - 1), wav_options());
  ASSERT_TRUE(cut);
  EXPECT_EQ(gather(*cut).values[0].size(), 2u);
  EXPECT_EQ(cut->counters().truncated, 1u);
}

TEST(wav_reader, contradictions_are_refused) {
  EXPECT_FALSE(open_text(wav(1, 0, 16, ""), wav_options()));
  EXPECT_FALSE(open_text(wav(6, 1, 8, "a"), wav_options()));  // A-law
  EXPECT_FALSE(open_text(wav(1, 1, 12, "aa"), wav_options()));
  std::string long_chunk = wav(1, 1, 16, "ab", false, std::string("LIST\xFF\xFF\xFF\x7F", 8));
  EXPECT_FALSE(open_text(long_chunk, wav_options()));
  reader_options o = wav_options();
  o.rate_hz = 25600;
  const auto other_rate = open_text(wav(1, 1, 16, "ab"), o);
  ASSERT_FALSE(other_rate);
  EXPECT_NE(other_rate.error().message().find("48000"), std::string::npos);
}

TEST(wav_reader, survives_every_truncation_and_bit_flip) {
  survive_damage(wav(1, 2, 24, std::string(24, 'x'), true, std::string("LIST\x02\0\0\0ab", 10)), wav_options());
}

// ---------------------------------------------------------------------------------------------------------------------------

TEST(raw_reader, interleaved_float32_with_names_and_rate_from_options) {
  reader_options o;
  o.format = "f32";
  const std::string data = numbers_as<float>({0, 1, 10, 11, 20, 21});
  EXPECT_NE(open_text(data, o).error().message().find("option names"), std::string::npos);
  o.names = {"x", "y"};
  EXPECT_NE(open_text(data, o).error().message().find("option rate_hz"), std::string::npos);
  o.rate_hz = 100;
  auto reader = open_text(data + "abc", o);
  ASSERT_TRUE(reader);
  const gathered g = gather(*reader, 2);
  EXPECT_EQ(g.values, (std::vector<std::vector<float>>{{0, 10, 20}, {1, 11, 21}}));
  EXPECT_EQ(g.stamps[2], continues_previous);
  EXPECT_EQ(reader->counters().truncated, 1u);
}

TEST(raw_reader, a_pipe_that_delivers_in_pieces_gives_whole_samples) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  reader_options o;
  o.format = "f32";
  o.names = {"x", "y"};
  o.rate_hz = 100;
  auto reader = signal_reader::open_descriptor(ends[0], "pipe", o);
  ASSERT_TRUE(reader);
  const std::string data = numbers_as<float>({0, 1, 10, 11, 20, 21});
  std::vector<float> x;
  const auto feed = [&](std::size_t from, std::size_t count) {
    ASSERT_EQ(::write(ends[1], data.data() + from, count), static_cast<ssize_t>(count));
  };
  feed(0, 11);
  auto block = reader->next(100);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->samples, 1u);
  x.push_back(block->data[0]);
  feed(11, 13);
  ::close(ends[1]);
  while (true) {
    block = reader->next(100);
    ASSERT_TRUE(block);
    if (!*block) break;
    for (std::size_t i = 0; i < block->samples; ++i) x.push_back(block->data[static_cast<std::ptrdiff_t>(i) * block->sample_stride]);
  }
  EXPECT_EQ(x, (std::vector<float>{0, 10, 20}));
  EXPECT_EQ(reader->counters().truncated, 0u);
  ::close(ends[0]);
}

TEST(raw_reader, files_are_opened_by_name_and_errors_name_them) {
  const std::string path = ::testing::TempDir() + "millwright_raw_reader.f32";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  const std::string data = numbers_as<float>({1, 2, 3});
  std::fwrite(data.data(), 1, data.size(), file);
  std::fclose(file);
  reader_options o;
  o.names = {"x"};
  o.rate_hz = 10;
  auto reader = signal_reader::open(path, o);
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_TRUE(reader->skip_to(1));
  EXPECT_EQ(gather(*reader).values[0], (std::vector<float>{2, 3}));
  std::remove(path.c_str());
  const auto gone = signal_reader::open(path, o);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, errc::io_error);
  EXPECT_NE(gone.error().message().find("millwright_raw_reader.f32"), std::string::npos);
  o.format = "f32";
  EXPECT_FALSE(signal_reader::open(::testing::TempDir(), o));
}

}  // namespace
