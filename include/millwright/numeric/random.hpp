#pragma once

#include <cstdint>

namespace millwright {

/// Counter-based random numbers: the i-th number of a stream depends on (seed, stream, i) alone, so results do not depend
/// on threads, order or platform. Philox4x32-10, Salmon et al., SC 2011.
class random_stream {
 public:
  random_stream(std::uint64_t seed, std::uint64_t stream) noexcept;

  [[nodiscard]] std::uint64_t next_u64() noexcept;
  /// Uniform on [0, 1), 53 bits.
  [[nodiscard]] double uniform() noexcept;
  /// Uniform on {0 .. bound - 1} without bias (Lemire 2019); bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
  /// Standard normal by inversion of the uniform (Wichura 1988, AS 241), with this library's own log.
  [[nodiscard]] double normal() noexcept;

 private:
  void refill() noexcept;
  std::uint32_t key_[2];
  std::uint32_t counter_[4];
  std::uint64_t block_[2] = {0, 0};
  int left_ = 0;
};

}  // namespace millwright
