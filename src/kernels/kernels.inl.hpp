// The bodies of detail::kernel_table, width-generic: Arch is scalar_arch or an xsimd level. Every sum runs in 16 lanes that
// are added in a fixed tree, whatever the width, so all levels give the same bits. Internal linkage throughout: nothing here may
// reach the linker as a weak symbol, or code for a wide level could be chosen on a CPU that lacks it.
#pragma once

#include <type_traits>
#include <utility>

#include "fft_kernels.inl.hpp"
#include "log.inl.hpp"
#include "millwright/detail/kernels.hpp"
#include "scalar_pack.hpp"

#define MILLWRIGHT_INLINE __attribute__((always_inline)) inline
#define MILLWRIGHT_LAMBDA __attribute__((always_inline))

namespace millwright::detail {
namespace {

constexpr std::size_t lanes = 16;

template <std::size_t Index>
struct constant {
  static constexpr std::size_t value = Index;
};

template <class Body, std::size_t... Index>
MILLWRIGHT_INLINE void unrolled(Body&& body, std::index_sequence<Index...>) noexcept {
  (body(constant<Index>{}), ...);
}
/// body(constant<0>), ..., body(constant<Count - 1>): unrolled at every optimisation level, so that arrays of packs live in registers.
template <std::size_t Count, class Body>
MILLWRIGHT_INLINE void unroll(Body&& body) noexcept {
  unrolled(body, std::make_index_sequence<Count>{});
}

/// 16 lanes of T in packs of one level.
template <class Pack>
struct lane_sum {
  using T = typename Pack::value_type;
  static constexpr std::size_t packs = lanes / Pack::size;
  Pack part[packs];

  MILLWRIGHT_INLINE explicit lane_sum(T start) noexcept {
    unroll<packs>([&](auto i) { part[i.value] = Pack(start); });
  }
  MILLWRIGHT_INLINE void store(T* to) const noexcept {
    unroll<packs>([&](auto i) { memory_of<Pack>::store(to + i.value * Pack::size, part[i.value]); });
  }
};

/// 16 -> 8 -> 4 -> 2 -> 1, lane i with lane i + half.
template <class T, class Combine>
MILLWRIGHT_INLINE T reduce_lanes(T* lane, Combine combine) noexcept {
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lane[i] = combine(lane[i], lane[i + half]);
  }
  return lane[0];
}

struct add {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T a, T b) const noexcept {
    return a + b;
  }
};
// As comparisons, not as min and max instructions, whose results for NaN and signed zeros differ between platforms.
struct smaller {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T kept, T x) const noexcept {
    return select(x < kept, x, kept);
  }
  MILLWRIGHT_INLINE float operator()(float kept, float x) const noexcept { return x < kept ? x : kept; }
};
struct larger {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T kept, T x) const noexcept {
    return select(x > kept, x, kept);
  }
  MILLWRIGHT_INLINE float operator()(float kept, float x) const noexcept { return x > kept ? x : kept; }
};

/// The frame of every reduction to Sums doubles over n elements: rows of 16 in packs as long as they end within the first
/// `in_packs` elements, the tail in the same lanes one by one. body(term, i) sets the terms of elements i .. i + pack size - 1.
template <class Arch, std::size_t Sums, class Body>
MILLWRIGHT_INLINE void sum_in_lanes(std::size_t n, std::size_t in_packs, double (&result)[Sums], Body body) noexcept {
  using wide = typename Arch::template pack<double>;
  using single = scalar_pack<double>;
  constexpr std::size_t packs = lanes / wide::size;
  wide sums[Sums][packs];
  unroll<Sums>([&](auto s) { unroll<packs>([&](auto i) { sums[s.value][i.value] = wide(0.0); }); });
  std::size_t start = 0;
  for (; start + lanes <= in_packs; start += lanes) {
    unroll<packs>([&](auto i) {
      wide term[Sums];
      body(term, start + i.value * wide::size);
      unroll<Sums>([&](auto s) { sums[s.value][i.value] = sums[s.value][i.value] + term[s.value]; });
    });
  }
  double lane[Sums][lanes];
  unroll<Sums>([&](auto s) {
    unroll<packs>([&](auto i) { memory_of<wide>::store(&lane[s.value][i.value * wide::size], sums[s.value][i.value]); });
  });
  for (std::size_t i = start; i < n; ++i) {
    single term[Sums];
    body(term, i);
    for (std::size_t s = 0; s < Sums; ++s) lane[s][(i - start) % lanes] += term[s].value;
  }
  for (std::size_t s = 0; s < Sums; ++s) result[s] = reduce_lanes(lane[s], add{});
}

template <class Pack>
using pack_of = std::remove_reference_t<Pack>;

template <class Arch>
raw_sums raw(const float* x, std::size_t n) noexcept {
  double sums[4];
  sum_in_lanes<Arch>(n, n, sums, [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack value = memory_of<pack>::widen(x + i);
    const pack magnitude = abs(value);
    term[0] = value;
    term[1] = magnitude;
    term[2] = sqrt(magnitude);
    term[3] = value * value;
  });
  // The extremes stay in single precision, where a pack holds twice as many; the second reading comes from the cache.
  using wide = typename Arch::template pack<float>;
  lane_sum<wide> low(__builtin_inff());
  lane_sum<wide> high(-__builtin_inff());
  std::size_t start = 0;
  for (; start + lanes <= n; start += lanes) {
    unroll<lanes / wide::size>([&](auto i) {
      const wide value = memory_of<wide>::load(x + start + i.value * wide::size);
      low.part[i.value] = smaller{}(low.part[i.value], value);
      high.part[i.value] = larger{}(high.part[i.value], value);
    });
  }
  float low_lane[lanes];
  float high_lane[lanes];
  low.store(low_lane);
  high.store(high_lane);
  for (std::size_t i = start; i < n; ++i) {
    low_lane[i - start] = smaller{}(low_lane[i - start], x[i]);
    high_lane[i - start] = larger{}(high_lane[i - start], x[i]);
  }
  return {sums[0], sums[1], sums[2], sums[3], static_cast<double>(reduce_lanes(low_lane, smaller{})),
          static_cast<double>(reduce_lanes(high_lane, larger{}))};
}

template <class Arch>
central_sums central(const float* x, std::size_t n, double mean) noexcept {
  double sums[3];
  sum_in_lanes<Arch>(n, n, sums, [x, mean](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack deviation = memory_of<pack>::widen(x + i) - pack(mean);
    const pack square = deviation * deviation;
    term[0] = square;
    term[1] = square * deviation;
    term[2] = square * square;
  });
  return {sums[0], sums[1], sums[2]};
}

/// 1 where x > level, else 0.
template <class Pack>
MILLWRIGHT_INLINE Pack above(Pack x, double level) noexcept {
  return select(x > Pack(level), Pack(1.0), Pack(0.0));
}

template <class Arch>
difference_sums differences(const float* x, std::size_t n, double level) noexcept {
  // Differences are counted by their first sample. The last first difference has no second one to go with it and must not be
  // read in a pack, which would read past the end.
  double sums[6];
  const std::size_t firsts = n >= 1 ? n - 1 : 0;
  const std::size_t seconds = n >= 2 ? n - 2 : 0;
  sum_in_lanes<Arch>(firsts, seconds, sums, [=](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack x0 = memory_of<pack>::widen(x + i);
    const pack x1 = memory_of<pack>::widen(x + i + 1);
    const pack first = x1 - x0;
    term[0] = abs(first);
    term[1] = first;
    term[2] = first * first;
    term[3] = pack(0.0);
    if (pack::size > 1 || i < seconds) term[3] = (memory_of<pack>::widen(x + i + 2) - x1) - first;
    term[4] = term[3] * term[3];
    term[5] = abs(above(x1, level) - above(x0, level));
  });
  return {sums[0], sums[1], sums[2], sums[3], sums[4], static_cast<std::int64_t>(sums[5])};
}

/// body(pack tag, i) for i = 0, size, 2 size, ... and the tail one by one; for element-wise work.
template <class Arch, class Body>
MILLWRIGHT_INLINE void for_each_pack(std::size_t n, Body body) noexcept {
  using wide = typename Arch::template pack<double>;
  std::size_t i = 0;
  for (; i + wide::size <= n; i += wide::size) body(static_cast<wide*>(nullptr), i);
  for (; i < n; ++i) body(static_cast<scalar_pack<double>*>(nullptr), i);
}

template <class Arch>
void taper(const float* x, const double* window, double offset, std::size_t n, double* y) noexcept {
  for_each_pack<Arch>(n, [=](auto* tag, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*tag)>;
    using memory = memory_of<pack>;
    memory::store(y + i, (memory::widen(x + i) - pack(offset)) * memory::load(window + i));
  });
}

template <class Arch>
void add_power(const double* z, std::size_t n, double* psd) noexcept {
  for_each_pack<Arch>(n, [=](auto* tag, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*tag)>;
    using memory = memory_of<pack>;
    pack re;
    pack im;
    memory::load_interleaved(z + 2 * i, re, im);
    memory::store(psd + i, memory::load(psd + i) + (re * re + im * im));
  });
}

template <class Arch>
double sum(const double* x, std::size_t n) noexcept {
  double result[1];
  sum_in_lanes<Arch>(n, n, result, [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    term[0] = memory_of<pack_of<decltype(*term)>>::load(x + i);
  });
  return result[0];
}

template <class Arch>
double dot(const double* x, const double* y, std::size_t n) noexcept {
  double result[1];
  sum_in_lanes<Arch>(n, n, result, [x, y](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using memory = memory_of<pack_of<decltype(*term)>>;
    term[0] = memory::load(x + i) * memory::load(y + i);
  });
  return result[0];
}

template <class Arch>
kernel_table::spectral_sums spectral(const double* p, std::size_t n) noexcept {
  double sums[5];
  sum_in_lanes<Arch>(n, n, sums, [p](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    using memory = memory_of<pack>;
    const pack power = memory::load(p + i);
    const pack index = memory::iota(static_cast<double>(i));
    const pack moment = index * power;
    const pack logarithm = log_of(power + pack(1e-300));
    term[0] = power;
    term[1] = moment;
    term[2] = index * moment;
    term[3] = logarithm;
    term[4] = power * logarithm;
  });
  return {sums[0], sums[1], sums[2], sums[3], sums[4]};
}

template <class Arch>
constexpr kernel_table make_table(kernel_level level) noexcept {
  return {&raw<Arch>,       &central<Arch>, &differences<Arch>, &taper<Arch>, &add_power<Arch>, &sum<Arch>, &dot<Arch>,
          &spectral<Arch>, &fft_kernels_of<Arch>, level};
}

}  // namespace
}  // namespace millwright::detail
