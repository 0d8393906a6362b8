#pragma once

#include <cstddef>

#include "millwright/wavelet/wavelet.hpp"

namespace millwright::detail {

/// out[i] = sample from + i of the endless signal that `mode` makes of x[0 .. n), i < count, n >= 1.
/// A sample less than n past an end is computed from the samples that mirror it alone: the same bits whatever n is.
template <class Real>
void extend(wavelet_mode mode, const Real* x, std::size_t n, std::ptrdiff_t from, std::size_t count, Real* out) noexcept;

}  // namespace millwright::detail
