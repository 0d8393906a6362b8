#include "statistics/column_spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "millwright/detail/kernels.hpp"
#include "numeric/exact_scale.hpp"

namespace millwright::detail {

namespace {

/// Sums of values brought near 1, so that none overflows.
robust_spread standard_spread_of(std::span<double> values) noexcept {
  const kernel_table& kernels = active_kernels();
  const double n = static_cast<double>(values.size());
  double largest = 0.0;
  for (double v : values) largest = std::max(largest, std::fabs(v));
  const double factor = exact_scale(largest);
  for (double& v : values) v *= factor;
  const double mean = kernels.sum(values.data(), values.size()) / n;
  for (double& v : values) v -= mean;
  robust_spread spread;
  spread.location = mean / factor;
  spread.scale = std::sqrt(kernels.dot(values.data(), values.data(), values.size()) / n) / factor;
  if (!(spread.scale > 1e-12 * std::fabs(spread.location)) || std::isinf(spread.scale)) spread.scale = 0.0;
  return spread;
}

}  // namespace

robust_spread spread_of(std::string_view scaling, std::span<double> values) noexcept {
  robust_spread spread = scaling == "robust" ? robust_spread_of(values) : standard_spread_of(values);
  if (spread.scale < std::numeric_limits<double>::min()) spread.scale = 0.0;
  if (scaling == "none" && spread.scale > 0.0) spread.scale = 1.0;
  return spread;
}

}  // namespace millwright::detail
