#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "millwright/core/params.hpp"
#include "millwright/core/stage_role.hpp"
#include "millwright/threshold/any_threshold.hpp"

namespace millwright {

/// A plain quantile of the held-out severities: the share `quantile` of normal windows lies below the threshold. For people who count
/// windows, not episodes; it promises nothing about false alarms, and says how many episodes it would have raised.
///
/// The k-th smallest of n severities with k = ceil(quantile n), the largest one from 1 - 1 / n on; then the evidence is marked as
/// extrapolated, since the data cannot tell the quantile from any larger one. O(n log n).
class quantile_threshold {
 public:
  static constexpr std::string_view id = "quantile_threshold";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::threshold;
  static constexpr std::string_view doc = "Sets the alarm threshold at a quantile of the severities of normal operation.";

  double quantile = 0.999;

  static constexpr auto params() {
    return std::tuple{
        number("quantile", &quantile_threshold::quantile, 0.999, 0.5, 1.0, unit::share, "share of normal windows below the threshold"),
    };
  }

  /// Errors: parameter out of range; a quantile that is not positive, so that every window would count.
  [[nodiscard]] result<evidence> learn(const held_out_operation& from) const;
};

static_assert(threshold_stage<quantile_threshold>);

}  // namespace millwright
