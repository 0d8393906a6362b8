#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace millwright::detail {

/// A place to split sorted values and what it gains.
struct best_split {
  double threshold = 0.0;  ///< values >= threshold go right; both sides have values
  double gain = -1.0;      ///< share of the standard deviation that the split takes away; negative: there is no place
};

/// The threshold that takes away most of the standard deviation s of `values`, which it sorts:
/// pooled: (s - (n_left s_left + n_right s_right) / n) / s (Cortes 2019); averaged: (s - (s_left + s_right) / 2) / s (SCiForest,
/// Liu 2010). The first of equals. `left_spread` is scratch.
[[nodiscard]] best_split split_by_gain(std::span<double> values, bool pooled, std::vector<double>& left_spread);

}  // namespace millwright::detail
