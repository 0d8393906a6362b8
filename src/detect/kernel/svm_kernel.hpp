#pragma once

#include <cstddef>
#include <vector>

#include "kernels/svm_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/detect/kernel/kernel_expansion.hpp"

namespace millwright::detail {

/// Vectors in tiles of 32, padded with zeros, and one number for each: its squared norm, or its phase.
struct vector_tiles {
  std::vector<double> values;   ///< [tiles, columns, 32]
  std::vector<double> offsets;  ///< [tiles, 32]
  [[nodiscard]] std::size_t tiles() const noexcept { return offsets.size() / svm_tile; }
};

/// `rows` has n rows of `columns` values; offsets become squared norms.
[[nodiscard]] vector_tiles tile_vectors(const double* rows, std::size_t n, std::size_t columns);

/// Sum of squares in order.
[[nodiscard]] double squared_norm(const double* x, std::size_t columns) noexcept;

/// k(x, y) as a function of x.y, for the kernels that are one.
[[nodiscard]] double kernel_of_product(const kernel_formula& formula, double product) noexcept;

/// k(x, x).
[[nodiscard]] double kernel_of_itself(const kernel_formula& formula, double square) noexcept;

/// Whether squared distances must be summed directly, because |x|^2 + |y|^2 - 2 x.y would lose digits that the kernel shows.
[[nodiscard]] bool needs_distances(double gamma, const double* offsets, std::size_t n) noexcept;

/// out[r, v] = k(row r, vector v), rows and out without gaps: `count` rows of `columns` values against whole tiles.
/// squares: the rows' squared norms.
void kernel_values(const kernel_table& kernels, const kernel_formula& formula, const double* tiles, const double* offsets,
                   std::size_t tile_count, std::size_t columns, const double* rows, const double* squares, std::size_t count,
                   double* out) noexcept;

}  // namespace millwright::detail
