#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright {

/// One severity from several, by the Cauchy combination (ACAT) of their tail probabilities: T = mean tan((1/2 - p) pi), weighted where
/// `weights` are given, p = 1/2 - atan(T) / pi. Close to valid whatever the dependence between the detectors, and driven by the smallest p.
///
/// Rows of severities in, one severity out; with one column, the same severity. Works on logarithms, so severities of
/// thousands of decades keep their precision. Probabilities above 0.99 count as 0.99, so that a detector that finds a row
/// perfectly normal cannot overrule the others. Never decreases with any input. NaN in any column gives NaN. O(columns); no state.
///
/// Only the ratios of weights count: where one column is far more severe than the others, a weight ten times as large adds one decade.
/// A column of weight 0 is not heard. fit_fusion_weights (fusion_weights.hpp) learns weights from a few labelled events.
/// Sources: Liu & Xie, JASA 115 (2020), weights included; truncation at 0.99, Fang, Chang, Park & Tseng, Statistica Sinica 33 (2023).
class cauchy_fusion {
 public:
  static constexpr std::string_view id = "cauchy_fusion";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::fusion;
  static constexpr std::string_view doc =
      "Combines the severities of several detectors into one by the Cauchy combination of their tail probabilities.";

  std::vector<double> weights;

  static auto params() {
    return std::tuple{
        numbers("weights", &cauchy_fusion::weights, 0, 1e6, unit::none,
                "weight of each detector, in their order; empty: equal ones. The largest is at most 1e6 times the smallest that is not 0"),
    };
  }
  static constexpr auto model() { return std::tuple{}; }

  static constexpr double largest_ratio = 1e6;

  /// Output: one column "severity". Errors: no column; weights that are too many, too few, too far apart or all 0.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) const noexcept;

  [[nodiscard]] static double combine(std::span<const double> severities) noexcept;
  /// As many weights as severities, as prepare takes them; none: equal ones.
  [[nodiscard]] static double combine(std::span<const double> severities, std::span<const double> weights) noexcept;
};

static_assert(row_stage<cauchy_fusion>);

}  // namespace millwright
