// The bodies of detail::kernel_table, width-generic: Arch is scalar_arch or an xsimd level. Every sum runs in 16 lanes that
// are added in a fixed tree, whatever the width, so all levels give the same bits. Internal linkage throughout: nothing here may
// reach the linker as a weak symbol, or code for a wide level could be chosen on a CPU that lacks it.
#pragma once

#include <type_traits>
#include <utility>

#include "fft_real.inl.hpp"
#include "log.inl.hpp"
#include "millwright/detail/kernels.hpp"
#include "scalar_pack.hpp"

namespace millwright::detail {
namespace {

constexpr std::size_t lanes = 16;

/// 16 lanes of T in packs of one level.
template <class Pack>
struct lane_sum {
  using T = typename Pack::value_type;
  static constexpr std::size_t packs = lanes / Pack::size;
  Pack part[packs];

  MILLWRIGHT_INLINE explicit lane_sum(T start) noexcept {
    unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA { part[i.value] = Pack(start); });
  }
  MILLWRIGHT_INLINE void store(T* to) const noexcept {
    unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA { memory_of<Pack>::store(to + i.value * Pack::size, part[i.value]); });
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
  MILLWRIGHT_INLINE double operator()(double kept, double x) const noexcept { return x < kept ? x : kept; }
};
struct larger {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T kept, T x) const noexcept {
    return select(x > kept, x, kept);
  }
  MILLWRIGHT_INLINE float operator()(float kept, float x) const noexcept { return x > kept ? x : kept; }
  MILLWRIGHT_INLINE double operator()(double kept, double x) const noexcept { return x > kept ? x : kept; }
};

/// The frame of every reduction to Sums doubles over n elements: rows of 16 in packs as long as they end within the first
/// `in_packs` elements, the tail in the same lanes one by one. body(term, i) sets the terms of elements i .. i + pack size - 1.
template <class Arch, std::size_t Sums, class Body>
MILLWRIGHT_INLINE void sum_in_lanes(std::size_t n, std::size_t in_packs, double (&result)[Sums], Body body) noexcept {
  using wide = typename Arch::template pack<double>;
  using single = scalar_pack<double>;
  constexpr std::size_t packs = lanes / wide::size;
  wide sums[Sums][packs];
  unroll<Sums>([&](auto s) MILLWRIGHT_LAMBDA { unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA { sums[s.value][i.value] = wide(0.0); }); });
  std::size_t start = 0;
  for (; start + lanes <= in_packs; start += lanes) {
    unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA {
      wide term[Sums];
      body(term, start + i.value * wide::size);
      unroll<Sums>([&](auto s) MILLWRIGHT_LAMBDA { sums[s.value][i.value] = sums[s.value][i.value] + term[s.value]; });
    });
  }
  double lane[Sums][lanes];
  unroll<Sums>([&](auto s) MILLWRIGHT_LAMBDA {
    unroll<packs>([&](auto i) MILLWRIGHT_LAMBDA { memory_of<wide>::store(&lane[s.value][i.value * wide::size], sums[s.value][i.value]); });
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

/// sqrt(a) in double precision for single-precision a >= 0, relative error below 2^-46: the correctly rounded single-precision
/// root s and one Newton step s + (a - s^2) / (2 s), in which a - s^2 is exact and the quotient needs few digits. A third of the
/// time of double-precision square roots. rough = s, half_reciprocal = 1 / (2 s), both widened.
template <class Pack>
MILLWRIGHT_INLINE Pack refined_sqrt(Pack a, Pack rough, Pack half_reciprocal) noexcept {
  const Pack correction = (a - rough * rough) * half_reciprocal;
  return select(correction == correction, rough + correction, rough);  // NaN for a = 0 and a = inf, where s is exact
}

/// Roots: with sum_sqrt_abs, which costs more than all the rest.
template <class Arch, bool Roots>
raw_sums raw(const float* x, std::size_t n) noexcept {
  using wide = typename Arch::template pack<double>;
  using wide_float = typename Arch::template pack<float>;
  using memory = memory_of<wide>;
  using float_memory = memory_of<wide_float>;
  lane_sum<wide> sum(0.0);
  lane_sum<wide> sum_abs(0.0);
  lane_sum<wide> sum_sqrt(0.0);
  lane_sum<wide> sum_squares(0.0);
  lane_sum<wide_float> low(__builtin_inff());
  lane_sum<wide_float> high(-__builtin_inff());
  std::size_t start = 0;
  for (; start + lanes <= n; start += lanes) {
    alignas(64) [[maybe_unused]] float root[lanes];
    alignas(64) [[maybe_unused]] float half_reciprocal[lanes];
    unroll<lanes / wide_float::size>([&](auto i) MILLWRIGHT_LAMBDA {
      const wide_float value = float_memory::load(x + start + i.value * wide_float::size);
      if constexpr (Roots) {
        const wide_float s = square_root(abs(value));
        float_memory::store(root + i.value * wide_float::size, s);
        float_memory::store(half_reciprocal + i.value * wide_float::size, quotient(wide_float(0.5f), s));
      }
      low.part[i.value] = smaller{}(low.part[i.value], value);
      high.part[i.value] = larger{}(high.part[i.value], value);
    });
    unroll<lanes / wide::size>([&](auto i) MILLWRIGHT_LAMBDA {
      constexpr std::size_t offset = i.value * wide::size;
      const wide value = memory::widen(x + start + offset);
      const wide magnitude = abs(value);
      sum.part[i.value] = sum.part[i.value] + value;
      sum_abs.part[i.value] = sum_abs.part[i.value] + magnitude;
      sum_squares.part[i.value] = sum_squares.part[i.value] + value * value;
      if constexpr (Roots) {
        sum_sqrt.part[i.value] =
            sum_sqrt.part[i.value] + refined_sqrt(magnitude, memory::widen(root + offset), memory::widen(half_reciprocal + offset));
      }
    });
  }
  double lane[4][lanes];
  float low_lane[lanes];
  float high_lane[lanes];
  sum.store(lane[0]);
  sum_abs.store(lane[1]);
  sum_sqrt.store(lane[2]);
  sum_squares.store(lane[3]);
  low.store(low_lane);
  high.store(high_lane);
  for (std::size_t i = start; i < n; ++i) {
    using single [[maybe_unused]] = scalar_pack<double>;
    const std::size_t at = i - start;
    const double value = static_cast<double>(x[i]);
    const double magnitude = __builtin_fabs(value);
    lane[0][at] += value;
    lane[1][at] += magnitude;
    if constexpr (Roots) {
      const float root = square_root(abs(scalar_pack<float>(x[i]))).value;
      lane[2][at] += refined_sqrt(single(magnitude), single(static_cast<double>(root)), single(static_cast<double>(0.5f / root))).value;
    }
    lane[3][at] += value * value;
    low_lane[at] = smaller{}(low_lane[at], x[i]);
    high_lane[at] = larger{}(high_lane[at], x[i]);
  }
  return {reduce_lanes(lane[0], add{}),
          reduce_lanes(lane[1], add{}),
          reduce_lanes(lane[2], add{}),
          reduce_lanes(lane[3], add{}),
          static_cast<double>(reduce_lanes(low_lane, smaller{})),
          static_cast<double>(reduce_lanes(high_lane, larger{}))};
}

template <class Arch, bool Roots>
raw_sums raw(const double* x, std::size_t n) noexcept {
  using wide = typename Arch::template pack<double>;
  using memory = memory_of<wide>;
  double sums[4];
  sum_in_lanes<Arch>(n, n, sums, [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack value = memory_of<pack>::load(x + i);
    const pack magnitude = abs(value);
    term[0] = value;
    term[1] = magnitude;
    term[2] = Roots ? square_root(magnitude) : pack(0.0);
    term[3] = value * value;
  });
  lane_sum<wide> low(__builtin_inf());
  lane_sum<wide> high(-__builtin_inf());
  std::size_t start = 0;
  for (; start + lanes <= n; start += lanes) {
    unroll<lanes / wide::size>([&](auto i) MILLWRIGHT_LAMBDA {
      const wide value = memory::load(x + start + i.value * wide::size);
      low.part[i.value] = smaller{}(low.part[i.value], value);
      high.part[i.value] = larger{}(high.part[i.value], value);
    });
  }
  double low_lane[lanes];
  double high_lane[lanes];
  low.store(low_lane);
  high.store(high_lane);
  for (std::size_t i = start; i < n; ++i) {
    low_lane[i - start] = smaller{}(low_lane[i - start], x[i]);
    high_lane[i - start] = larger{}(high_lane[i - start], x[i]);
  }
  return {sums[0], sums[1], sums[2], sums[3], reduce_lanes(low_lane, smaller{}), reduce_lanes(high_lane, larger{})};
}

template <class Arch, class Sample>
central_sums central(const Sample* x, std::size_t n, double mean) noexcept {
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

/// The largest float not above level: x > level and x > float_below(level) are the same for every float x.
MILLWRIGHT_INLINE float float_below(double level) noexcept {
  constexpr double largest = __FLT_MAX__;
  if (level > largest && level < __builtin_inf()) return __FLT_MAX__;
  if (level < -largest) return -__builtin_inff();
  if (!(level <= largest)) return static_cast<float>(level);  // +inf and NaN
  const float rounded = static_cast<float>(level);
  if (static_cast<double>(rounded) <= level) return rounded;
  std::uint32_t bits = 0;
  __builtin_memcpy(&bits, &rounded, sizeof bits);
  bits = bits == 0 ? 0x80000001 : (bits >> 31) != 0 ? bits + 1 : bits - 1;
  float below = 0;
  __builtin_memcpy(&below, &bits, sizeof below);
  return below;
}

MILLWRIGHT_INLINE float level_for(const float*, double level) noexcept { return float_below(level); }
MILLWRIGHT_INLINE double level_for(const double*, double level) noexcept { return level; }

/// Number of i in 1 .. n - 1 with (x[i] > level) != (x[i-1] > level). Counts in the samples' precision: in the single one a pack holds most
/// lanes, over stretches short enough for that to be exact.
template <class Arch, class Sample>
MILLWRIGHT_INLINE std::int64_t count_crossings(const Sample* x, std::size_t n, Sample level) noexcept {
  using wide = typename Arch::template pack<Sample>;
  constexpr std::size_t stretch = std::size_t{1} << 20;
  std::int64_t count = 0;
  std::size_t i = 1;
  while (i + wide::size <= n) {
    wide ones(Sample(0));
    for (std::size_t steps = 0; steps < stretch && i + wide::size <= n; ++steps, i += wide::size) {
      // 1 where above, else 0. Not the exclusive or of the masks, which xsimd 8 gets wrong on SSE2 (!=) and AVX-512 (^).
      const wide after = select(memory_of<wide>::load(x + i) > wide(level), wide(Sample(1)), wide(Sample(0)));
      const wide before = select(memory_of<wide>::load(x + i - 1) > wide(level), wide(Sample(1)), wide(Sample(0)));
      ones = ones + abs(after - before);
    }
    Sample lane[wide::size];
    memory_of<wide>::store(lane, ones);
    for (std::size_t k = 0; k < wide::size; ++k) count += static_cast<std::int64_t>(lane[k]);
  }
  for (; i < n; ++i) count += (x[i] > level) != (x[i - 1] > level) ? 1 : 0;
  return count;
}

template <class Arch, class Sample>
difference_sums differences(const Sample* x, std::size_t n, double level) noexcept {
  if (n < 2) return {0.0, 0.0, 0.0, 0.0, 0.0, 0};
  // Differences are counted by their first sample. The last first difference has no second one to go with it and must not be
  // read in a pack, which would read past the end.
  double sums[3];
  const std::size_t seconds = n - 2;
  sum_in_lanes<Arch>(n - 1, seconds, sums, [=](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack x1 = memory_of<pack>::widen(x + i + 1);
    const pack first = x1 - memory_of<pack>::widen(x + i);
    pack second(0.0);
    if (pack::size > 1 || i < seconds) second = (memory_of<pack>::widen(x + i + 2) - x1) - first;
    term[0] = abs(first);
    term[1] = first * first;
    term[2] = second * second;
  });
  // The plain sums telescope. A sample that is not finite makes them NaN, as adding all differences up would.
  const double zero_or_nan = sums[0] - sums[0];
  const double first = static_cast<double>(x[1]) - static_cast<double>(x[0]);
  const double last = static_cast<double>(x[n - 1]) - static_cast<double>(x[n - 2]);
  return {sums[0], (static_cast<double>(x[n - 1]) - static_cast<double>(x[0])) + zero_or_nan,
          sums[1], (last - first) + zero_or_nan,
          sums[2], count_crossings<Arch>(x, n, level_for(x, level))};
}

/// body(pack tag, i) for i = 0, size, 2 size, ... and the tail one by one; for element-wise work.
template <class Arch, class Body>
MILLWRIGHT_INLINE void for_each_pack(std::size_t n, Body body) noexcept {
  using wide = typename Arch::template pack<double>;
  std::size_t i = 0;
  for (; i + wide::size <= n; i += wide::size) body(static_cast<wide*>(nullptr), i);
  for (; i < n; ++i) body(static_cast<scalar_pack<double>*>(nullptr), i);
}

template <class Arch, class Sample>
void taper(const Sample* x, const double* window, double offset, std::size_t n, double* y) noexcept {
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
  sum_in_lanes<Arch>(n, n, result,
                     [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA { term[0] = memory_of<pack_of<decltype(*term)>>::load(x + i); });
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
void log(const double* x, double offset, std::size_t n, double* y) noexcept {
  for_each_pack<Arch>(n, [=](auto* tag, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*tag)>;
    using memory = memory_of<pack>;
    memory::store(y + i, log_of(memory::load(x + i) + pack(offset)));
  });
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

template <class Arch, class Sample>
constexpr sample_kernels<Sample> sample_kernels_of() noexcept {
  return {&raw<Arch, false>, &raw<Arch, true>, &central<Arch, Sample>, &differences<Arch, Sample>, &taper<Arch, Sample>};
}

}  // namespace
}  // namespace millwright::detail

#include "filter_kernels.inl.hpp"
#include "wavelet_kernels.inl.hpp"  // after the reductions that it uses

namespace millwright::detail {
namespace {

template <class Arch>
constexpr kernel_table make_table(kernel_level level) noexcept {
  return {sample_kernels_of<Arch, float>(),
          sample_kernels_of<Arch, double>(),
          &add_power<Arch>,
          &sum<Arch>,
          &dot<Arch>,
          &spectral<Arch>,
          &log<Arch>,
          &fft_kernels_of<Arch>,
          &wavelet_kernels_of<Arch>,
          &filter_kernels_of<Arch>,
          level};
}

}  // namespace
}  // namespace millwright::detail
