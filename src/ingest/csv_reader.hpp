#pragma once

#include <array>

#include "ingest/line_source.hpp"
#include "ingest/reader_backend.hpp"
#include "ingest/row_buffer.hpp"

namespace millwright::detail {

/// Delimited text, one sample a line. A quoted field may hold delimiters and doubled quotes, but no line end.
class csv_reader : public text_settings {
 public:
  static constexpr std::string_view id = "csv";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Delimited text, one sample a line, with or without a header and a time column.";
  static constexpr std::array<std::string_view, 3> endings = {"csv", "tsv", "txt"};
  static constexpr reader_traits traits = {.chooses_columns = true};

  std::string delimiter = "auto";
  std::string header = "auto";
  bool time_is_hms = false;

  static auto params() {
    using self = csv_reader;
    return std::tuple_cat(
        std::tuple{
            choice("delimiter", &self::delimiter, "auto", "auto|,|;|tab|	",
                   "what stands between two columns; auto: found in the first line"),
            choice("header", &self::header, "auto", "auto|yes|no", "whether the first line names the columns; auto: found out"),
            flag("time_is_hms", &self::time_is_hms, false,
                 "hour, minute, second and microsecond stand in four columns: those so named, else the first four"),
        },
        text_settings::params());
  }

  result<void> open(byte_source source, const reader_options& options);
  result<sample_block> next(std::size_t max_samples);

  std::vector<channel> channels;
  reader_counters counters;

 private:
  bool split(std::string_view line);
  result<void> read_first_line(std::string_view line);
  result<void> find_time_columns(const std::vector<std::string>& names, bool has_header);
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
  millwright::time_format time_format_ = millwright::time_format::automatic;
  std::optional<std::string> waiting_;  ///< the first line, if it holds values
  std::int64_t day_ns_ = 0;             ///< hms: midnight of the current day
  std::int64_t last_of_day_ = -1;
  std::uint64_t row_ = 0;   ///< lines with values so far, bad ones included
  bool stamp_next_ = true;  ///< without a time column: the next row carries its place in time
  bool at_end_ = false;
  row_buffer rows_;
};

}  // namespace millwright::detail
