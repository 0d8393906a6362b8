#pragma once

#include <array>

#include "ingest/line_source.hpp"
#include "ingest/reader_backend.hpp"
#include "ingest/row_buffer.hpp"

namespace millwright::detail {

/// Delimited text, one sample a line. A quoted field may hold delimiters and doubled quotes, but no line end.
class csv_reader {
 public:
  static result<csv_reader> open(byte_source source, const reader_options& options);

  result<sample_block> next(std::size_t max_samples);
  [[nodiscard]] bool seek(std::uint64_t) noexcept { return false; }
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return std::nullopt; }

  std::vector<channel> channels;
  reader_counters counters;

 private:
  csv_reader(byte_source source, const reader_options& options) : lines_(std::move(source), options.max_line_bytes), options_(options) {}
  bool split(std::string_view line);
  result<void> read_first_line(std::string_view line);
  result<void> find_time_columns(const std::vector<std::string>& names, bool header);
  [[nodiscard]] std::optional<float> parse_value(std::string_view field) const noexcept;
  [[nodiscard]] std::optional<time_ns> parse_stamp() noexcept;
  /// Adds the row of a line, or says why not.
  std::string_view add_row(std::string_view line);
  [[nodiscard]] time_ns regular_time() const noexcept;

  line_source lines_;
  reader_options options_;
  char delimiter_ = ',';
  std::vector<std::string> fields_;
  std::size_t columns_ = 0;
  std::vector<std::size_t> chosen_;  ///< column of each channel
  std::optional<std::size_t> time_column_;
  std::array<std::size_t, 4> hms_ = {};  ///< hour, minute, second, microsecond
  time_format time_format_ = time_format::automatic;
  std::optional<std::string> waiting_;  ///< the first line, if it holds values
  std::int64_t day_ns_ = 0;             ///< hms: midnight of the current day
  std::int64_t last_of_day_ = -1;
  std::uint64_t row_ = 0;   ///< lines with values so far, bad ones included
  bool stamp_next_ = true;  ///< without a time column: the next row carries its place in time
  bool at_end_ = false;
  row_buffer rows_;
};

}  // namespace millwright::detail
