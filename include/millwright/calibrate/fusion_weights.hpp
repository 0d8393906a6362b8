#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/alarm/alarm.hpp"
#include "millwright/calibrate/tail_calibration.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/data/time.hpp"
#include "millwright/threshold/alert_budget.hpp"

namespace millwright {

/// A stretch of time, both ends included.
struct time_interval {
  time_ns from = 0;
  time_ns to = 0;
};

/// Learns weights of cauchy_fusion from 4 to 10 events that people labelled, and tells whether they help.
///
/// A handful of events is no training set: their windows are many, but all alike. So the units are events, not windows, no more than
/// five parameters are learned (the shares of at most five detectors, and a threshold), and the weights stay equal unless events that
/// they were not learned from are caught better.
/// - A unit is an event, or a stretch of normal operation as long as the median event. Its values are, for each detector, the
///   on_count-th largest severity in it, as the alarm counts, at most `largest_severity`.
/// - A logistic regression tells events from normal stretches, both classes weighing the same, with coefficients that are not negative and
///   that a ridge draws to 1 / detectors. Divided by their sum they are the weights.
/// - Leave one event out: time is cut between events into as many folds. For each fold, weights, the tail of the fused severity and the
///   alert budget's threshold are learned on the other folds; then the alarm runs over the left-out fold, once with equal weights, once
///   with those learned. An event counts as detected when an episode is raised in it, and every other episode as false.
/// - The learned weights are better when they detect at least as many events, raise no more false episodes, and one of both strictly.
/// Rows within `margin_s` of an event belong to nothing: when a fault began is never known exactly.
/// O(events x (rows x thresholds of the budget)).
/// Source on units: Hurlbert, Pseudoreplication, Ecological Monographs 54 (1984).
class fusion_weights {
 public:
  static constexpr std::string_view id = "fusion_weights";
  static constexpr std::uint16_t version = 1;
  static constexpr std::string_view doc = "Learns the weights of the fusion from a few labelled events, if that proves to help.";

  double ridge = 1.0;
  double largest_severity = 6.0;
  double margin_s = 0.0;

  static constexpr auto params() {
    using self = fusion_weights;
    return std::tuple{
        number("ridge", &self::ridge, 1.0, 1e-6, 1e6, unit::none, "pull of the weights towards equal ones"),
        number("largest_severity", &self::largest_severity, 6.0, 1, 1e6, unit::decade,
               "severities count up to here, so that no single gross event decides"),
        number("margin_s", &self::margin_s, 0.0, 0, 1e9, unit::second,
               "time before and after an event that counts neither as event nor as normal operation"),
    };
  }

  static constexpr std::size_t fewest_events = 4;
  static constexpr std::size_t most_detectors = 5;

  /// What a left-out event met under one set of weights.
  struct outcome {
    bool detected = false;
    double peak = 0.0;                 ///< largest calibrated severity in the event
    double threshold = 0.0;            ///< that the other folds gave
    std::uint64_t false_episodes = 0;  ///< in the normal operation of its fold
  };
  struct event_report {
    outcome equal;
    outcome learned;
    std::vector<double> weights;  ///< learned without this event
  };
  struct verdict {
    std::vector<double> weights;  ///< to use: those learned if they are better, else equal ones; they sum to 1
    std::vector<double> learned;  ///< from all events
    bool better = false;
    std::vector<event_report> events;  ///< in the order of the events given
    double normal_weeks = 0.0;         ///< normal operation behind the counts of false episodes
    [[nodiscard]] std::size_t detected(bool with_learned) const noexcept;
    [[nodiscard]] std::uint64_t false_episodes(bool with_learned) const noexcept;
  };

  /// `severities`: one column for each detector, in the order of time, with end times, quality and regime; from a run over
  /// operation that the detectors were not fitted on. `detector_tails` and `machine` carry settings only, their model is not used;
  /// the fused tail's settings follow from the detectors' as in a pipeline (settle_fused_tail).
  /// Errors: parameters out of range; fewer than 2 or more than 5 detectors; fewer than 4 events; an event that ends before it
  /// begins, overlaps another or holds no scored row; times that step back; too little normal operation.
  [[nodiscard]] result<verdict> learn(const const_rows& severities, std::span<const time_interval> events, const alert_budget& budget,
                                      const alarm& machine, const tail_calibration& detector_tails) const;
};

static_assert(described<fusion_weights>);

}  // namespace millwright
