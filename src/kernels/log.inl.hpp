// The one formula of the natural logarithm, for one lane (math::log) and for many (the spectral kernel): same operations in
// the same order, hence the same bits.
#pragma once

#include "kernels/scalar_pack.hpp"

namespace millwright::detail {
namespace {

/// x = 2^exponent * mantissa, mantissa in [sqrt(1/2), sqrt(2)).
template <class Pack>
struct reduced {
  Pack exponent, mantissa;
};

/// Reduces a positive normal number.
template <class Pack>
MILLWRIGHT_INLINE reduced<Pack> reduce(Pack x) noexcept {
  using bits = decltype(to_bits(x));
  constexpr std::uint64_t lowest_mantissa = 0x3fe6a09e00000000;  // sqrt(1/2), low word cleared
  const bits shifted = to_bits(x) + bits(0x3ff0000000000000 - lowest_mantissa);
  // The exponent as a double without a 64-bit integer conversion, which SSE2 and AVX2 lack: place it in the low bits of 2^52.
  const Pack k = from_bits((shifted >> 52) | bits(0x4330000000000000)) - Pack(4503599627370496.0 + 1023.0);
  const Pack m = from_bits((shifted & bits(0x000fffffffffffff)) + bits(lowest_mantissa));
  return {k, m};
}

/// log(2^k (1 + f)) + correction for 1 + f in [sqrt(1/2), sqrt(2)) and a tiny correction; <= 1 ulp.
/// log(1 + f) = 2 atanh(s), s = f / (2 + f), written as f - (f^2/2 - s (f^2/2 + R(s^2))): the terms after f are small and
/// their rounding hardly shows. R is a near-minimax fit; tests/golden/generate_numerics.py derives its coefficients.
template <class Pack>
MILLWRIGHT_INLINE Pack log_of_reduced(Pack k, Pack f, Pack correction) noexcept {
  const Pack half_square = Pack(0.5) * f * f;
  const Pack s = f / (Pack(2.0) + f);
  const Pack z = s * s;
  const Pack w = z * z;
  const Pack odd =
      z * (Pack(0.666666666666667) + w * (Pack(0.28571428626253836) + w * (Pack(0.1818289243253687) + w * Pack(0.14617807153417325))));
  const Pack even = w * (Pack(0.3999999999989889) + w * (Pack(0.22222211089379496) + w * Pack(0.15331611722055008)));
  const Pack r = odd + even;
  const Pack ln2_high = Pack(0x1.62e42feep-1);  // 32 bits: k * ln2_high is exact
  const Pack low = k * Pack(0x1.a39ef35793c76p-33) + correction;
  return k * ln2_high - ((half_square - (s * (half_square + r) + low)) - f);
}

/// log(x) for everything but zero and the denormals; <= 1 ulp.
template <class Pack>
MILLWRIGHT_INLINE Pack log_of(Pack x) noexcept {
  const reduced<Pack> parts = reduce(x);
  const Pack normal = log_of_reduced(parts.exponent, parts.mantissa - Pack(1.0), Pack(0.0));
  const Pack inside = select(x > Pack(0.0), normal, Pack(__builtin_nan("")));
  return select(x < Pack(__builtin_inf()), inside, x);  // +inf and NaN pass through
}

}  // namespace
}  // namespace millwright::detail
