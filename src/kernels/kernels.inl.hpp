// The bodies of detail::kernel_table, width-generic: Arch is scalar_arch or an xsimd level. Every sum runs in 16 lanes that
// are added in a fixed tree, whatever the width, so all levels give the same bits. Internal linkage throughout: nothing here may
// reach the linker as a weak symbol, or code for a wide level could be chosen on a CPU that lacks it.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/fft_real.inl.hpp"
#include "kernels/log.inl.hpp"
#include "kernels/scalar_pack.hpp"
#include "millwright/detail/kernels.hpp"

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
// x < kept ? x : kept, and so for NaN and signed zeros too. The packs' own form may be one instruction: see xsimd_compat.hpp.
struct smaller {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T kept, T x) const noexcept {
    return lesser(x, kept);
  }
};
struct larger {
  template <class T>
  MILLWRIGHT_INLINE T operator()(T kept, T x) const noexcept {
    return greater(x, kept);
  }
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

/// sqrt(a) in double precision, relative error below 2^-45 for finite a: the correctly rounded single-precision root s of a rounded to
/// single precision, and one Newton step s + (a - s^2) / (2 s), in which a - s^2 is exact and the quotient needs few digits. A third of
/// the time of double-precision square roots. rough = s, half_reciprocal = 1 / (2 s), both widened.
template <class Pack>
MILLWRIGHT_INLINE Pack refined_sqrt(Pack a, Pack rough, Pack half_reciprocal) noexcept {
  return rough + (a - rough * rough) * half_reciprocal;
}
/// 1 / (2 root) for refined_sqrt; anything finite for the root 0, which has nothing to correct.
template <class Pack>
MILLWRIGHT_INLINE Pack half_reciprocal_of(Pack root) noexcept {
  return quotient(Pack(0.5f), greater(root, Pack(1e-30f)));
}

/// Whether refined_sqrt does not do: for infinities.
MILLWRIGHT_INLINE bool needs_exact_roots(const float*, std::size_t, const raw_sums& sums) noexcept {
  return sums.minimum == -__builtin_inf() || sums.maximum == __builtin_inf();
}
/// And for doubles: a magnitude above 1e30 comes too near the end of single precision; one below 1e-38 loses digits there, which
/// matter only to a mean below 1e-5.
MILLWRIGHT_INLINE bool needs_exact_roots(const double*, std::size_t n, const raw_sums& sums) noexcept {
  return !(sums.minimum >= -1e30 && sums.maximum <= 1e30 && sums.sum_sqrt_abs >= 1e-5 * static_cast<double>(n));
}

/// sum sqrt(|x|), each root correctly rounded.
template <class Arch, class Sample>
double sum_exact_roots(const Sample* x, std::size_t n) noexcept {
  double result[1];
  sum_in_lanes<Arch>(n, n, result, [x](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    term[0] = square_root(abs(memory_of<pack_of<decltype(*term)>>::widen(x + i)));
  });
  return result[0];
}

/// The running sums of raw(), by packs or, in the tail, by single samples.
template <class Arch, bool Roots, class Sample>
struct raw_accumulator {
  using wide = typename Arch::template pack<double>;
  using own = typename Arch::template pack<Sample>;
  static constexpr Sample infinity = static_cast<Sample>(__builtin_inf());
  lane_sum<wide> sum{0.0}, sum_abs{0.0}, sum_sqrt{0.0}, sum_squares{0.0};
  lane_sum<own> low{infinity}, high{-infinity};

  /// A row of 16 samples.
  MILLWRIGHT_INLINE void add_row(const Sample* x) noexcept {
    using single = typename Arch::template pack<float>;
    using memory = memory_of<wide>;
    constexpr std::size_t halves = single::size / wide::size;
    unroll<lanes / single::size>([&](auto i) MILLWRIGHT_LAMBDA {
      constexpr std::size_t offset = i.value * single::size;
      wide value[halves];
      unroll<halves>([&](auto j) MILLWRIGHT_LAMBDA { value[j.value] = memory::widen(x + offset + j.value * wide::size); });
      [[maybe_unused]] single root;
      [[maybe_unused]] single half_reciprocal;
      if constexpr (Roots) {
        if constexpr (sizeof(Sample) == sizeof(float)) {
          root = square_root(abs(memory_of<single>::load(x + offset)));
        } else {
          root = square_root(abs(memory::narrow(value)));
        }
        half_reciprocal = half_reciprocal_of(root);
      }
      unroll<halves>([&](auto j) MILLWRIGHT_LAMBDA {
        constexpr std::size_t at = i.value * halves + j.value;
        const wide magnitude = abs(value[j.value]);
        sum.part[at] = sum.part[at] + value[j.value];
        sum_abs.part[at] = sum_abs.part[at] + magnitude;
        sum_squares.part[at] = sum_squares.part[at] + value[j.value] * value[j.value];
        if constexpr (Roots) {
          sum_sqrt.part[at] = sum_sqrt.part[at] + refined_sqrt(magnitude, memory::template half<j.value>(root),
                                                               memory::template half<j.value>(half_reciprocal));
        }
      });
    });
    unroll<lanes / own::size>([&](auto i) MILLWRIGHT_LAMBDA {
      const own value = memory_of<own>::load(x + i.value * own::size);
      low.part[i.value] = smaller{}(low.part[i.value], value);
      high.part[i.value] = larger{}(high.part[i.value], value);
    });
  }
};

/// Roots: with sum_sqrt_abs, which costs more than all the rest.
template <class Arch, bool Roots, class Sample>
raw_sums raw(const Sample* x, std::size_t n) noexcept {
  raw_accumulator<Arch, Roots, Sample> packs;
  std::size_t start = 0;
  for (; start + lanes <= n; start += lanes) packs.add_row(x + start);
  double lane[4][lanes];
  Sample low_lane[lanes];
  Sample high_lane[lanes];
  packs.sum.store(lane[0]);
  packs.sum_abs.store(lane[1]);
  packs.sum_sqrt.store(lane[2]);
  packs.sum_squares.store(lane[3]);
  packs.low.store(low_lane);
  packs.high.store(high_lane);
  for (std::size_t i = start; i < n; ++i) {
    using single [[maybe_unused]] = scalar_pack<double>;
    const std::size_t at = i - start;
    const double value = static_cast<double>(x[i]);
    const double magnitude = __builtin_fabs(value);
    lane[0][at] += value;
    lane[1][at] += magnitude;
    if constexpr (Roots) {
      const scalar_pack<float> root = square_root(scalar_pack<float>(static_cast<float>(magnitude)));
      const scalar_pack<float> half_reciprocal = half_reciprocal_of(root);
      lane[2][at] +=
          refined_sqrt(single(magnitude), single(static_cast<double>(root.value)), single(static_cast<double>(half_reciprocal.value)))
              .value;
    }
    lane[3][at] += value * value;
    low_lane[at] = smaller{}(low_lane[at], x[i]);
    high_lane[at] = larger{}(high_lane[at], x[i]);
  }
  raw_sums sums{reduce_lanes(lane[0], add{}),
                reduce_lanes(lane[1], add{}),
                reduce_lanes(lane[2], add{}),
                reduce_lanes(lane[3], add{}),
                static_cast<double>(reduce_lanes(low_lane, smaller{})),
                static_cast<double>(reduce_lanes(high_lane, larger{}))};
  if constexpr (Roots) {
    if (needs_exact_roots(x, n, sums)) sums.sum_sqrt_abs = sum_exact_roots<Arch>(x, n);
  }
  return sums;
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

template <class Arch, class Sample>
void multiply(const Sample* x, const Sample* factor, std::size_t n, Sample* y) noexcept {
  using wide = typename Arch::template pack<Sample>;
  std::size_t i = 0;
  for (; i + wide::size <= n; i += wide::size) {
    memory_of<wide>::store(y + i, memory_of<wide>::load(x + i) * memory_of<wide>::load(factor + i));
  }
  for (; i < n; ++i) y[i] = x[i] * factor[i];
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
kernel_table::spectral_sums spectral(const double* p, std::size_t n, double* logs) noexcept {
  double sums[5];
  sum_in_lanes<Arch>(n, n, sums, [p, logs](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    using memory = memory_of<pack>;
    const pack power = memory::load(p + i);
    const pack index = memory::iota(static_cast<double>(i));
    const pack moment = index * power;
    const pack logarithm = log_of(power + pack(1e-300));
    memory::store(logs + i, logarithm);
    term[0] = power;
    term[1] = moment;
    term[2] = index * moment;
    term[3] = logarithm;
    term[4] = power * logarithm;
  });
  return {sums[0], sums[1], sums[2], sums[3], sums[4]};
}

/// i + offset for the elements of a pack, in the order of operations that all packs share: lane by lane from the start of a row of 16.
template <class Pack>
MILLWRIGHT_INLINE Pack index_plus(double offset, std::size_t i) noexcept {
  const std::size_t lane = i % lanes;
  return Pack(static_cast<double>(i - lane) + offset) + memory_of<Pack>::iota(static_cast<double>(lane));
}

template <class Arch>
central_sums spectral_moments(const double* p, std::size_t n, double centre) noexcept {
  double sums[3];
  sum_in_lanes<Arch>(n, n, sums, [p, centre](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    const pack power = memory_of<pack>::load(p + i);
    const pack distance = index_plus<pack>(-centre, i);
    const pack square = distance * distance;
    term[0] = square * power;
    term[1] = square * distance * power;
    term[2] = square * square * power;
  });
  return {sums[0], sums[1], sums[2]};
}

template <class Arch, class Sample>
double trend(const Sample* x, std::size_t n, double mean) noexcept {
  double result[1];
  const double middle = 0.5 * (static_cast<double>(n) - 1.0);
  sum_in_lanes<Arch>(n, n, result, [=](auto* term, std::size_t i) MILLWRIGHT_LAMBDA {
    using pack = pack_of<decltype(*term)>;
    term[0] = index_plus<pack>(-middle, i) * (memory_of<pack>::widen(x + i) - pack(mean));
  });
  return result[0];
}

template <class Arch, class Sample>
constexpr sample_kernels<Sample> sample_kernels_of() noexcept {
  return {&raw<Arch, false>,    &raw<Arch, true>,     &central<Arch, Sample>, &differences<Arch, Sample>,
          &trend<Arch, Sample>, &taper<Arch, Sample>, &multiply<Arch, Sample>};
}

}  // namespace
}  // namespace millwright::detail

#include "kernels/distance_kernels.inl.hpp"  // svm_kernels.inl.hpp uses it
#include "kernels/filter_kernels.inl.hpp"
#include "kernels/forest_kernels.inl.hpp"
#include "kernels/svm_kernels.inl.hpp"
#include "kernels/wavelet_kernels.inl.hpp"  // after the reductions that it uses

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
          &spectral_moments<Arch>,
          &log<Arch>,
          &squared_distances<Arch>,
          &gaussians<Arch>,
          &fft_kernels_of<Arch>,
          &wavelet_kernels_of<Arch>,
          &filter_kernels_of<Arch>,
          &svm_kernels_of<Arch>,
          forest_kernels_or_none<Arch>,
          level};
}

}  // namespace
}  // namespace millwright::detail
