#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/rows.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// How much normal operation some rows stand for: the one definition behind thresholds, weights and rates.
///
/// Time between consecutive rows counts up to the 99th percentile of such times, so that pauses of the recording are no evidence; time
/// before a row without a score counts nothing. A step back in time starts another recording; its first row counts the median time.
struct exposure {
  static constexpr double week_ns = 7.0 * 86400.0 * 1e9;
  static constexpr std::size_t fewest_windows = 20;

  struct window {
    time_ns end_time = 0;
    double severity = 0.0;
    std::int32_t regime = -1;
    bool new_recording = false;  ///< time stepped back
  };
  std::vector<window> windows;  ///< those with a score, in order
  double weeks = 0.0;

  [[nodiscard]] double decisions_per_week() const noexcept { return static_cast<double>(windows.size()) / weeks; }

  /// `severities`: one column with end times and quality, in the order of time. Errors, of `where`: not one column, no meta, fewer than
  /// fewest_windows windows with a score, end times that do not advance.
  [[nodiscard]] static result<exposure> of(const const_rows& severities, std::string_view where);
};

}  // namespace millwright
