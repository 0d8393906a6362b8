#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace millwright::tool {

/// Percentiles of durations in fixed memory: buckets of 1/32 of a power of two, so a percentile is at most 3 % too high; the
/// maximum is exact. After G. Tene's HdrHistogram.
class latency_histogram {
 public:
  void add(std::uint64_t nanoseconds) noexcept {
    ++counts_[bucket(nanoseconds)];
    ++count_;
    if (nanoseconds > max_) max_ = nanoseconds;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  /// Smallest bucket limit that `share` (0 .. 1) of the durations do not pass; 0 without any.
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept {
    if (count_ == 0) return 0;
    auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    if (static_cast<double>(rank) < share * static_cast<double>(count_) || rank == 0) ++rank;
    std::uint64_t seen = 0;
    for (std::size_t b = 0; b < counts_.size(); ++b) {
      seen += counts_[b];
      if (seen >= rank) return upper(b) < max_ ? upper(b) : max_;
    }
    return max_;
  }

 private:
  static constexpr unsigned fine_bits = 5;
  static constexpr std::size_t fine = std::size_t{1} << fine_bits;

  static std::size_t bucket(std::uint64_t v) noexcept {
    if (v < fine) return static_cast<std::size_t>(v);
    const unsigned shift = static_cast<unsigned>(std::bit_width(v)) - fine_bits - 1;
    return (shift + 1) * fine + static_cast<std::size_t>((v >> shift) - fine);
  }
  /// Largest value that falls into the bucket.
  static std::uint64_t upper(std::size_t b) noexcept {
    if (b < fine) return b;
    const std::size_t shift = b / fine - 1;
    return ((static_cast<std::uint64_t>(b % fine + fine) + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - fine_bits + 1)* fine> counts_ = {};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace millwright::tool
