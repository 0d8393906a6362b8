#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "detect/forest/random_cut_tree.hpp"

namespace millwright::test {

/// A random cut tree that owns its memory.
class owned_random_cut_tree {
 public:
  owned_random_cut_tree(std::size_t capacity, std::size_t columns)
      : capacity_(capacity), columns_(columns), ids_(9 * capacity), numbers_((1 + 3 * columns) * capacity) {
    view().clear();
  }
  [[nodiscard]] detail::random_cut_tree view() {
    const std::size_t n = capacity_;
    const auto ids = [&, next = std::size_t{0}](std::size_t count) mutable {
      next += count;
      return std::span(ids_).subspan(next - count, count);
    };
    auto take = ids;
    const auto parent = take(2 * n), count = take(2 * n), left = take(n), right = take(n), cut_column = take(n), leaf_of = take(n),
               scratch = take(n);
    const std::span<double> numbers(numbers_);
    const std::size_t box = n * columns_;
    return {n,
            columns_,
            parent,
            count,
            left,
            right,
            cut_column,
            numbers.first(n),
            numbers.subspan(n, box),
            numbers.subspan(n + box, box),
            numbers.subspan(n + 2 * box, box),
            leaf_of,
            scratch,
            root_,
            oldest_,
            size_};
  }
  /// Leaf of the i-th oldest point.
  [[nodiscard]] std::uint16_t leaf(std::size_t i) { return view().leaf_of[(oldest_ + i) % capacity_]; }
  [[nodiscard]] std::uint16_t newest() { return leaf(size_ - 1U); }

 private:
  std::size_t capacity_, columns_;
  std::vector<std::uint16_t> ids_;
  std::vector<double> numbers_;
  std::uint16_t root_ = 0, oldest_ = 0, size_ = 0;
};

}  // namespace millwright::test
