#include "ingest/array_reader.hpp"

#include <algorithm>
#include <cstring>

namespace millwright::detail {

namespace {
constexpr std::size_t most_scatter_bytes = std::size_t{1} << 22;

template <class T>
T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void convert_all(const std::byte* from, std::size_t count, float* to, double scale) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(load<T>(from + i * sizeof(T)));
    to[i] = static_cast<float>(value * scale);
  }
}
}  // namespace

result<void> f32_reader::open(byte_source source, const reader_options& options) {
  const std::string where = source.name();
  if (options.names.empty()) {
    return error(errc::invalid_argument, where, "raw float32 input does not say how many channels it has",
                 "give option names, one name a channel");
  }
  if (!(options.rate_hz > 0.0))
    return error(errc::invalid_argument, where, "raw float32 input does not say its sampling rate", "give option rate_hz");
  MILLWRIGHT_TRY(channels, declare_channels(options.names, options.names.size(), options.rate_hz, options, where));
  source_ = std::move(source);
  array_layout& layout = layout_;
  layout.channels = channels.size();
  layout.sample_stride = layout.channels;
  layout.scale = scale;
  layout.endless = true;
  if (const auto bytes = source_.size()) {
    layout.endless = false;
    layout.samples = *bytes / (4 * layout.channels);
    if (*bytes % (4 * layout.channels) != 0) counters.truncated = 1;
  }
  start_time_ = options.start_time.value_or(0);
  return {};
}

std::optional<std::uint64_t> array_reader::size() const noexcept {
  if (layout_.endless) return std::nullopt;
  return layout_.records * layout_.samples;
}

bool array_reader::seek(std::uint64_t position) noexcept {
  if (layout_.endless || !source_.size()) return false;
  at_ = std::min(position, layout_.records * layout_.samples);
  counters.samples = at_;
  needs_seek_ = true;
  stamp_next_ = true;
  kept_ = 0;
  return true;
}

time_ns array_reader::time_of(std::uint64_t record, std::uint64_t sample) const noexcept {
  constexpr double most = 4.6e18;
  const double rate = channels.front().rate_hz;
  double ns = rate > 0.0 ? static_cast<double>(sample) * 1e9 / rate : 0.0;
  ns = std::min(ns, most);
  const double apart = std::min(static_cast<double>(record) * layout_.record_interval_s * 1e9, most);
  constexpr time_ns limit = (time_ns{1} << 62) - 1;
  const time_ns offset = std::min(static_cast<time_ns>(ns + 0.5), limit);
  const time_ns record_start = std::min(std::min(static_cast<time_ns>(apart + 0.5), limit) + std::clamp(start_time_, -limit, limit), limit);
  return std::min(record_start + offset, limit);
}

result<sample_block> array_reader::next(std::size_t max_samples) {
  const std::uint64_t total = layout_.endless ? UINT64_MAX : layout_.records * layout_.samples;
  if (at_ >= total || max_samples == 0) return sample_block{};
  const std::uint64_t record = layout_.record_interval_s > 0.0 ? at_ / layout_.samples : 0;
  const std::uint64_t sample = layout_.record_interval_s > 0.0 ? at_ % layout_.samples : at_;
  const std::uint64_t left = layout_.endless ? UINT64_MAX : (layout_.record_interval_s > 0.0 ? layout_.samples - sample : total - at_);
  const auto wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>({max_samples, left, most_block_samples / std::max<std::uint64_t>(layout_.channels, 1) + 1}));
  MILLWRIGHT_TRY(const std::size_t got, in_sequence() ? read_sequence(wanted) : read_scattered(record, sample, wanted));
  if (got == 0) {
    if (layout_.endless || layout_.may_end_early) {
      if (!layout_.endless) counters.truncated = 1;
      at_ = UINT64_MAX;
      return sample_block{};
    }
    return error(errc::corrupt_file, source_.name(),
                 "the data end after " + std::to_string(at_) + " of " + std::to_string(total) + " samples",
                 "copy or export the file again");
  }
  sample_block block;
  block.data = values_.data();
  block.channels = static_cast<std::size_t>(layout_.channels);
  block.samples = got;
  if (in_sequence()) {
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(layout_.channels);
  } else {
    block.channel_stride = static_cast<std::ptrdiff_t>(got);
    block.sample_stride = 1;
  }
  if (stamp_next_ || (sample == 0 && layout_.record_interval_s > 0.0)) block.start_time = time_of(record, sample);
  stamp_next_ = false;
  at_ += got;
  counters.samples += got;
  return block;
}

// Elements that follow each other as the block wants them; gives what is there, at least one whole sample.
result<std::size_t> array_reader::read_sequence(std::size_t wanted) {
  const std::size_t sample_bytes = layout_.element_bytes * static_cast<std::size_t>(layout_.channels);
  if (needs_seek_) {
    MILLWRIGHT_CHECK(source_.seek(layout_.offset + at_ * sample_bytes));
    needs_seek_ = false;
  }
  bytes_.resize(std::max(bytes_.size(), wanted * sample_bytes));
  std::size_t filled = kept_;
  const bool patient = source_.size().has_value();
  while (filled < wanted * sample_bytes) {
    MILLWRIGHT_TRY(const std::size_t n, source_.read_some(std::span(bytes_).subspan(filled, wanted * sample_bytes - filled)));
    if (n == 0) {
      if (filled % sample_bytes != 0) counters.truncated = 1;
      break;
    }
    filled += n;
    if (!patient && filled >= sample_bytes) break;
  }
  const std::size_t samples = filled / sample_bytes;
  values_.resize(std::max(values_.size(), samples * static_cast<std::size_t>(layout_.channels)));
  convert(bytes_.data(), samples * static_cast<std::size_t>(layout_.channels), values_.data());
  kept_ = filled - samples * sample_bytes;
  if (kept_ > 0 && samples > 0) std::memmove(bytes_.data(), bytes_.data() + samples * sample_bytes, kept_);
  return samples;
}

// Any strides, from a file: runs are read at once, spread elements through a window that holds them.
result<std::size_t> array_reader::read_scattered(std::uint64_t record, std::uint64_t sample, std::size_t wanted) {
  const std::size_t width = layout_.element_bytes;
  const std::uint64_t stride = layout_.sample_stride;
  const std::uint64_t fits = std::max<std::uint64_t>(1, most_scatter_bytes / width / stride);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, fits));
  const std::size_t span_bytes = ((count - 1) * static_cast<std::size_t>(stride) + 1) * width;
  bytes_.resize(std::max(bytes_.size(), span_bytes + count * width));
  values_.resize(std::max(values_.size(), count * static_cast<std::size_t>(layout_.channels)));
  for (std::uint64_t c = 0; c < layout_.channels; ++c) {
    const std::uint64_t element = record * layout_.record_stride + sample * stride + c * layout_.channel_stride;
    MILLWRIGHT_TRY(const std::size_t got, source_.read_at(layout_.offset + element * width, std::span(bytes_).first(span_bytes)));
    if (got != span_bytes) return std::size_t{0};
    const std::byte* from = bytes_.data();
    if (stride != 1) {
      std::byte* packed = bytes_.data() + span_bytes;
      for (std::size_t i = 0; i < count; ++i)
        std::memcpy(packed + i * width, bytes_.data() + i * static_cast<std::size_t>(stride) * width, width);
      from = packed;
    }
    convert(from, count, values_.data() + static_cast<std::size_t>(c) * count);
  }
  return count;
}

void array_reader::convert(const std::byte* from, std::size_t count, float* to) const noexcept {
  const double scale = layout_.scale;
  switch (layout_.type) {
    case element_type::f32:
      if (scale != 1.0) {
        convert_all<float>(from, count, to, scale);
      } else if (count > 0) {
        std::memcpy(to, from, count * sizeof(float));
      }
      return;
    case element_type::f64: return convert_all<double>(from, count, to, scale);
    case element_type::u8: return convert_all<std::uint8_t>(from, count, to, scale);
    case element_type::u16: return convert_all<std::uint16_t>(from, count, to, scale);
    case element_type::u32: return convert_all<std::uint32_t>(from, count, to, scale);
    case element_type::i8: return convert_all<std::int8_t>(from, count, to, scale);
    case element_type::i16: return convert_all<std::int16_t>(from, count, to, scale);
    case element_type::i32: return convert_all<std::int32_t>(from, count, to, scale);
    case element_type::i64: return convert_all<std::int64_t>(from, count, to, scale);
    case element_type::i24:
      for (std::size_t i = 0; i < count; ++i) {
        const std::byte* b = from + 3 * i;
        const std::uint32_t raw = std::to_integer<std::uint32_t>(b[0]) << 8 | std::to_integer<std::uint32_t>(b[1]) << 16 |
                                  std::to_integer<std::uint32_t>(b[2]) << 24;
        to[i] = static_cast<float>(static_cast<double>(static_cast<std::int32_t>(raw) / 256) * scale);
      }
      return;
    case element_type::wav_u8:
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = static_cast<float>((static_cast<double>(std::to_integer<int>(from[i])) - 128.0) * scale);
      }
      return;
  }
}

}  // namespace millwright::detail
