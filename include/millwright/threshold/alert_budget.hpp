#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage_role.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/threshold/any_threshold.hpp"

namespace millwright {

/// Chooses the alarm threshold from what people can bear: so many false episodes a week, no more.
///
/// Runs the whole alarm over held-out severities of normal operation for a grid of thresholds and takes the smallest one at
/// which, and above which, the upper confidence limit of the episode rate keeps the budget and the alarm stands for no more than
/// a tenth of the time. It is at least 2 (one window in a hundred) and a decade above the deadband. With too little data for that, it
/// extrapolates: q = budget / (decisions per week x extremal index) is the tail probability that keeps the budget, -log10 q
/// the threshold, never below the smallest one at which the data raised no episode; and says so.
/// Sources: Poisson limits, Garwood 1936; extremal index, Ferro & Segers, JRSS B 65 (2003).
class alert_budget {
 public:
  static constexpr std::string_view id = "alert_budget";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::threshold;
  static constexpr std::string_view doc = "Sets the alarm threshold so that false episodes stay within a weekly budget.";

  double max_false_episodes_per_week = 1.0;
  double confidence = 0.8;

  static constexpr auto params() {
    using self = alert_budget;
    return std::tuple{
        number("max_false_episodes_per_week", &self::max_false_episodes_per_week, 1.0, 1e-4, 1e6, unit::per_week,
               "false episodes that people accept, for each asset"),
        number("confidence", &self::confidence, 0.8, 0.5, 0.999, unit::share,
               "confidence of the upper limit on the rate of false episodes"),
    };
  }

  /// O(windows x thresholds), at most about 200 thresholds. Errors: parameters out of range.
  [[nodiscard]] result<evidence> learn(const held_out_operation& from) const;

  /// Upper confidence limit of a Poisson rate after `events` in `weeks`: chi-square quantile with 2 events + 2 degrees of freedom / (2
  /// weeks).
  [[nodiscard]] static double rate_upper_limit(std::uint64_t events, double weeks, double confidence) noexcept;
  /// Intervals estimator of the extremal index from the positions of exceedances, ascending; 1 for fewer than 2. In (0, 1].
  [[nodiscard]] static double extremal_index_of(std::span<const std::uint64_t> exceedances) noexcept;
};

static_assert(threshold_stage<alert_budget>);

}  // namespace millwright
