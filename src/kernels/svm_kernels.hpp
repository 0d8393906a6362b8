// The hot loops of kernel methods: rows against many vectors at once; one table per instruction level. Vectors lie in tiles of 32,
// column by column, [tiles, columns, 32]: a lane holds one vector, so the columns are summed in order and the bits depend neither on
// the level nor on how many rows are taken together.
#pragma once

#include <cstddef>

namespace millwright::detail {

inline constexpr std::size_t svm_tile = 32;

struct svm_kernels {
  /// out[r, v] = sum over columns c of rows[r, c] * vector v's value; out is [row_count, 32 tile_count].
  void (*products)(const double* tiles, std::size_t tile_count, std::size_t columns, const double* rows, std::size_t row_count,
                   double* out) noexcept;
  /// y[i] = exp(-gamma max(0, (square + squares[i]) - 2 y[i])): from products to the RBF kernel. n is a multiple of 32.
  void (*rbf_of_products)(const double* squares, double square, double gamma, std::size_t n, double* y) noexcept;
};

}  // namespace millwright::detail
