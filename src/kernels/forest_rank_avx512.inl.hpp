// Included by forest_kernels.inl.hpp where the compiler may use AVX-512: ranks by table lookups in registers, all rows side by side.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/forest_kernels.hpp"
#include "kernels/scalar_pack.hpp"
#include "kernels/xsimd_compat.hpp"

namespace millwright::detail {
namespace {

/// What the search needs of 16 floats or 8 doubles; positions in the table are as wide as the values.
struct lanes_of_floats {
  using value = float;
  using pack = __m512;
  static constexpr std::size_t size = 16;
  static MILLWRIGHT_INLINE pack load(const float* p) noexcept { return _mm512_loadu_ps(p); }
  /// Of 32 numbers, the one at position % 32.
  static MILLWRIGHT_INLINE pack chosen(const float* p, __m512i position) noexcept {
    return _mm512_permutex2var_ps(load(p), position, load(p + size));
  }
  template <int Bit>
  static MILLWRIGHT_INLINE pack chosen_by_bit(__m512i position, pack clear, pack set) noexcept {
    return _mm512_mask_blend_ps(_mm512_test_epi32_mask(position, _mm512_set1_epi32(Bit)), clear, set);
  }
  static MILLWRIGHT_INLINE __m512i all(int number) noexcept { return _mm512_set1_epi32(number); }
  /// 2 * position, plus 1 where threshold <= x.
  static MILLWRIGHT_INLINE __m512i next(__m512i position, pack threshold, pack x) noexcept {
    const __m512i twice = _mm512_add_epi32(position, position);
    return _mm512_mask_add_epi32(twice, _mm512_cmp_ps_mask(threshold, x, _CMP_LE_OQ), twice, all(1));
  }
  static MILLWRIGHT_INLINE void store_bytes(std::int8_t* p, __m512i position, int offset) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_sub_epi32(position, all(offset))));
  }
};
struct lanes_of_doubles {
  using value = double;
  using pack = __m512d;
  static constexpr std::size_t size = 8;
  static MILLWRIGHT_INLINE pack load(const double* p) noexcept { return _mm512_loadu_pd(p); }
  static MILLWRIGHT_INLINE pack chosen(const double* p, __m512i position) noexcept {
    return _mm512_permutex2var_pd(load(p), position, load(p + size));
  }
  template <int Bit>
  static MILLWRIGHT_INLINE pack chosen_by_bit(__m512i position, pack clear, pack set) noexcept {
    return _mm512_mask_blend_pd(_mm512_test_epi64_mask(position, _mm512_set1_epi64(Bit)), clear, set);
  }
  static MILLWRIGHT_INLINE __m512i all(int number) noexcept { return _mm512_set1_epi64(number); }
  static MILLWRIGHT_INLINE __m512i next(__m512i position, pack threshold, pack x) noexcept {
    const __m512i twice = _mm512_add_epi64(position, position);
    return _mm512_mask_add_epi64(twice, _mm512_cmp_pd_mask(threshold, x, _CMP_LE_OQ), twice, all(1));
  }
  static MILLWRIGHT_INLINE void store_bytes(std::int8_t* p, __m512i position, int offset) noexcept {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm512_cvtepi64_epi8(_mm512_sub_epi64(position, all(offset))));
  }
};

/// Of `Count` numbers, the one at position % Count.
template <class Lanes, std::size_t Count>
MILLWRIGHT_INLINE typename Lanes::pack chosen_of(const typename Lanes::value* p, __m512i position) noexcept {
  if constexpr (Count <= 2 * Lanes::size) {
    return Lanes::chosen(p, position);
  } else {
    return Lanes::template chosen_by_bit<Count / 2>(position, chosen_of<Lanes, Count / 2>(p, position),
                                                    chosen_of<Lanes, Count / 2>(p + Count / 2, position));
  }
}

/// One step of the search for every row of the block: level Level of the table, whose 2^Level thresholds begin at 2^Level.
template <class Lanes, std::size_t Level>
MILLWRIGHT_INLINE void rank_step(const typename Lanes::value* table, const typename Lanes::pack* x, __m512i* position) noexcept {
  constexpr std::size_t count = std::size_t{1} << Level;
  // The first levels lie in one lookup's reach of the table's beginning, together.
  constexpr std::size_t first = 2 * count <= 2 * Lanes::size ? 0 : count;
  unroll<forest_block / Lanes::size>([&](auto i) MILLWRIGHT_LAMBDA {
    position[i.value] = Lanes::next(position[i.value], chosen_of<Lanes, count>(table + first, position[i.value]), x[i.value]);
  });
}

template <class Lanes, class Input>
void forest_rank_avx512(const Input* x, std::size_t stride, std::size_t rows, const typename Lanes::value* table, unsigned steps,
                        std::int8_t* rank) noexcept {
  using T = typename Lanes::value;
  constexpr std::size_t packs = forest_block / Lanes::size;
  alignas(64) T value[forest_block];
  for (std::size_t r = 0; r < rows; ++r) value[r] = static_cast<T>(x[r * stride]);
  for (std::size_t r = rows; r < forest_block; ++r) value[r] = value[rows - 1];
  typename Lanes::pack v[packs];
  __m512i position[packs];
  unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA {
    v[i.value] = Lanes::load(value + i.value * Lanes::size);
    position[i.value] = Lanes::all(1);
  });
  unroll<8>([&](auto level) MILLWRIGHT_LAMBDA {
    if (level.value < steps) rank_step<Lanes, level.value>(table, v, position);
  });
  const int offset = (1 << steps) + 128;
  unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA { Lanes::store_bytes(rank + i.value * Lanes::size, position[i.value], offset); });
}

}  // namespace
}  // namespace millwright::detail
