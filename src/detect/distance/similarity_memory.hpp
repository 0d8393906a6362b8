#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright::detail {

/// Turns squared distances into the weights of aakr, in place. For a mean, only their ratios matter: the nearest gets weight 1, so that
/// they never all vanish. Returns what the weighted sum is to be divided by.
double gaussian_weights(const kernel_table& kernels, std::span<double> squares, double bandwidth, bool for_mean) noexcept;

/// What fitting of aakr chooses and computes.
struct similarity_memory {
  std::vector<double> memory;    ///< [columns, rows]
  std::vector<double> response;  ///< [columns, rows]; mset only
  std::vector<double> residual_scale;
  double bandwidth = 0.0;
};

struct similarity_options {
  bool is_mset = false;
  bool by_min_max = false;
  std::size_t most = 0;
  double bandwidth = 0.0;  ///< 0: chosen
  double ridge = 0.0;
};

/// Memory, bandwidth and residuals. Five contiguous blocks of training rows are each estimated by a memory of the other four, as rows
/// resemble those just before and after them, in which they would all but meet themselves. The bandwidth is the one of nine, 1/2 to 8
/// times the median distance of a memory row to its nearest, whose estimates have the least mean square residual, the first of equals.
/// An empty memory: mset's similarities cannot be inverted.
[[nodiscard]] similarity_memory learn_similarity(const standardized_rows& rows, const similarity_options& options);

}  // namespace millwright::detail
