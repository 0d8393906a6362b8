#include <algorithm>
#include <array>
#include <cstring>

#include "ingest/array_reader.hpp"

namespace millwright::detail {

namespace {
std::uint32_t u16(const std::byte* at) noexcept {
  return std::to_integer<std::uint32_t>(at[0]) | std::to_integer<std::uint32_t>(at[1]) << 8;
}
std::uint32_t u32(const std::byte* at) noexcept { return u16(at) | u16(at + 2) << 16; }
bool is(const std::byte* at, const char* name) noexcept { return std::memcmp(at, name, 4) == 0; }

constexpr std::uint32_t pcm = 1;
constexpr std::uint32_t ieee_float = 3;
constexpr std::uint32_t extensible = 0xFFFE;
}  // namespace

result<void> wav_reader::open(byte_source source, const reader_options& options) {
  const std::string where = source.name();
  const auto corrupt = [&](std::string_view what) { return error(errc::corrupt_file, where, what, "export the recording as WAV again"); };
  std::array<std::byte, 12> start = {};
  MILLWRIGHT_TRY(std::size_t got, source.read_full(start));
  if (got < 12 || !is(start.data(), "RIFF") || !is(start.data() + 8, "WAVE"))
    return corrupt("this is not a WAV file: it does not start with RIFF....WAVE");

  std::uint64_t at = 12;
  std::array<std::byte, 40> format = {};
  std::size_t format_bytes = 0;
  std::uint64_t data_bytes = 0;
  while (true) {
    std::array<std::byte, 8> head = {};
    MILLWRIGHT_TRY(got, source.read_full(head));
    if (got < head.size()) return corrupt(format_bytes == 0 ? "the file ends before its fmt chunk" : "the file ends before its data chunk");
    at += 8;
    const std::uint64_t bytes = u32(head.data() + 4);
    if (is(head.data(), "data")) {
      if (format_bytes == 0) return corrupt("the data chunk comes before the fmt chunk");
      data_bytes = bytes;
      break;
    }
    if (is(head.data(), "fmt ")) {
      if (format_bytes != 0) return corrupt("there are two fmt chunks");
      if (bytes < 16) return corrupt("the fmt chunk is too short");
      format_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, format.size()));
      MILLWRIGHT_TRY(got, source.read_full(std::span(format).first(format_bytes)));
      if (got < format_bytes) return corrupt("the file ends inside its fmt chunk");
    }
    at += bytes + (bytes & 1);  // chunks are padded to even length
    if (source.size() && at > *source.size()) return corrupt("a chunk is longer than the file");
    MILLWRIGHT_CHECK(source.seek(at));
  }

  std::uint32_t tag = u16(format.data());
  const std::uint32_t channel_count = u16(format.data() + 2);
  const std::uint32_t rate = u32(format.data() + 4);
  const std::uint32_t frame_bytes = u16(format.data() + 12);
  const std::uint32_t sample_bits = u16(format.data() + 14);
  if (tag == extensible) {
    constexpr std::array<unsigned char, 14> guid_tail = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};
    if (format_bytes < 40 || std::memcmp(format.data() + 26, guid_tail.data(), guid_tail.size()) != 0)
      return corrupt("the extended format cannot be understood");
    tag = u16(format.data() + 24);
  }
  source_ = std::move(source);
  array_layout& layout = layout_;
  double full_scale = 1.0;
  const auto use = [&](element_type type, double full) {
    layout.type = type;
    full_scale = full;
  };
  if (tag == pcm && sample_bits == 8) {
    use(element_type::wav_u8, 128.0);
  } else if (tag == pcm && sample_bits == 16) {
    use(element_type::i16, 32768.0);
  } else if (tag == pcm && sample_bits == 24) {
    use(element_type::i24, 8388608.0);
  } else if (tag == pcm && sample_bits == 32) {
    use(element_type::i32, 2147483648.0);
  } else if (tag == ieee_float && sample_bits == 32) {
    use(element_type::f32, 1.0);
  } else if (tag == ieee_float && sample_bits == 64) {
    use(element_type::f64, 1.0);
  } else {
    return error(errc::invalid_data, where,
                 "WAV format " + std::to_string(tag) + " with " + std::to_string(sample_bits) + " bits cannot be read",
                 "export it as PCM with 8, 16, 24 or 32 bits, or as float");
  }
  if (channel_count == 0 || frame_bytes != channel_count * (sample_bits / 8)) return corrupt("the fmt chunk contradicts itself");
  if (rate == 0) return corrupt("the sampling rate is 0");
  if (options.rate_hz > 0.0 && options.rate_hz != static_cast<double>(rate)) {
    return error(errc::invalid_argument, where,
                 "option rate_hz is " + std::to_string(options.rate_hz) + ", but the file says " + std::to_string(rate) + " Hz",
                 "leave option rate_hz away, or correct the file");
  }
  layout.element_bytes = sample_bits / 8;
  layout.offset = at;
  layout.channels = channel_count;
  layout.sample_stride = channel_count;
  layout.scale = scale != 0.0 ? scale : 1.0 / full_scale;  // a power of two: exact

  // Recorders that stream, or lost power, leave 0 or the largest number, or more than there is: then the data end with the file.
  constexpr std::uint64_t unknown = 0xFFFFFFFFu;
  if (const auto file_bytes = source_.size()) {
    const std::uint64_t there = *file_bytes - std::min(at, *file_bytes);
    if (data_bytes > there && data_bytes != unknown) counters.truncated = 1;
    if (data_bytes == 0 || data_bytes > there) data_bytes = there;
  } else if (data_bytes == 0 || data_bytes == unknown) {
    layout.endless = true;
  }
  if (!layout.endless && data_bytes % frame_bytes != 0) counters.truncated = 1;
  layout.samples = data_bytes / frame_bytes;
  layout.may_end_early = true;
  MILLWRIGHT_TRY(channels, declare_channels(options.names, channel_count, static_cast<double>(rate), options, where));
  start_time_ = options.start_time.value_or(0);
  return {};
}

}  // namespace millwright::detail
