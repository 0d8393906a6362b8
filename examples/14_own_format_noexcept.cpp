// A format that the library does not know: Sun/NeXT audio files (.au), which sound cards of older analysers write. The class below is all
// that a program needs to read them like CSV or WAV: by the end of the name, from files and pipes, into recordings and streams.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/data/recording.hpp"
#include "millwright/ingest/readers.hpp"

namespace mw = millwright;

namespace {

/// Header of six big-endian 32-bit words (".snd", offset and size of the data, encoding, rate, channels), then 16-bit samples.
class au_reader {
 public:
  static constexpr std::string_view id = "au";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Sun/NeXT audio: 16-bit PCM, big-endian.";
  static constexpr std::array<std::string_view, 2> endings = {"au", "snd"};
  static constexpr mw::reader_traits traits = {.tells_rate = true};

  double full_scale = 1.0;  ///< a setting, described as a stage's parameters are
  static constexpr auto params() {
    return std::tuple{mw::number("full_scale", &au_reader::full_scale, 1.0, 1e-12, 1e12, mw::unit::channel_unit,
                                 "value of the largest number that the converter gives")};
  }

  mw::result<void> open(mw::byte_source source, const mw::reader_options& options) {
    source_ = std::move(source);
    std::array<std::byte, 24> header = {};
    MILLWRIGHT_TRY(const std::size_t got, source_.read_full(header));
    const auto word = [&](std::size_t i) {
      std::uint32_t value = 0;
      for (std::size_t b = 4 * i; b < 4 * i + 4; ++b) value = value << 8 | std::to_integer<std::uint32_t>(header[b]);
      return value;
    };
    const auto refuse = [&](mw::errc code, std::string_view what, std::string_view mend) {
      return mw::error(code, source_.name(), what, mend);
    };
    if (got < header.size() || word(0) != 0x2e736e64) return refuse(mw::errc::corrupt_file, "this is not an .au file", "export it again");
    if (word(3) != 3) return refuse(mw::errc::invalid_data, "the samples are not 16-bit PCM", "export the recording as 16-bit PCM");
    if (word(1) < header.size() || word(1) > 65536)
      return refuse(mw::errc::corrupt_file, "the header contradicts itself", "export it again");
    MILLWRIGHT_CHECK(source_.seek(word(1)));
    MILLWRIGHT_TRY(channels, mw::declare_channels(options.names, word(5), static_cast<double>(word(4)), options, source_.name()));
    start_time_ = options.start_time.value_or(0);
    return {};
  }

  mw::result<mw::sample_block> next(std::size_t max_samples) {
    bytes_.resize(std::min<std::size_t>(max_samples, 65536) * 2 * channels.size());
    MILLWRIGHT_TRY(const std::size_t got, source_.read_full(bytes_));
    if (got % (2 * channels.size()) != 0) counters.truncated = 1;
    mw::sample_block block;
    block.samples = got / (2 * channels.size());
    values_.clear();
    for (std::size_t i = 0; i < block.samples * channels.size(); ++i) {
      const auto word =
          static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes_[2 * i]) << 8 | std::to_integer<unsigned>(bytes_[2 * i + 1]));
      values_.push_back(static_cast<float>(static_cast<std::int16_t>(word) / 32768.0 * full_scale));
    }
    block.data = values_.data();
    block.channels = channels.size();
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(channels.size());
    if (counters.samples == 0) block.start_time = start_time_;
    counters.samples += block.samples;
    return block;
  }

  std::vector<mw::channel> channels;
  mw::reader_counters counters;

 private:
  mw::byte_source source_;
  mw::time_ns start_time_ = 0;
  std::vector<std::byte> bytes_;
  std::vector<float> values_;
};

/// Two channels of a ramp, as an analyser would have written them.
std::vector<unsigned char> example_file() {
  std::vector<unsigned char> file;
  const auto put = [&](std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) file.push_back(static_cast<unsigned char>(value >> shift & 0xFF));
  };
  for (const std::uint32_t word : {0x2e736e64u, 24u, 0xFFFFFFFFu, 3u, 8000u, 2u}) put(word, 4);
  for (std::uint32_t i = 0; i < 1000; ++i) put(i * 16, 2), put(65536 - i * 16, 2);
  return file;
}

int report(const mw::error& e) {
  std::fprintf(stderr, "%s\n", e.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "ramp.au";
  if (argc < 2) {
    const std::vector<unsigned char> bytes = example_file();
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size() || std::fclose(file) != 0) return 1;
  }

  const mw::reader_registry formats = mw::builtin_readers().with<au_reader>();  // the library's formats and this one
  for (const mw::reader_functions* format : formats.readers()) {
    std::printf("%-8.*s %.*s\n", static_cast<int>(format->id.size()), format->id.data(), static_cast<int>(format->doc.size()),
                format->doc.data());
  }

  mw::reader_options options;
  options.names = {"left", "right"};
  options.set("full_scale", 10.0);
  auto reader = mw::signal_reader::open(path, options, formats);
  if (!reader) return report(reader.error());
  const auto group = mw::read_group(*reader);
  if (!group) return report(group.error());
  std::printf("%s: %zu samples of %s and %s at %g Hz\n", path.c_str(), group->samples, group->channels[0].name.c_str(),
              group->channels[1].name.c_str(), group->channels[0].rate_hz);
  if (argc > 1) return 0;
  const float last = group->data[999 * group->sample_stride];
  return group->samples == 1000 && last == static_cast<float>(999 * 16 / 32768.0 * 10.0) ? 0 : 1;
}
