// Complex packs and the butterflies of the FFT, width-generic. Everything is element-wise, so the bits do not depend on the width.
#pragma once

#include <cstddef>

#include "kernels/scalar_pack.hpp"

namespace millwright::detail {
namespace {

template <class Pack>
struct complex_pack {
  Pack re, im;

  friend MILLWRIGHT_INLINE complex_pack operator+(complex_pack a, complex_pack b) noexcept { return {a.re + b.re, a.im + b.im}; }
  friend MILLWRIGHT_INLINE complex_pack operator-(complex_pack a, complex_pack b) noexcept { return {a.re - b.re, a.im - b.im}; }
  friend MILLWRIGHT_INLINE complex_pack operator*(complex_pack a, complex_pack b) noexcept {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  friend MILLWRIGHT_INLINE complex_pack operator*(complex_pack a, Pack b) noexcept { return {a.re * b, a.im * b}; }
};

/// a - i b and a + i b
template <class Pack>
MILLWRIGHT_INLINE complex_pack<Pack> minus_i_times(complex_pack<Pack> a, complex_pack<Pack> b) noexcept {
  return {a.re + b.im, a.im - b.re};
}
template <class Pack>
MILLWRIGHT_INLINE complex_pack<Pack> plus_i_times(complex_pack<Pack> a, complex_pack<Pack> b) noexcept {
  return {a.re - b.im, a.im + b.re};
}

template <std::size_t Radix, class Pack>
struct butterfly;

template <class Pack>
struct butterfly<2, Pack> {
  using complex = complex_pack<Pack>;
  static MILLWRIGHT_INLINE void run(complex* x) noexcept {
    const complex a = x[0];
    x[0] = a + x[1];
    x[1] = a - x[1];
  }
};

template <class Pack>
struct butterfly<3, Pack> {
  using complex = complex_pack<Pack>;
  using T = typename Pack::value_type;
  static MILLWRIGHT_INLINE void run(complex* x) noexcept {
    const complex sum = x[1] + x[2];
    const complex turn = (x[1] - x[2]) * Pack(static_cast<T>(0.86602540378443864676));
    const complex middle = x[0] - sum * Pack(T(0.5));
    x[0] = x[0] + sum;
    x[1] = minus_i_times(middle, turn);
    x[2] = plus_i_times(middle, turn);
  }
};

template <class Pack>
struct butterfly<4, Pack> {
  using complex = complex_pack<Pack>;
  static MILLWRIGHT_INLINE void run(complex* x) noexcept {
    const complex a = x[0] + x[2];
    const complex b = x[0] - x[2];
    const complex c = x[1] + x[3];
    const complex d = x[1] - x[3];
    x[0] = a + c;
    x[1] = minus_i_times(b, d);
    x[2] = a - c;
    x[3] = plus_i_times(b, d);
  }
};

template <class Pack>
struct butterfly<5, Pack> {
  using complex = complex_pack<Pack>;
  using T = typename Pack::value_type;
  static MILLWRIGHT_INLINE void run(complex* x) noexcept {
    const Pack cos1(static_cast<T>(0.30901699437494742410));
    const Pack cos2(static_cast<T>(-0.80901699437494742410));
    const Pack sin1(static_cast<T>(0.95105651629515357212));
    const Pack sin2(static_cast<T>(0.58778525229247312917));
    const complex sum1 = x[1] + x[4];
    const complex sum2 = x[2] + x[3];
    const complex difference1 = x[1] - x[4];
    const complex difference2 = x[2] - x[3];
    const complex middle1 = x[0] + (sum1 * cos1 + sum2 * cos2);
    const complex middle2 = x[0] + (sum1 * cos2 + sum2 * cos1);
    const complex turn1 = difference1 * sin1 + difference2 * sin2;
    const complex turn2 = difference1 * sin2 - difference2 * sin1;
    x[0] = x[0] + (sum1 + sum2);
    x[1] = minus_i_times(middle1, turn1);
    x[2] = minus_i_times(middle2, turn2);
    x[3] = plus_i_times(middle2, turn2);
    x[4] = plus_i_times(middle1, turn1);
  }
};

template <class Pack>
struct butterfly<8, Pack> {
  using complex = complex_pack<Pack>;
  using T = typename Pack::value_type;
  static MILLWRIGHT_INLINE void run(complex* x) noexcept {
    const Pack half_root(static_cast<T>(0.70710678118654752440));
    // Even and odd halves by radix 4, without the arrays that a call would need.
    const complex a = x[0] + x[4];
    const complex b = x[0] - x[4];
    const complex c = x[2] + x[6];
    const complex d = x[2] - x[6];
    const complex e = x[1] + x[5];
    const complex f = x[1] - x[5];
    const complex g = x[3] + x[7];
    const complex h = x[3] - x[7];
    const complex even0 = a + c;
    const complex even1 = minus_i_times(b, d);
    const complex even2 = a - c;
    const complex even3 = plus_i_times(b, d);
    const complex odd0 = e + g;
    const complex odd1 = minus_i_times(f, h);
    const complex odd2 = e - g;
    const complex odd3 = plus_i_times(f, h);
    const complex turned1 = complex{odd1.re + odd1.im, odd1.im - odd1.re} * half_root;
    const complex turned3 = complex{odd3.im - odd3.re, odd3.re + odd3.im} * half_root;  // still lacks the sign of im
    x[0] = even0 + odd0;
    x[4] = even0 - odd0;
    x[1] = even1 + turned1;
    x[5] = even1 - turned1;
    x[2] = minus_i_times(even2, odd2);
    x[6] = plus_i_times(even2, odd2);
    x[3] = {even3.re + turned3.re, even3.im - turned3.im};
    x[7] = {even3.re - turned3.re, even3.im + turned3.im};
  }
};
}  // namespace
}  // namespace millwright::detail
