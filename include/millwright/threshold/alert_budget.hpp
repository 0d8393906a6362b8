#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/alarm/alarm.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/rows.hpp"

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

  /// Everything that was found; kept in the bundle.
  struct verdict {
    double threshold = 0.0;            ///< severity
    bool extrapolated = false;         ///< the data are too few to prove the budget
    double weeks = 0.0;                ///< normal operation behind the verdict: time between scored windows, pauses left out
    std::uint64_t false_episodes = 0;  ///< raised on that data at the threshold
    double rate_upper_bound = 0.0;     ///< of false episodes a week, at the stated confidence; above the budget when extrapolated
    double weeks_needed = 0.0;         ///< of normal operation without an episode that would prove the budget
    double decisions_per_week = 0.0;   ///< scored windows
    double extremal_index = 1.0;       ///< 1 / mean size of a cluster of extreme windows; used when extrapolating
  };

  /// `severities`: one column of calibrated severities, out of fold, with end times and quality, in the order of time; a step
  /// back in time starts another recording. `machine`: the alarm whose settings apply; its threshold is not used.
  /// Runs in O(rows x thresholds), at most about 200 thresholds.
  /// Errors: parameters out of range, not one column, no meta, fewer than 20 scored windows, end times that do not advance.
  [[nodiscard]] result<verdict> choose(const const_rows& severities, const alarm& machine) const;

  /// Upper confidence limit of a Poisson rate after `events` in `weeks`: chi-square quantile with 2 events + 2 degrees of freedom / (2
  /// weeks).
  [[nodiscard]] static double rate_upper_limit(std::uint64_t events, double weeks, double confidence) noexcept;
  /// Intervals estimator of the extremal index from the positions of exceedances, ascending; 1 for fewer than 2. In (0, 1].
  [[nodiscard]] static double extremal_index_of(std::span<const std::uint64_t> exceedances) noexcept;
};

}  // namespace millwright
