#pragma once

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
  std::optional<double> scale;
  double record_interval_s = 0.0;  ///< 0: no records
};

/// Reads a dense array of numbers behind a header: raw float32, .npy and WAV differ in their headers only.
class array_reader {
 public:
  static result<array_reader> open_raw(byte_source source, const reader_options& options);
  static result<array_reader> open_npy(byte_source source, const reader_options& options);
  static result<array_reader> open_wav(byte_source source, const reader_options& options);

  result<sample_block> next(std::size_t max_samples);
  [[nodiscard]] bool seek(std::uint64_t position) noexcept;
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept;

  std::vector<channel> channels;
  reader_counters counters;

 private:
  explicit array_reader(byte_source source) : source_(std::move(source)) {}
  [[nodiscard]] bool in_sequence() const noexcept {
    return (layout_.channels == 1 || layout_.channel_stride == 1) && layout_.sample_stride == layout_.channels;
  }
  result<std::size_t> read_sequence(std::size_t wanted);
  result<std::size_t> read_scattered(std::uint64_t record, std::uint64_t sample, std::size_t wanted);
  void convert(const std::byte* from, std::size_t count, float* to) const noexcept;
  [[nodiscard]] time_ns time_of(std::uint64_t record, std::uint64_t sample) const noexcept;

  byte_source source_;
  array_layout layout_;
  time_ns start_time_ = 0;
  std::uint64_t at_ = 0;  ///< next sample
  bool needs_seek_ = false;
  bool stamp_next_ = true;  ///< the next block carries its start time
  std::vector<std::byte> bytes_;
  std::size_t kept_ = 0;  ///< bytes of an incomplete sample at the start of bytes_
  std::vector<float> values_;
};

}  // namespace millwright::detail
