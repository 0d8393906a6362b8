#pragma once

#include <span>
#include <vector>

#include "millwright/block.hpp"

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
  /// Frees what was taken before; call before adding.
  void compact() {
    if (first_ == 0) return;
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(first_ * channels_));
    stamps_.erase(stamps_.begin(), stamps_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  /// Up to `most` rows as one block, valid until the next add or compact.
  [[nodiscard]] sample_block take(std::size_t most) noexcept {
    sample_block block;
    block.samples = most < rows() ? most : rows();
    if (block.samples == 0) return {};
    block.data = values_.data() + first_ * channels_;
    block.channels = channels_;
    block.channel_stride = 1;
    block.sample_stride = static_cast<std::ptrdiff_t>(channels_);
    block.timestamps = stamps_.data() + first_;
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
