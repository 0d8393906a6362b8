#pragma once

#include <span>
#include <string_view>

#include "statistics/robust_scale.hpp"

namespace millwright::detail {

/// Where a column lies and how far it spreads by the setting `scaling`: "robust" (median, 1.4826 MAD), "standard" (mean, standard
/// deviation with divisor n) or "none" (mean, 1). A scale of 0: the column does not vary, its spread being at most 1e-12 of the location
/// or too small to divide by. Overwrites `values`, which must be finite.
[[nodiscard]] robust_spread spread_of(std::string_view scaling, std::span<double> values) noexcept;

}  // namespace millwright::detail
