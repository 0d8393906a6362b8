#include "statistics/robust_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace millwright::detail {

double median_of(std::span<double> values) noexcept {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double upper = values[half];
  const double median = values.size() % 2 == 1 ? upper : 0.5 * values[half - 1] + 0.5 * upper;
  return median + 0.0;  // a negative zero would depend on how the sort orders equal values
}

robust_spread robust_spread_of(std::span<double> values) noexcept {
  robust_spread spread;
  spread.location = median_of(values);
  double sum = 0.0;
  for (double v : values) sum += v - spread.location;
  const double n = static_cast<double>(values.size());
  const double mean = values.empty() ? 0.0 : sum / n;  // relative to the median
  double squares = 0.0;
  for (double& v : values) {
    const double from_median = v - spread.location;
    squares += (from_median - mean) * (from_median - mean);
    v = std::fabs(from_median);
  }
  constexpr double consistent_with_normal = 1.4826022185056018;  // 1 / the upper quartile of the standard normal
  const double smallest = 1e-12 * std::fabs(spread.location);
  spread.scale = consistent_with_normal * median_of(values);
  if (!(spread.scale > smallest)) spread.scale = values.empty() ? 0.0 : std::sqrt(squares / n);
  if (!(spread.scale > smallest) || std::isinf(spread.scale)) spread.scale = 0.0;
  return spread;
}

}  // namespace millwright::detail
