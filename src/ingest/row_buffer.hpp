#pragma once

#include <span>
#include <vector>

#include "millwright/data/samples.hpp"
#include "millwright/data/time.hpp"

namespace millwright::detail {

/// Rows that a text reader has parsed: interleaved values, one stamp each (continues_previous: none).
class row_buffer {
 public:
  explicit row_buffer(std::size_t channels = 0) : channels_(channels) {}

  [[nodiscard]] std::size_t rows() const noexcept { return stamps_.size() - first_; }
  /// Room for one row, to be filled by the caller.
  [[nodiscard]] std::span<float> add(time_ns stamp) {
    stamps_.push_back(stamp);
    values_.resize(stamps_.size() * channels_);
    return std::span(values_).last(channels_);
  }
  void drop_last() {
    stamps_.pop_back();
    values_.resize(stamps_.size() * channels_);
  }
  /// Frees what was taken before, once it is half of all; call before adding.
  void compact() {
    if (first_ == 0 || first_ * 2 < stamps_.size()) return;
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_ * channels_));
    stamps_.erase(stamps_.begin(), stamps_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  /// Up to `most` rows as one block, valid until the next add or compact. Rows with stamps (if the input is `stamped`) give a block
  /// with timestamps; a row and those that only follow it give one with a start time, which ends where the next stamp comes.
  [[nodiscard]] sample_block take(std::size_t most, bool stamped) noexcept {
    sample_block block;
    most = most < rows() ? most : rows();
    if (most == 0) return block;
    const time_ns* stamps = stamps_.data() + first_;
    const bool follows = stamps[0] == continues_previous || (rows() > 1 && stamps[1] == continues_previous);
    if (stamped && !follows) {
      block.timestamps = stamps;
      while (block.samples < most && stamps[block.samples] != continues_previous) ++block.samples;
    } else {
      block.start_time = stamps[0];
      block.samples = 1;
      while (block.samples < most && stamps[block.samples] == continues_previous) ++block.samples;
    }
    block.data = values_.data() + first_ * channels_;
    block.channels = channels_;
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(channels_);
    first_ += block.samples;
    return block;
  }

 private:
  std::size_t channels_;
  std::vector<float> values_;
  std::vector<time_ns> stamps_;
  std::size_t first_ = 0;
};

}  // namespace millwright::detail
