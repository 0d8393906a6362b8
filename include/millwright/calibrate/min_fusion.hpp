#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright {

/// One severity from several, by order statistics of their n tail probabilities, valid whatever the dependence between the detectors:
///
///   bonferroni     n x the smallest             one detector is enough
///   twice_median   2 x the median (the lower of the middle two)     half of the detectors must agree
///   both           2 x the smaller of the two
///
/// The price of that guarantee is power: cauchy_fusion loses less where detectors agree. A result above 1 counts as 1, severity 0.
/// With one column, the same severity. Never decreases with any input. NaN in any column gives NaN. O(columns^2), at most 64 columns; no
/// state.
/// Sources: Rueger, Metrika 25 (1978); Vovk & Wang, Biometrika 107 (2020).
class min_fusion {
 public:
  static constexpr std::string_view id = "min_fusion";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::fusion;
  static constexpr std::string_view doc =
      "Combines the severities of several detectors into one by the smallest tail probability, twice the median, or both.";

  std::string rule = "both";

  static auto params() {
    return std::tuple{
        choice("rule", &min_fusion::rule, "both", "bonferroni|twice_median|both",
               "the smallest tail probability times their number, twice the median, or twice the smaller of both"),
    };
  }
  static constexpr auto model() { return std::tuple{}; }

  static constexpr std::size_t most_columns = 64;

  /// Output: one column "severity". Errors: no column, more than 64.
  result<port> prepare(const port& in, workspace& memory);
  void reset() noexcept {}
  void process(const const_rows& in, const rows_view& out) const noexcept;

 private:
  bool smallest_ = true;
  bool median_ = true;
};

static_assert(row_stage<min_fusion>);

}  // namespace millwright
