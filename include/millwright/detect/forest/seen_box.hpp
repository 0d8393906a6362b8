#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "millwright/core/workspace.hpp"

namespace millwright::detail {

/// The smallest and largest value of each column in the training rows and all rows learned since, in units of the training range:
/// [0, 1] at first. It only grows; a stream of trees that share the score of their edge cells tells far from very far by it.
class seen_box {
 public:
  void take(std::size_t columns, workspace& memory) noexcept {
    low_ = memory.carve<double>(columns);
    high_ = memory.carve<double>(columns);
  }
  void reset() noexcept {
    std::fill(low_.begin(), low_.end(), 0.0);
    std::fill(high_.begin(), high_.end(), 1.0);
  }
  void extend(std::span<const double> x) noexcept {
    for (std::size_t c = 0; c < low_.size(); ++c) {
      low_[c] = std::min(low_[c], x[c]);
      high_[c] = std::max(high_[c], x[c]);
    }
  }
  /// How far x lies outside in column c, in training ranges; 0 inside.
  [[nodiscard]] double excess(std::span<const double> x, std::size_t c) const noexcept {
    return std::max({0.0, x[c] - high_[c], low_[c] - x[c]});
  }
  [[nodiscard]] double mean_excess(std::span<const double> x) const noexcept {
    double sum = 0.0;
    for (std::size_t c = 0; c < low_.size(); ++c) sum += excess(x, c);
    return sum / static_cast<double>(low_.size());
  }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(low_, high_);
  }
  [[nodiscard]] bool is_valid() const noexcept {
    for (std::size_t c = 0; c < low_.size(); ++c) {
      if (!(low_[c] >= -1e9 && low_[c] <= 0.0 && high_[c] >= 1.0 && high_[c] <= 1e9)) return false;
    }
    return true;
  }

 private:
  std::span<double> low_, high_;
};

}  // namespace millwright::detail
