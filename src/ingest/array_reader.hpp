#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "ingest/reader_backend.hpp"

namespace millwright::detail {

enum class element_type : std::uint8_t { f32, f64, u8, u16, u32, i8, i16, i24, i32, i64, wav_u8 };

/// Where element (record, sample, channel) of an array lies, in elements from its start.
struct array_layout {
  element_type type = element_type::f32;
  std::size_t element_bytes = 4;
  std::uint64_t offset = 0;  ///< bytes before the first element
  std::uint64_t records = 1;
  std::uint64_t samples = 0;   ///< a record
  bool endless = false;        ///< until the input ends
  bool may_end_early = false;  ///< an end before that is counted, not refused
  std::uint64_t channels = 1;
  std::uint64_t record_stride = 0;
  std::uint64_t sample_stride = 1;
  std::uint64_t channel_stride = 1;
  double scale = 1.0;
  double record_interval_s = 0.0;  ///< 0: no records
};

/// Reads a dense array of numbers behind a header: raw float32, .npy and WAV differ in their headers only.
class array_reader {
 public:
  result<sample_block> next(std::size_t max_samples);
  [[nodiscard]] bool seek(std::uint64_t position) noexcept;
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept;

  std::vector<channel> channels;
  reader_counters counters;

 protected:
  byte_source source_;
  array_layout layout_;
  time_ns start_time_ = 0;

 private:
  [[nodiscard]] bool in_sequence() const noexcept {
    return (layout_.channels == 1 || layout_.channel_stride == 1) && layout_.sample_stride == layout_.channels;
  }
  result<std::size_t> read_sequence(std::size_t wanted);
  result<std::size_t> read_scattered(std::uint64_t record, std::uint64_t sample, std::size_t wanted);
  void convert(const std::byte* from, std::size_t count, float* to) const noexcept;
  [[nodiscard]] time_ns time_of(std::uint64_t record, std::uint64_t sample) const noexcept;

  std::uint64_t at_ = 0;  ///< next sample
  bool needs_seek_ = false;
  bool stamp_next_ = true;  ///< the next block carries its start time
  std::vector<std::byte> bytes_;
  std::size_t kept_ = 0;  ///< bytes of an incomplete sample at the start of bytes_
  std::vector<float> values_;
};

/// The descriptor of the scale that stored numbers are multiplied by.
template <class Owner>
constexpr auto scale_param(double Owner::*member) {
  return number("scale", member, 1.0, -1e300, 1e300, unit::none, "value = stored number x scale");
}

class f32_reader : public array_reader {
 public:
  static constexpr std::string_view id = "f32";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Raw float32 without a header: interleaved, little-endian.";
  static constexpr std::array<std::string_view, 2> endings = {"f32", "raw"};
  static constexpr reader_traits traits = {.tells_channels = false};

  double scale = 1.0;
  static constexpr auto params() { return std::tuple{scale_param(&f32_reader::scale)}; }

  result<void> open(byte_source source, const reader_options& options);
};

class npy_reader : public array_reader {
 public:
  static constexpr std::string_view id = "npy";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "NumPy's .npy: [samples], [samples, channels] or [records, samples, channels].";
  static constexpr std::array<std::string_view, 1> endings = {"npy"};
  static constexpr reader_traits traits = {};

  double scale = 1.0;
  double record_interval_s = 0.0;
  static constexpr auto params() {
    return std::tuple{
        scale_param(&npy_reader::scale),
        number("record_interval_s", &npy_reader::record_interval_s, 0.0, 0.0, 1e9, unit::second,
               "time from the start of a record to the start of the next; needed with three dimensions"),
    };
  }

  result<void> open(byte_source source, const reader_options& options);
};

class wav_reader : public array_reader {
 public:
  static constexpr std::string_view id = "wav";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "WAV: PCM of 8 to 32 bits, float32 or float64, extensible.";
  static constexpr std::array<std::string_view, 2> endings = {"wav", "wave"};
  static constexpr reader_traits traits = {.tells_rate = true};

  double scale = 0.0;
  static constexpr auto params() {
    return std::tuple{number("scale", &wav_reader::scale, 0.0, -1e300, 1e300, unit::none,
                             "value = stored number x scale; 0: as stored, integers in [-1, 1)")};
  }

  result<void> open(byte_source source, const reader_options& options);
};

}  // namespace millwright::detail
