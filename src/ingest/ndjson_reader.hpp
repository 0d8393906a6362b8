#pragma once

#include "ingest/line_source.hpp"
#include "ingest/reader_backend.hpp"
#include "ingest/row_buffer.hpp"

namespace millwright::detail {

/// One JSON object a line: {"time": t, "vib_x": 0.1, ...} for a sample, or arrays of equal length for several, of which the first
/// has the stamp. A missing key or null is NaN; keys that are no channel are passed over.
class ndjson_reader {
 public:
  static result<ndjson_reader> open(byte_source source, const reader_options& options);

  result<sample_block> next(std::size_t max_samples);
  [[nodiscard]] bool seek(std::uint64_t) noexcept { return false; }
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return std::nullopt; }

  std::vector<channel> channels;
  reader_counters counters;

 private:
  ndjson_reader(byte_source source, const reader_options& options) : lines_(std::move(source), options.max_line_bytes), options_(options) {}
  result<void> declare(std::vector<std::string> names);
  /// Reads lines until rows are there or the input gives no more for now.
  result<void> read_lines(std::size_t wanted);
  /// Adds the rows of a line, or says why not.
  std::string_view add_rows(std::string_view line);
  [[nodiscard]] time_ns regular_time() const noexcept;

  line_source lines_;
  reader_options options_;
  time_format time_format_ = time_format::automatic;
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
