#pragma once

#include <cstdint>
#include <tuple>

#include "millwright/core/record.hpp"

namespace millwright {

/// What the data could prove about a threshold; kept in the bundle.
struct evidence {
  double threshold = 0.0;
  bool extrapolated = false;
  double weeks = 0.0;
  double weeks_needed = 0.0;
  std::uint64_t false_episodes = 0;
  double rate_upper_bound = 0.0;
  double decisions_per_week = 0.0;
  double extremal_index = 1.0;

  static constexpr std::uint16_t record_version = 1;
  static constexpr auto fields() {
    using e = evidence;
    return std::tuple{
        field{"threshold", &e::threshold, "severity at which a window counts towards an episode"},
        field{"extrapolated", &e::extrapolated, "whether the data are too few to prove what was promised"},
        field{"weeks", &e::weeks, "normal operation behind the threshold: time between scored windows, pauses left out"},
        field{"weeks_needed", &e::weeks_needed,
              "of normal operation without an episode that would prove the promise; 0: nothing was promised"},
        field{"false_episodes", &e::false_episodes, "raised on that operation at the threshold"},
        field{"rate_upper_bound_per_week", &e::rate_upper_bound, "upper confidence limit of the rate of false episodes"},
        field{"decisions_per_week", &e::decisions_per_week, "scored windows"},
        field{"extremal_index", &e::extremal_index, "1 / mean size of a cluster of extreme windows; used when extrapolating"},
    };
  }
};

}  // namespace millwright
