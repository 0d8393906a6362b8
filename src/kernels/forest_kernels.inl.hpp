// Included by kernels.inl.hpp.
#pragma once

#include "kernels/forest_kernels.hpp"
#if defined(__AVX512F__)
#include "kernels/forest_rank_avx512.inl.hpp"
#endif

namespace millwright::detail {
namespace {

/// Binary searches without branches, as many side by side as hide each other's latency.
template <class Arch, class Input, class T>
void forest_rank(const Input* x, std::size_t stride, std::size_t rows, const T* table, unsigned steps, std::int8_t* rank) noexcept {
  constexpr std::size_t side_by_side = 8;
  for (std::size_t first = 0; first < forest_block; first += side_by_side) {
    T value[side_by_side];
    std::uint32_t at[side_by_side];
    unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA {
      const std::size_t r = first + i.value;
      value[i.value] = static_cast<T>(x[(r < rows ? r : rows - 1) * stride]);
      at[i.value] = 1;
    });
    for (unsigned s = 0; s < steps; ++s) {
      unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA {
        at[i.value] = 2 * at[i.value] + static_cast<std::uint32_t>(table[at[i.value]] <= value[i.value]);
      });
    }
    const std::uint32_t offset = (1U << steps) + 128;
    unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA { rank[first + i.value] = static_cast<std::int8_t>(at[i.value] - offset); });
  }
}
#if defined(__AVX512F__)
template <>
void forest_rank<avx512_arch>(const double* x, std::size_t stride, std::size_t rows, const double* table, unsigned steps,
                              std::int8_t* rank) noexcept {
  forest_rank_avx512<lanes_of_doubles>(x, stride, rows, table, steps, rank);
}
template <>
void forest_rank<avx512_arch>(const float* x, std::size_t stride, std::size_t rows, const float* table, unsigned steps,
                              std::int8_t* rank) noexcept {
  forest_rank_avx512<lanes_of_floats>(x, stride, rows, table, steps, rank);
}
template <>
void forest_rank<avx512_arch>(const double* x, std::size_t stride, std::size_t rows, const float* table, unsigned steps,
                              std::int8_t* rank) noexcept {
  forest_rank_avx512<lanes_of_floats>(x, stride, rows, table, steps, rank);
}
#endif

template <class Arch>
void forest_select(const forest_node* nodes, std::size_t count, const std::int8_t* ranks, std::int8_t* slots) noexcept {
  using pack = typename Arch::template pack<std::int8_t>;
  using memory = memory_of<pack>;
  for (std::size_t n = 0; n < count; ++n) {
    const forest_node node = nodes[n];
    const std::int8_t* rank = ranks + forest_block * std::size_t{node.feature};
    const pack threshold(node.threshold);
    const std::int8_t* left = slots + forest_block * std::size_t{node.left};
    const std::int8_t* right = slots + forest_block * std::size_t{node.right};
    std::int8_t* out = slots + forest_block * std::size_t{node.out};
    unroll<forest_block / pack::size>([&](auto i) MILLWRIGHT_LAMBDA {
      constexpr std::size_t at = i.value * pack::size;
      const pack chosen = select(memory::load(rank + at) > threshold, memory::load(right + at), memory::load(left + at));
      memory::store(out + at, chosen);
    });
  }
}

/// Each row's sum takes one path after the other; rows side by side.
template <class Arch>
void forest_add_paths(const std::int8_t* const* roots, std::size_t trees, const double* paths, double* sums) noexcept {
  constexpr std::size_t side_by_side = 8;
  for (std::size_t first = 0; first < forest_block; first += side_by_side) {
    double sum[side_by_side];
    unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA { sum[i.value] = sums[first + i.value]; });
    for (std::size_t t = 0; t < trees; ++t) {
      const std::int8_t* root = roots[t] + first;
      unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA { sum[i.value] += paths[static_cast<std::uint8_t>(root[i.value])]; });
    }
    unroll<side_by_side>([&](auto i) MILLWRIGHT_LAMBDA { sums[first + i.value] = sum[i.value]; });
  }
}

template <class Arch>
inline constexpr forest_kernels forest_kernels_of = {&forest_rank<Arch, double, double>, &forest_rank<Arch, float, float>,
                                                     &forest_rank<Arch, double, float>, &forest_select<Arch>, &forest_add_paths<Arch>};

/// Without packs, walking from node to node costs less: no table.
template <class Arch>
inline constexpr const forest_kernels* forest_kernels_or_none =
    Arch::template pack<std::int8_t>::size > 1 ? &forest_kernels_of<Arch> : nullptr;

}  // namespace
}  // namespace millwright::detail
