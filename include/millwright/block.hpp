#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millwright {

/// What a channel is for; decides defaults (stuck-sensor check) and which columns may steer the context normaliser.
enum class channel_role : std::uint8_t { vibration, process, slow, context, state, ignore };

[[nodiscard]] std::string_view to_string(channel_role role) noexcept;
[[nodiscard]] std::optional<channel_role> parse_channel_role(std::string_view text) noexcept;

/// One named signal. `rate_hz` is the nominal sampling rate; channels of equal rate are acquired together (a group).
struct channel {
  std::string name;
  std::string unit;
  channel_role role = channel_role::vibration;
  double rate_hz = 0.0;
  /// Measuring range in `unit`; a sample at or beyond either end counts as clipped. Unset: no clipping check.
  std::optional<double> range_low;
  std::optional<double> range_high;
};

/// What is known about a sample or a row, as bits. A sample with any of `unusable` is invalid and takes no part in features.
enum class quality : std::uint32_t {
  good = 0,
  missing = 1u << 0,            ///< the clock says that a sample should be here, but none came (gap)
  not_finite = 1u << 1,         ///< NaN or infinity arrived
  stuck = 1u << 2,              ///< the same value for longer than the channel's stuck limit
  clipped = 1u << 3,            ///< at or beyond the measuring range (still used: its existence is information)
  late_group = 1u << 4,         ///< row: a slower channel group did not deliver in time and is masked
  undefined_feature = 1u << 5,  ///< row: at least one feature is NaN (constant window, too few valid samples)
  novel_context = 1u << 6,      ///< row: operating context outside everything seen in training
  not_scored = 1u << 7,         ///< row: carries no score; the other bits say why
};

[[nodiscard]] constexpr std::uint32_t bits(quality q) noexcept { return static_cast<std::uint32_t>(q); }
[[nodiscard]] constexpr bool has(std::uint32_t mask, quality q) noexcept { return (mask & bits(q)) != 0; }
inline constexpr std::uint8_t unusable_sample =
    static_cast<std::uint8_t>(bits(quality::missing) | bits(quality::not_finite) | bits(quality::stuck));

/// Nanoseconds since 1970-01-01 UTC, leap seconds ignored.
using time_ns = std::int64_t;

/// Start time of a block that follows its predecessor without a stamp of its own.
inline constexpr time_ns continues_previous = INT64_MIN;

/// Samples of one channel group as they arrive from a driver or a reader: `channels` rows of `samples` float32 values.
/// Value of channel c at sample i is data[c * channel_stride + i * sample_stride], so planar and interleaved memory both fit.
struct sample_block {
  std::size_t group = 0;  ///< which channel group of the pipeline, in the order of stream::groups()
  const float* data = nullptr;
  std::size_t channels = 0;
  std::size_t samples = 0;
  std::ptrdiff_t channel_stride = 0;
  std::ptrdiff_t sample_stride = 1;
  time_ns start_time = continues_previous;  ///< stamp of the first sample; the rest follow at the nominal rate
  const time_ns* timestamps = nullptr;      ///< or one stamp for each sample, which then decides

  explicit operator bool() const noexcept { return samples > 0; }
};

/// One window of one channel, contiguous, with a validity mask (nullptr: every sample is valid).
struct frame_view {
  const float* samples = nullptr;
  const std::uint8_t* sample_quality = nullptr;  ///< quality bits per sample
  std::size_t size = 0;
  std::size_t valid = 0;  ///< samples without an unusable bit
  double rate_hz = 0.0;
};

/// All channels of one window length at one end time, ordered as the pipeline's channels.
struct frame {
  std::span<const frame_view> channels;
};

/// What travels beside a row of values.
struct row_meta {
  time_ns end_time = 0;       ///< stamp of the last sample of the window
  std::uint32_t quality = 0;  ///< bits of millwright::quality
  std::int32_t regime = -1;   ///< operating regime found by the normaliser; -1 before or without one
  double weight = 1.0;        ///< training only: how much the row counts, >= 0; stages that cannot weigh rows refuse others than 1
};

/// Read-only view of n rows of float64 columns; row r starts at values + r * stride. meta may be nullptr.
struct const_rows {
  const double* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  const row_meta* meta = nullptr;

  [[nodiscard]] std::span<const double> operator[](std::size_t r) const noexcept { return {values + r * stride, columns}; }
};

/// Writable counterpart of const_rows.
struct rows_view {
  double* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  row_meta* meta = nullptr;

  [[nodiscard]] std::span<double> operator[](std::size_t r) const noexcept { return {values + r * stride, columns}; }
  operator const_rows() const noexcept { return {values, rows, columns, stride, meta}; }  // NOLINT(google-explicit-constructor)
};

/// Rows that own their memory; used while fitting and by batch calls, never by a running stream.
class row_table {
 public:
  row_table() = default;
  explicit row_table(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] std::size_t rows() const noexcept { return meta_.size(); }
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] const_rows view() const noexcept { return {values_.data(), rows(), columns_, columns_, meta_.data()}; }
  [[nodiscard]] rows_view view() noexcept { return {values_.data(), rows(), columns_, columns_, meta_.data()}; }
  /// Rows [first, first + count).
  [[nodiscard]] const_rows slice(std::size_t first, std::size_t count) const noexcept {
    return {values_.data() + first * columns_, count, columns_, columns_, meta_.data() + first};
  }
  void append(std::span<const double> values, const row_meta& meta) {
    values_.insert(values_.end(), values.begin(), values.end());
    meta_.push_back(meta);
  }
  void append(const const_rows& other) {
    for (std::size_t r = 0; r < other.rows; ++r) append(other[r], other.meta != nullptr ? other.meta[r] : row_meta{});
  }
  void resize(std::size_t rows) {
    values_.resize(rows * columns_);
    meta_.resize(rows);
  }

 private:
  std::size_t columns_ = 0;
  std::vector<double> values_;
  std::vector<row_meta> meta_;
};

}  // namespace millwright
