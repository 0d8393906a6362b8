// The polynomial of the exponential for one lane (math::exp) and for many, and the exponential that kernels of many lanes use.
#pragma once

#include "kernels/scalar_pack.hpp"

namespace millwright::detail {
namespace {

/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2.
template <class Pack>
MILLWRIGHT_INLINE Pack exp_tail(Pack r) noexcept {
  const Pack s = r * r;
  const Pack p01 = Pack(0.5) + r * Pack(0.1666666666666667);
  const Pack p23 = Pack(0.04166666666666667) + r * Pack(0.008333333333326084);
  const Pack p45 = Pack(0.0013888888888883711) + r * Pack(0.0001984126987500228);
  const Pack p67 = Pack(2.480158732567746e-05) + r * Pack(2.755725517000089e-06);
  const Pack p89 = Pack(2.755727347871858e-07) + r * Pack(2.5105312729622103e-08);
  return p01 + s * (p23 + s * (p45 + s * (p67 + s * (p89 + s * Pack(2.09147553258932e-09)))));
}

/// e^x for x <= 0: math::exp without its compensation, <= 2 ulp; 0 below -708, where results would become denormal, and for NaN.
/// A quarter of the operations less, and the result need not be rounded better than its argument, a sum of products, was.
template <class Pack>
MILLWRIGHT_INLINE Pack exp_of_negative(Pack x) noexcept {
  const Pack shift(6755399441055744.0);  // 1.5 * 2^52: the sum below holds the rounded quotient in its low bits
  const Pack shifted = x * Pack(1.4426950408889634) + shift;
  const Pack k = shifted - shift;
  const Pack r = (x - k * Pack(0x1.62e42feep-1)) - k * Pack(0x1.a39ef35793c76p-33);
  const Pack y = Pack(1.0) + (r + r * r * exp_tail(r));
  const Pack scaled = from_bits(to_bits(y) + (to_bits(shifted) << 52));
  return select(x > Pack(-708.0), scaled, Pack(0.0));
}

}  // namespace
}  // namespace millwright::detail
