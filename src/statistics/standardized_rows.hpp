#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright::detail {

/// Training rows on the scale of a standardizer, without the columns that do not vary.
struct standardized_rows {
  std::vector<double> center, scale;  ///< of all columns; a scale of 0: the column does not vary
  std::vector<double> values;         ///< row by row
  std::size_t rows = 0;
  std::size_t columns = 0;  ///< that vary

  [[nodiscard]] std::span<const double> operator[](std::size_t r) const noexcept { return {values.data() + r * columns, columns}; }
};

/// What a learner gathered, on the scale of spread_of(scaling). The scale is learned from all rows; of more than `most` rows, `most` at
/// even distances are kept. Errors: fewer than `fewest` usable rows, no column that varies, more than 65536 columns.
[[nodiscard]] result<standardized_rows> take_standardized(std::string_view stage, training_rows& training, std::string_view scaling,
                                                          std::size_t fewest, std::size_t most);

/// Rows of `columns` values as columns of values, which is how kernel_table::squared_distances wants them.
[[nodiscard]] std::vector<double> transposed(std::span<const double> values, std::size_t columns);

/// Greedy k-centre: starts with the point nearest the origin, then always adds the one farthest from all chosen; the first of equals.
/// Indices of at most `most` points, fewer when no others differ from them. No point is farther from a chosen one than twice what
/// the best choice of as many would give. O(most x points x dimensions). `points` row by row; most > 0.
/// Source: Gonzalez, Theoretical Computer Science 38 (1985).
[[nodiscard]] std::vector<std::size_t> k_center(std::span<const double> points, std::size_t dimensions, std::size_t most);

/// As k_center, but the first half of the points is taken at even distances: these are as dense as all points are, and the others, each
/// farthest from all before it, cover what they miss. Fewer than `most` when no others differ from them.
[[nodiscard]] std::vector<std::size_t> covering_sample(std::span<const double> points, std::size_t dimensions, std::size_t most);

}  // namespace millwright::detail
