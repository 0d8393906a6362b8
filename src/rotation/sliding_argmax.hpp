#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millwright::detail {

/// For each place, that of the greatest value at most `steps` to either side; of equal ones the nearest, then the lower. O(values).
/// Source: Lemire, "Streaming maximum-minimum filter using no more than three comparisons per element", Nordic J. Comput. 13 (2006).
class sliding_argmax {
 public:
  explicit sliding_argmax(std::size_t size) : queue_(size), above_(size) {}
  void find(std::span<const double> values, std::size_t steps, std::span<std::uint32_t> sources) noexcept {
    const std::size_t n = values.size();
    // The queue holds places of falling values: its front is the greatest of the window, of equal ones the last to come in.
    std::size_t front = 0;
    std::size_t back = 0;
    const auto enter = [&](std::size_t k) {
      while (back > front && values[queue_[back - 1]] <= values[k]) --back;
      queue_[back++] = static_cast<std::uint32_t>(k);
    };
    for (std::size_t k = n; k-- > 0;) {
      enter(k);
      while (queue_[front] > k + steps) ++front;
      above_[k] = queue_[front];
    }
    front = back = 0;
    for (std::size_t k = 0; k < n; ++k) {
      enter(k);
      while (queue_[front] + steps < k) ++front;
      const std::uint32_t below = queue_[front];
      const std::uint32_t above = above_[k];
      const bool is_below = values[below] > values[above] || (values[below] == values[above] && k - below <= above - k);
      sources[k] = is_below ? below : above;
    }
  }

 private:
  std::vector<std::uint32_t> queue_, above_;
};

}  // namespace millwright::detail
