#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "millwright/ingest/channel_match.hpp"
#include "millwright/ingest/merge.hpp"
#include "millwright/ingest/readers.hpp"
#include "tool/descriptor.hpp"

namespace millwright::tool {

/// An input that is open.
struct open_input {
  std::string name;  ///< path, or "standard input"
  bool is_standard_input = false;
  descriptor file;  ///< none for standard input
  bool seekable = false;
  std::uint64_t bytes = 0;  ///< of a regular file
};

/// One input, matched to one channel group of a pipeline: gives samples in the group's channel order, and the time of each.
class signal_source {
 public:
  /// `columns`: the reader's channel of each of the group's channels. `trained_for`: the bundle's name, for errors.
  signal_source(open_input input, signal_reader reader, std::size_t group, std::vector<channel> channels, std::vector<std::size_t> columns,
                std::string trained_for);

  [[nodiscard]] std::size_t group() const noexcept { return group_; }
  [[nodiscard]] const std::string& name() const noexcept { return input_.name; }
  [[nodiscard]] bool is_standard_input() const noexcept { return input_.is_standard_input; }
  [[nodiscard]] double rate_hz() const noexcept { return channels_.front().rate_hz; }
  /// Names of the channels in order, as a checkpoint keeps them.
  [[nodiscard]] const std::string& channel_names() const noexcept { return channel_names_; }
  [[nodiscard]] const reader_counters& counters() const noexcept { return reader_.counters(); }

  result<void> skip_to(std::uint64_t samples) { return reader_.skip_to(samples); }

  /// Makes sure that unread samples are at hand, unless the input has ended; reads at most `max_samples`.
  /// Errors: the reader's, and stamps that come at another rate than the bundle's.
  result<void> fill(std::size_t max_samples);
  // As merge_source says:
  [[nodiscard]] bool has_samples() const noexcept { return used_ < block_.samples; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] time_ns next_time() const noexcept { return has_samples() ? times_[used_] : due(samples_since_ + 1); }
  [[nodiscard]] std::size_t count_until(time_ns limit, std::size_t most) const noexcept;
  /// The next `count` samples of those at hand.
  [[nodiscard]] sample_block take(std::size_t count) noexcept;

  /// Bytes of the file read and in all; 0 in all when that is not known.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  [[nodiscard]] std::uint64_t bytes_total() const noexcept { return input_.bytes; }

 private:
  void tell_times();
  /// Time of the n-th sample after the last stamp; rounded as the readers do.
  [[nodiscard]] time_ns due(std::uint64_t n) const noexcept;
  result<void> check_rate();

  open_input input_;
  signal_reader reader_;
  std::size_t group_;
  std::vector<channel> channels_;
  std::string channel_names_;
  std::string trained_for_;
  block_selector selector_;

  sample_block block_;
  std::size_t used_ = 0;
  bool ended_ = false;
  std::vector<time_ns> times_;  // of block_
  time_ns last_stamp_ = 0;      // latest stamp that the input gave, and samples since
  std::uint64_t samples_since_ = 0;
  std::vector<double> steps_ns_;  // from stamp to stamp, for a sample; until the rate is checked
  bool rate_checked_ = false;
};

static_assert(merge_source<signal_source>);

}  // namespace millwright::tool
