#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace millwright::detail {

/// A place to split sorted values and what it gains.
struct best_split {
  double threshold = 0.0;  ///< values >= threshold go right; both sides have values
  double gain = -1.0;      ///< share of the spread that the split takes away; negative: there is no place
};

/// The threshold that takes away most of the spread of `values`, which it sorts. Averaged: 1 - (s_left + s_right) / (2 s) with
/// standard deviations s (SCiForest, Liu 2010); pooled: 1 - (n_left v_left + n_right v_right) / (n v) with variances v (regression
/// trees, and fair-cut forests as isotree grows them). The first of equals. `left_spread` is scratch.
[[nodiscard]] best_split split_by_gain(std::span<double> values, bool pooled, std::vector<double>& left_spread);

}  // namespace millwright::detail
