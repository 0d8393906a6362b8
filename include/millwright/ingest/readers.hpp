#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/data/samples.hpp"
#include "millwright/ingest/reader_registry.hpp"
#include "millwright/ingest/timestamp.hpp"

namespace millwright {

/// Reads one signal from a file, a pipe or memory, in blocks, with memory for one block and one line: a copy-free interface over every
/// format of a registry. See docs/ingest.md.
///
/// Regular inputs give a start time with their first block and after each break, and otherwise blocks that continue; inputs with
/// stamps give one a sample. No function throws; hostile bytes give an error or counted bad lines.
class signal_reader {
 public:
  signal_reader(signal_reader&&) noexcept = default;
  signal_reader& operator=(signal_reader&&) noexcept = default;
  signal_reader(const signal_reader&) = delete;
  signal_reader& operator=(const signal_reader&) = delete;
  ~signal_reader() = default;

  /// Opens a file, or standard input for "-" (then the format must be given). Errors: io_error, corrupt_file, invalid_argument
  /// (an option is missing or does not fit; the error says which), and what the format's reader refuses.
  [[nodiscard]] static result<signal_reader> open(const std::string& path, const reader_options& options = {},
                                                  const reader_registry& formats = builtin_readers());
  /// The same on an open descriptor, which stays the caller's, and on memory, which must outlive the reader. `name` is for errors.
  [[nodiscard]] static result<signal_reader> open_descriptor(int descriptor, const std::string& name, const reader_options& options,
                                                             const reader_registry& formats = builtin_readers());
  [[nodiscard]] static result<signal_reader> open_memory(std::span<const std::byte> bytes, const std::string& name,
                                                         const reader_options& options, const reader_registry& formats = builtin_readers());

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
  signal_reader(const reader_functions& functions, std::shared_ptr<void> reader) noexcept
      : functions_(&functions), reader_(std::move(reader)) {}
  static result<signal_reader> open(byte_source source, const reader_options& options, const reader_registry& formats);

  const reader_functions* functions_;
  std::shared_ptr<void> reader_;  // sole owner; shared_ptr only for its type-erased deleter
};

}  // namespace millwright
