// The hot loops of scoring an isolation forest on 64 rows at a time; one table per instruction level. They compare ranks and choose
// between bytes, so every level gives the same bits by construction; see src/detect/forest/forest_layout.hpp for what the bytes mean.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millwright::detail {

inline constexpr std::size_t forest_block = 64;       ///< rows
inline constexpr std::size_t forest_constants = 256;  ///< slots that hold the same byte for all rows: slot k holds k - 128
inline constexpr std::size_t forest_temporaries = 128;

/// Numbers in the table of a feature: of the smallest, too, so many that a wide register may be loaded from it.
[[nodiscard]] constexpr std::size_t forest_table_size(unsigned steps) noexcept { return steps < 5 ? 32 : std::size_t{1} << steps; }

/// slot[out] = rank[feature] > threshold ? slot[right] : slot[left], for each row of the block.
struct forest_node {
  std::uint32_t feature;
  std::uint16_t left, right, out;
  std::int8_t threshold;
};

struct forest_kernels {
  /// Every rank[r] = (number of thresholds <= x[r * stride]) - 128. `table` holds the thresholds as a balanced search tree, level after
  /// level: 2^steps - 1 of them from table[1] on, steps <= 8, and whatever else up to forest_table_size(steps). rows <= 64; the ranks of
  /// the others are those of the last row.
  void (*rank_f64)(const double* x, std::size_t stride, std::size_t rows, const double* table, unsigned steps, std::int8_t* rank) noexcept;
  void (*rank_f32)(const float* x, std::size_t stride, std::size_t rows, const float* table, unsigned steps, std::int8_t* rank) noexcept;
  /// x is rounded to float32 first.
  void (*rank_rounded)(const double* x, std::size_t stride, std::size_t rows, const float* table, unsigned steps,
                       std::int8_t* rank) noexcept;
  /// The nodes in order. A slot and a rank are 64 bytes each, aligned to 64.
  void (*select)(const forest_node* nodes, std::size_t count, const std::int8_t* ranks, std::int8_t* slots) noexcept;
  /// sums[r] += paths[byte of roots[t][r]], t in order. Bytes count as unsigned here.
  void (*add_paths)(const std::int8_t* const* roots, std::size_t trees, const double* paths, double* sums) noexcept;
};

}  // namespace millwright::detail
