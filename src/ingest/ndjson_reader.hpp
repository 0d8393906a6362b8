#pragma once

#include "ingest/line_source.hpp"
#include "ingest/reader_backend.hpp"
#include "ingest/row_buffer.hpp"

namespace millwright::detail {

/// One JSON object a line: {"time": t, "vib_x": 0.1, ...} for a sample, or arrays of equal length for several, of which the first
/// has the stamp. A missing key or null is NaN; keys that are no channel are passed over.
class ndjson_reader : public text_settings {
 public:
  static constexpr std::string_view id = "ndjson";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "One JSON object a line: a sample, or arrays of several, of which the first has the stamp.";
  static constexpr std::array<std::string_view, 3> endings = {"ndjson", "jsonl", "json"};
  static constexpr reader_traits traits = {.may_lack_stamps = true};

  result<void> open(byte_source source, const reader_options& options);
  result<sample_block> next(std::size_t max_samples);

  std::vector<channel> channels;
  reader_counters counters;

 private:
  result<void> declare(std::vector<std::string> names);
  /// Reads lines until rows are there or the input gives no more for now.
  result<void> read_lines(std::size_t wanted);
  /// Adds the rows of a line, or says why not.
  std::string_view add_rows(std::string_view line);
  [[nodiscard]] time_ns regular_time() const noexcept;

  line_source lines_;
  reader_options options_;
  millwright::time_format time_format_ = millwright::time_format::automatic;
  bool declared_ = false;
  result<void> trouble_;   ///< of the declaration, which happens with the first good line
  std::uint64_t row_ = 0;  ///< samples so far; a bad line counts as many as the line before it
  std::size_t line_rows_ = 1;
  bool stamp_next_ = true;  ///< without stamps: the next row carries its place in time
  bool has_stamps_ = false;
  bool at_end_ = false;
  row_buffer rows_;
};

}  // namespace millwright::detail
