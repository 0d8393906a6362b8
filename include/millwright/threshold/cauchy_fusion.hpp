#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/error.hpp"
#include "millwright/params.hpp"
#include "millwright/stage.hpp"
#include "millwright/workspace.hpp"

namespace millwright {

/// One severity from several, by the Cauchy combination of their tail probabilities: T = mean tan((1/2 - p) pi),
/// p = 1/2 - atan(T) / pi. Close to valid whatever the dependence between the detectors, and driven by the smallest p.
///
/// Rows of severities in, one severity out; with one column, the same severity. Works on logarithms, so severities of
/// thousands of decades keep their precision. Probabilities above 0.99 count as 0.99, so that a detector that finds a row
/// perfectly normal cannot overrule the others. Never decreases with any input. NaN in any column gives NaN. O(columns); no state.
/// Sources: Liu & Xie, JASA 115 (2020); truncation at 0.99, Fang, Chang, Park & Tseng, Statistica Sinica 33 (2023).
class cauchy_fusion {
 public:
  static constexpr std::string_view id = "cauchy_fusion";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc =
      "Combines the severities of several detectors into one by the Cauchy combination of their tail probabilities.";

  static constexpr auto params() { return std::tuple{}; }
  static constexpr auto model() { return std::tuple{}; }

  /// Output: one column "severity". Error: no column.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) noexcept;

  [[nodiscard]] static double combine(std::span<const double> severities) noexcept;
};

static_assert(row_stage<cauchy_fusion>);

}  // namespace millwright
