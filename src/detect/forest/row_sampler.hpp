#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::detail {

/// Weights of the training rows, empty when all are equal, which then changes nothing. Error: weights that would have no effect
/// because each tree draws all rows.
[[nodiscard]] result<std::vector<double>> drawing_weights(std::string_view stage, const const_rows& rows, std::int64_t samples);

/// Draws different rows, each next one with a probability proportional to its weight among those left (all equal: none given).
class row_sampler {
 public:
  row_sampler(std::size_t rows, std::span<const double> weights);

  /// `picked.size()` <= rows different rows. Depends on `random` alone, not on earlier draws.
  void draw(random_stream& random, std::span<std::size_t> picked);

 private:
  std::size_t take(double point);
  void set(std::size_t row, double weight);

  std::span<const double> weights_;
  std::vector<std::size_t> order_;  // without weights: the rows, put back in order after each draw
  std::vector<std::size_t> swaps_;
  std::vector<double> sums_;  // with weights: a binary tree of sums, row r in leaf first_leaf_ + r, root 1
  std::size_t first_leaf_ = 1;
};

}  // namespace millwright::detail
