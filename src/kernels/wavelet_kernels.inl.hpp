// Bodies of the wavelet kernels, width-generic; included by kernels.inl.hpp, whose reductions the energy uses.
#pragma once

#include "kernels/scalar_pack.hpp"
#include "kernels/wavelet_kernels.hpp"

namespace millwright::detail {
namespace {

constexpr std::size_t most_wavelet_taps = 40;

/// low[u] = sum_j low_tap[j] (row[j] + at)[u] for Packs neighbouring packs; high alike.
template <class Pack, std::size_t Packs, class T>
MILLWRIGHT_INLINE void filter_packs(const T* const* row, std::size_t at, const T* taps, std::size_t count, T* low, T* high) noexcept {
  using memory = memory_of<Pack>;
  Pack low_sum[Packs];
  Pack high_sum[Packs];
  const Pack low_first(taps[0]);
  const Pack high_first(taps[1]);
  unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA {
    const Pack x = memory::load(row[0] + at + u.value * Pack::size);
    low_sum[u.value] = low_first * x;
    high_sum[u.value] = high_first * x;
  });
  for (std::size_t j = 1; j < count; ++j) {
    const Pack low_tap(taps[2 * j]);
    const Pack high_tap(taps[2 * j + 1]);
    const T* const from = row[j] + at;
    unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA {
      const Pack x = memory::load(from + u.value * Pack::size);
      low_sum[u.value] = low_sum[u.value] + low_tap * x;
      high_sum[u.value] = high_sum[u.value] + high_tap * x;
    });
  }
  unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA {
    memory::store(low + u.value * Pack::size, low_sum[u.value]);
    memory::store(high + u.value * Pack::size, high_sum[u.value]);
  });
}

/// As many whole packs of outputs as there are; returns how many outputs that were.
template <class Pack, class T>
MILLWRIGHT_INLINE std::size_t filter_rows(const T* const* row, std::size_t outputs, const T* taps, std::size_t count, T* low,
                                          T* high) noexcept {
  constexpr std::size_t packs = 4;  // sums enough to hide the latency of additions, few enough for 16 registers
  std::size_t k = 0;
  for (; k + packs * Pack::size <= outputs; k += packs * Pack::size) filter_packs<Pack, packs>(row, k, taps, count, low + k, high + k);
  for (; k + Pack::size <= outputs; k += Pack::size) filter_packs<Pack, 1>(row, k, taps, count, low + k, high + k);
  return k;
}

/// Most pairs of taps of the filters that wavelet_analyse knows at compile time.
constexpr std::size_t most_sliding_halves = 6;

/// wavelet_analyse of short filters from registers: even and odd samples are parted once and slide past the taps. As many whole packs
/// of outputs as the input allows without reading past its end; returns how many outputs that were.
template <class Pack, std::size_t Half, class T>
std::size_t analyse_sliding(const T* x, std::size_t outputs, const T* taps, T* low, T* high) noexcept {
  using memory = memory_of<Pack>;
  constexpr std::size_t width = Pack::size;
  const std::size_t pairs = outputs + Half - 1;
  if (pairs < 2 * width) return 0;
  Pack low_tap[2 * Half];
  Pack high_tap[2 * Half];
  unroll<2 * Half>([&](auto j) MILLWRIGHT_LAMBDA {
    low_tap[j.value] = Pack(taps[2 * j.value]);
    high_tap[j.value] = Pack(taps[2 * j.value + 1]);
  });
  Pack even;
  Pack odd;
  memory::load_interleaved(x, even, odd);
  std::size_t k = 0;
  for (; k + 2 * width <= pairs; k += width) {
    Pack next_even;
    Pack next_odd;
    memory::load_interleaved(x + 2 * (k + width), next_even, next_odd);
    Pack low_sum;
    Pack high_sum;
    unroll<Half>([&](auto i) MILLWRIGHT_LAMBDA {
      constexpr std::size_t j = 2 * i.value;
      constexpr std::size_t by = Half - 1 - i.value;
      const Pack later = memory::template slide<by>(odd, next_odd);
      const Pack earlier = memory::template slide<by>(even, next_even);
      if constexpr (j == 0) {
        low_sum = low_tap[0] * later;
        high_sum = high_tap[0] * later;
      } else {
        low_sum = low_sum + low_tap[j] * later;
        high_sum = high_sum + high_tap[j] * later;
      }
      low_sum = low_sum + low_tap[j + 1] * earlier;
      high_sum = high_sum + high_tap[j + 1] * earlier;
    });
    memory::store(low + k, low_sum);
    memory::store(high + k, high_sum);
    even = next_even;
    odd = next_odd;
  }
  return k;
}

template <class Pack, std::size_t Half = 1, class T>
MILLWRIGHT_INLINE std::size_t analyse_short(const T* x, std::size_t outputs, const T* taps, std::size_t half, T* low, T* high) noexcept {
  if constexpr (Half <= most_sliding_halves && Half <= Pack::size + 1) {
    if (half == Half) return analyse_sliding<Pack, Half>(x, outputs, taps, low, high);
    return analyse_short<Pack, Half + 1>(x, outputs, taps, half, low, high);
  } else {
    return 0;
  }
}

template <class Arch, class T>
void wavelet_analyse(const T* x, std::size_t outputs, const T* taps, std::size_t count, T* low, T* high) noexcept {
  using pack = typename Arch::template pack<T>;
  using memory = memory_of<pack>;
  constexpr std::size_t width = pack::size;
  constexpr std::size_t block = 512;  // outputs; even and odd samples of a block stay in the first cache
  alignas(64) T even[block + most_wavelet_taps / 2 + width];
  alignas(64) T odd[block + most_wavelet_taps / 2 + width];
  const std::size_t half = count / 2;
  if constexpr (width > 1) {
    const std::size_t done = analyse_short<pack>(x, outputs, taps, half, low, high);
    x += 2 * done;
    low += done;
    high += done;
    outputs -= done;
  }
  const T* row[most_wavelet_taps];  // tap j of output k multiplies sample 2k + count - 1 - j: odd samples for even j
  for (std::size_t j = 0; j < count; ++j) row[j] = (j % 2 == 0 ? odd : even) + (half - 1 - j / 2);
  for (std::size_t start = 0; start < outputs; start += block) {
    const std::size_t size = outputs - start < block ? outputs - start : block;
    const T* const source = x + 2 * start;
    const std::size_t pairs = size + half - 1;
    std::size_t i = 0;
    for (; i + width <= pairs; i += width) {
      pack a;
      pack b;
      memory::load_interleaved(source + 2 * i, a, b);
      memory::store(even + i, a);
      memory::store(odd + i, b);
    }
    for (; i < pairs; ++i) {
      even[i] = source[2 * i];
      odd[i] = source[2 * i + 1];
    }
    const std::size_t done = filter_rows<pack>(row, size, taps, count, low + start, high + start);
    if constexpr (width > 1) {
      if (done == size) continue;
      // A last pack whose surplus lanes are dropped.
      for (i = pairs; i < done + width + half - 1; ++i) even[i] = odd[i] = T(0);
      T last_low[width];
      T last_high[width];
      filter_packs<pack, 1>(row, done, taps, count, last_low, last_high);
      for (i = done; i < size; ++i) {
        low[start + i] = last_low[i - done];
        high[start + i] = last_high[i - done];
      }
    }
  }
}

/// The pair out[2m], out[2m + 1] of Pack::size neighbouring m.
template <class Pack, std::size_t Packs, class T>
MILLWRIGHT_INLINE void synthesise_packs(const T* low, const T* high, const T* taps, std::size_t half, T* out) noexcept {
  using memory = memory_of<Pack>;
  Pack even[Packs];
  Pack odd[Packs];
  unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA { even[u.value] = odd[u.value] = Pack(T(0)); });
  for (std::size_t i = 0; i < half; ++i) {
    const Pack low_even(taps[4 * i]);
    const Pack high_even(taps[4 * i + 1]);
    const Pack low_odd(taps[4 * i + 2]);
    const Pack high_odd(taps[4 * i + 3]);
    unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA {
      const std::size_t from = half - 1 - i + u.value * Pack::size;
      const Pack a = memory::load(low + from);
      const Pack d = memory::load(high + from);
      even[u.value] = even[u.value] + low_even * a;
      odd[u.value] = odd[u.value] + low_odd * a;
      even[u.value] = even[u.value] + high_even * d;
      odd[u.value] = odd[u.value] + high_odd * d;
    });
  }
  unroll<Packs>([&](auto u) MILLWRIGHT_LAMBDA { memory::store_interleaved(out + 2 * u.value * Pack::size, even[u.value], odd[u.value]); });
}

template <class Arch, class T>
void wavelet_synthesise(const T* low, const T* high, std::size_t pairs, const T* taps, std::size_t count, T* out) noexcept {
  using pack = typename Arch::template pack<T>;
  const std::size_t half = count / 2;
  std::size_t m = 0;
  for (; m + 2 * pack::size <= pairs; m += 2 * pack::size) synthesise_packs<pack, 2>(low + m, high + m, taps, half, out + 2 * m);
  for (; m + pack::size <= pairs; m += pack::size) synthesise_packs<pack, 1>(low + m, high + m, taps, half, out + 2 * m);
  for (; m < pairs; ++m) synthesise_packs<scalar_pack<T>, 1>(low + m, high + m, taps, half, out + 2 * m);
}

template <class Arch, class T>
void wavelet_filter(const T* x, const std::ptrdiff_t* offset, std::size_t outputs, const T* taps, std::size_t count, T* low,
                    T* high) noexcept {
  const T* row[most_wavelet_taps];
  for (std::size_t j = 0; j < count; ++j) row[j] = x + offset[j];
  std::size_t t = filter_rows<typename Arch::template pack<T>>(row, outputs, taps, count, low, high);
  for (; t < outputs; ++t) filter_packs<scalar_pack<T>, 1>(row, t, taps, count, low + t, high + t);
}

template <class Pack, class T>
MILLWRIGHT_INLINE void merge_pack(const T* low, const T* high, const std::ptrdiff_t* offset, const T* taps, std::size_t count,
                                  T* out) noexcept {
  using memory = memory_of<Pack>;
  Pack sum = Pack(taps[0]) * memory::load(low + offset[0]);
  sum = sum + Pack(taps[1]) * memory::load(high + offset[0]);
  for (std::size_t j = 1; j < count; ++j) {
    sum = sum + Pack(taps[2 * j]) * memory::load(low + offset[j]);
    sum = sum + Pack(taps[2 * j + 1]) * memory::load(high + offset[j]);
  }
  memory::store(out, sum);
}

template <class Arch, class T>
void wavelet_merge(const T* low, const T* high, const std::ptrdiff_t* offset, std::size_t outputs, const T* taps, std::size_t count,
                   T* out) noexcept {
  using pack = typename Arch::template pack<T>;
  std::size_t t = 0;
  for (; t + pack::size <= outputs; t += pack::size) merge_pack<pack>(low + t, high + t, offset, taps, count, out + t);
  for (; t < outputs; ++t) merge_pack<scalar_pack<T>>(low + t, high + t, offset, taps, count, out + t);
}

template <class Arch, class T>
double wavelet_energy(const T* x, std::size_t n) noexcept {
  double result[1];
  sum_in_lanes<Arch>(n, n, result, [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using memory = memory_of<pack_of<decltype(*term)>>;
    if constexpr (sizeof(T) == sizeof(float)) {
      const auto value = memory::widen(x + i);
      term[0] = value * value;
    } else {
      const auto value = memory::load(x + i);
      term[0] = value * value;
    }
  });
  return result[0];
}

template <class Arch>
inline constexpr wavelet_kernels wavelet_kernels_of = {
    {&wavelet_analyse<Arch, float>, &wavelet_synthesise<Arch, float>, &wavelet_filter<Arch, float>, &wavelet_merge<Arch, float>,
     &wavelet_energy<Arch, float>},
    {&wavelet_analyse<Arch, double>, &wavelet_synthesise<Arch, double>, &wavelet_filter<Arch, double>, &wavelet_merge<Arch, double>,
     &wavelet_energy<Arch, double>},
};

}  // namespace
}  // namespace millwright::detail
