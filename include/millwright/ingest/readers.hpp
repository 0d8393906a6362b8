#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"
#include "millwright/ingest/timestamp.hpp"

namespace millwright {

enum class input_format : std::uint8_t { automatic, csv, npy, wav, f32, ndjson };

[[nodiscard]] std::string_view to_string(input_format format) noexcept;
/// "auto", "csv", "npy", "wav", "f32" or "ndjson".
[[nodiscard]] std::optional<input_format> parse_input_format(std::string_view text) noexcept;

/// What a file does not say about itself. Every member may stay as it is; a reader that lacks something names the option.
struct reader_options {
  input_format format = input_format::automatic;  ///< automatic: by the end of the file's name
  /// Channels. With a CSV header or NDJSON keys: which ones to read, in this order (empty: all). Elsewhere: one name a column
  /// (empty: ch0, ch1, ...); for f32 they say how many channels there are.
  std::vector<std::string> names;
  std::vector<std::string> units;     ///< empty, or one a channel
  double rate_hz = 0.0;               ///< nominal rate; 0: from the file (WAV), or unknown (needs stamps)
  std::optional<time_ns> start_time;  ///< stamp of the first sample where the file has none; unset: 0
  std::optional<double> scale;        ///< value = float32(double(stored) * scale); WAV integers default to [-1, 1)
  double record_interval_s = 0.0;     ///< .npy [records, samples, channels]: time from record to record

  char delimiter = '\0';       ///< CSV: ',', ';' or tab; 0: found in the first line
  std::optional<bool> header;  ///< CSV: whether the first line names the columns; unset: found out
  /// CSV: name of the time column, or "#0" for the first column and so on. NDJSON: its key. Empty: the first column (key) named
  /// time, timestamp, datetime, date, ts or date/time (in any case), or, without header, the first if it holds dates. "none": none.
  std::string time_column;
  bool time_is_hms = false;                           ///< CSV: hour, minute, second, microsecond in four columns (first four, or so named)
  time_format time = time_format::automatic;          ///< automatic: decided by the first stamp
  std::size_t max_line_bytes = std::size_t{1} << 20;  ///< longer lines are bad lines
};

/// What a reader met. Bad lines are skipped: without a time column their place in time stays empty, so that the clock sees a gap.
struct reader_counters {
  std::uint64_t samples = 0;    ///< instants delivered, those passed over by skip_to included
  std::uint64_t lines = 0;      ///< text: lines read, the header included
  std::uint64_t bad_lines = 0;  ///< text: lines skipped
  std::uint64_t truncated = 0;  ///< 1 when the input ends inside a line, a sample or a declared length

  struct bad_line {
    std::uint64_t line = 0;  ///< from 1
    fixed_text<80> reason;
  };
  static constexpr std::size_t most_reported = 5;
  std::array<bad_line, most_reported> first_bad = {};  ///< the first min(bad_lines, 5)
};

/// Reads one signal from a file, a pipe or memory, in blocks, with memory for one block and one line. A copy-free interface over
/// five formats: CSV, .npy (v1 to v3, C and Fortran order, 1 to 3 dimensions, little-endian floats and integers), WAV (PCM 8 to 32
/// bits, float, extensible), raw float32 (interleaved, little-endian) and NDJSON. See docs/ingest.md.
///
/// Regular inputs give a start time with their first block and after each break, and otherwise blocks that continue; inputs with
/// stamps give one a sample. No function throws; hostile bytes give an error or counted bad lines.
class signal_reader {
 public:
  /// Opens a file, or standard input for "-" (then the format must be given). Errors: io_error, corrupt_file, invalid_argument
  /// (an option is missing or does not fit; the error says which).
  [[nodiscard]] static result<signal_reader> open(const std::string& path, const reader_options& options = {});
  /// The same on an open descriptor, which stays the caller's, and on memory, which must outlive the reader. `name` is for errors.
  [[nodiscard]] static result<signal_reader> open_descriptor(int descriptor, const std::string& name, const reader_options& options);
  [[nodiscard]] static result<signal_reader> open_memory(std::span<const std::byte> bytes, const std::string& name,
                                                         const reader_options& options);

  signal_reader(signal_reader&&) noexcept;
  signal_reader& operator=(signal_reader&&) noexcept;
  ~signal_reader();

  /// Channels with name, unit and rate (0 if unknown); their role is the pipeline's business.
  [[nodiscard]] const std::vector<channel>& channels() const noexcept;
  /// The next 1 to max_samples samples, valid until the next call; an empty block at the end. From a pipe it gives what is there
  /// as soon as there is one sample. Errors: io_error; corrupt_file when data that were promised are missing.
  [[nodiscard]] result<sample_block> next(std::size_t max_samples);
  /// Samples per channel delivered so far; skip_to on a fresh reader continues there, bit for bit.
  [[nodiscard]] std::uint64_t position() const noexcept;
  /// Passes over samples up to `position`; stops at the end. Error: position lies behind.
  [[nodiscard]] result<void> skip_to(std::uint64_t position);
  /// Samples per channel in all, if known from the start.
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept;
  [[nodiscard]] const reader_counters& counters() const noexcept;

 private:
  struct implementation;
  explicit signal_reader(std::unique_ptr<implementation> held) noexcept;
  std::unique_ptr<implementation> held_;
};

}  // namespace millwright
