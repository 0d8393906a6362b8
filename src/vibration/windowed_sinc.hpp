#pragma once

#include <cstddef>
#include <vector>

namespace millwright::detail {

/// Low-pass of order + 1 taps by the window method: Hamming, unit gain at zero frequency; `cutoff` (the -6 dB point) as a share
/// of rate / 2. Linear phase.
[[nodiscard]] std::vector<double> windowed_sinc(std::size_t order, double cutoff);

}  // namespace millwright::detail
