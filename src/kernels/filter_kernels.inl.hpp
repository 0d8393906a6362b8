// The bodies of detail::filter_kernels, width-generic as those of kernels.inl.hpp.
#pragma once

#include <type_traits>

#include "kernels/scalar_pack.hpp"
#include "millwright/detail/filter_kernels.hpp"

namespace millwright::detail {
namespace {

/// The widest pack of at most two doubles: four sections then are two packs, so that results move on to the next section in one instruction
/// each.
template <class Arch>
struct at_most_two {
  using type = typename Arch::template pack<double>;
};
template <class Arch>
requires(Arch::template pack<double>::size > 2) struct at_most_two<Arch> {
  using type = typename at_most_two<typename Arch::narrower>::type;
};

/// One sample through one section.
MILLWRIGHT_INLINE double section_step(const four_sections& c, four_states& s, std::size_t i, double x) noexcept {
  const double y = ((c.b0[i] * x + c.b1[i] * s.x[i]) + s.late[i]) - c.a1[i] * s.y[i];
  s.late[i] = s.early[i];
  s.early[i] = c.b2[i] * x - c.a2[i] * y;
  s.x[i] = x;
  s.y[i] = y;
  return y;
}

/// The sections work two samples apart: in turn t section i has sample t - 2 i, so none waits for another, nor for a result to
/// be moved to the next.
template <class Arch>
void sos(const four_sections& c, four_states& s, const double* in, double* out, std::size_t n) noexcept {
  using pack = typename at_most_two<Arch>::type;
  using memory = memory_of<pack>;
  constexpr std::size_t sections = 4;
  constexpr std::size_t ahead = 2 * (sections - 1);
  constexpr std::size_t packs = sections / pack::size;
  if (n < 4 * ahead) {
    for (std::size_t t = 0; t < n; ++t) {
      double x = in[t];
      for (std::size_t i = 0; i < sections; ++i) x = section_step(c, s, i, x);
      out[t] = x;
    }
    return;
  }
  // Start: section i comes ahead - 2 i samples forward. waiting[i]: the two next inputs of section i.
  double line[ahead];
  double waiting[sections][2] = {};
  for (std::size_t t = 0; t < ahead; ++t) line[t] = section_step(c, s, 0, in[t]);
  for (std::size_t i = 1; i < sections; ++i) {
    const std::size_t done = ahead - 2 * i;
    waiting[i][0] = line[done];
    waiting[i][1] = line[done + 1];
    for (std::size_t t = 0; t < done; ++t) line[t] = section_step(c, s, i, line[t]);
  }

  pack b0[packs], b1[packs], b2[packs], a1[packs], a2[packs];
  pack delayed[packs], y[packs], late[packs], early[packs];  // delayed = b1 x of the last turn
  pack older[packs], newer[packs];                           // outputs of the turn before the last, and of the last
  alignas(64) double lane[sections];
  unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
    constexpr std::size_t at = p.value * pack::size;
    b0[p.value] = memory::load(c.b0 + at);
    b1[p.value] = memory::load(c.b1 + at);
    b2[p.value] = memory::load(c.b2 + at);
    a1[p.value] = memory::load(c.a1 + at);
    a2[p.value] = memory::load(c.a2 + at);
    delayed[p.value] = b1[p.value] * memory::load(s.x + at);
    y[p.value] = memory::load(s.y + at);
    late[p.value] = memory::load(s.late + at);
    early[p.value] = memory::load(s.early + at);
  });
  // waiting[i + 1] is what section i gave; the last lane, which nobody waits for, does not matter.
  for (std::size_t turn = 0; turn < 2; ++turn) {
    for (std::size_t i = 0; i < sections; ++i) lane[i] = i + 1 < sections ? waiting[i + 1][turn] : 0.0;
    unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA { (turn == 0 ? older : newer)[p.value] = memory::load(lane + p.value * pack::size); });
  }
  pack x[packs];
  for (std::size_t t = ahead; t < n; ++t) {
    unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
      constexpr std::size_t i = p.value;
      x[i] = memory::template slide<pack::size - 1>(i == 0 ? pack(in[t]) : older[i == 0 ? 0 : i - 1], older[i]);
    });
    unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
      constexpr std::size_t i = p.value;
      y[i] = ((b0[i] * x[i] + delayed[i]) + late[i]) - a1[i] * y[i];
      late[i] = early[i];
      early[i] = b2[i] * x[i] - a2[i] * y[i];
      delayed[i] = b1[i] * x[i];
      older[i] = newer[i];
      newer[i] = y[i];
    });
    memory::store(lane, y[packs - 1]);
    out[t - ahead] = lane[pack::size - 1];
  }
  double rest[2][sections];
  unroll<packs>([&](auto p) MILLWRIGHT_LAMBDA {
    constexpr std::size_t at = p.value * pack::size;
    memory::store(s.x + at, x[p.value]);
    memory::store(s.y + at, y[p.value]);
    memory::store(s.late + at, late[p.value]);
    memory::store(s.early + at, early[p.value]);
    memory::store(rest[0] + at, older[p.value]);
    memory::store(rest[1] + at, newer[p.value]);
  });
  // End: section i still has 2 i samples to do; those that section i - 1 did last turn by turn, then what it does now.
  std::size_t left = 0;
  for (std::size_t i = 1; i < sections; ++i) {
    double next[ahead];
    next[0] = rest[0][i - 1];
    next[1] = rest[1][i - 1];
    for (std::size_t t = 0; t < left; ++t) next[2 + t] = line[t];
    left += 2;
    for (std::size_t t = 0; t < left; ++t) line[t] = section_step(c, s, i, next[t]);
  }
  for (std::size_t t = 0; t < left; ++t) out[n - left + t] = line[t];
}

template <class Pack, std::size_t Packs>
MILLWRIGHT_INLINE void fir_packs(const double* x, std::size_t stride, const double* tap, std::size_t taps, double* y) noexcept {
  Pack total[Packs];
  unroll<Packs>([&](auto p) MILLWRIGHT_LAMBDA { total[p.value] = Pack(0.0); });
  for (std::size_t k = 0; k < taps; ++k) {
    const Pack weight(tap[k]);
    const double* from = x - static_cast<std::ptrdiff_t>(k * stride);
    unroll<Packs>([&](auto p)
                      MILLWRIGHT_LAMBDA { total[p.value] = total[p.value] + weight * memory_of<Pack>::load(from + p.value * Pack::size); });
  }
  unroll<Packs>([&](auto p) MILLWRIGHT_LAMBDA { memory_of<Pack>::store(y + p.value * Pack::size, total[p.value]); });
}

template <class Arch>
void fir(const double* x, std::size_t stride, const double* tap, std::size_t taps, double* y, std::size_t n) noexcept {
  using wide = typename Arch::template pack<double>;
  constexpr std::size_t together = 6;
  std::size_t i = 0;
  for (; i + together * wide::size <= n; i += together * wide::size) fir_packs<wide, together>(x + i, stride, tap, taps, y + i);
  for (; i + wide::size <= n; i += wide::size) fir_packs<wide, 1>(x + i, stride, tap, taps, y + i);
  for (; i < n; ++i) fir_packs<scalar_pack<double>, 1>(x + i, stride, tap, taps, y + i);
}

template <class Arch>
constexpr filter_kernels filter_kernels_of = {&sos<Arch>, &fir<Arch>};

}  // namespace
}  // namespace millwright::detail
