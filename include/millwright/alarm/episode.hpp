#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "millwright/core/record.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// How urgent an episode is, from how far its severity lies beyond the threshold.
enum class alarm_priority : std::uint8_t { low, medium, high };
[[nodiscard]] std::string_view to_string(alarm_priority p) noexcept;

/// A feature behind an episode.
struct contributor {
  std::uint32_t feature = 0;  ///< column index in the pipeline's feature list
  double share = 0.0;         ///< share of the score, 0 .. 1; 0: unused
  double deviation = 0.0;     ///< normalised value (robust z) of the feature at the peak
};
inline constexpr std::size_t max_contributors = 5;
using contributor_list = std::array<contributor, max_contributors>;

/// What a person sees as one alert. Times are window end times.
struct episode {
  std::uint64_t number = 0;
  time_ns started_at = 0;
  time_ns raised_at = 0;
  time_ns cleared_at = 0;
  double peak_severity = 0.0;
  time_ns peak_at = 0;
  alarm_priority priority = alarm_priority::low;
  std::int32_t regime = -1;
  bool extrapolated = false;
  std::uint64_t windows_above = 0;
  contributor_list contributors = {};  ///< at the latest peak, largest first

  static constexpr std::uint16_t record_version = 2;
  static constexpr auto fields() {
    using e = episode;
    return std::tuple{
        field{"number", &e::number, "1, 2, 3 ... within one stream"},
        field{"started_at", &e::started_at, "first window of the run that led to the alarm", field_kind::time},
        field{"raised_at", &e::raised_at, "when the on-delay was satisfied", field_kind::time},
        field{"cleared_at", &e::cleared_at, "when the off-delay was satisfied; none while the episode is active", field_kind::open_time},
        field{"peak_severity", &e::peak_severity, "largest severity since it was raised (-log10 of the tail probability)"},
        field{"peak_at", &e::peak_at, "when that was", field_kind::time},
        field{"priority", &e::priority, "low, medium or high"},
        field{"regime", &e::regime, "operating regime when it was raised; -1: unknown"},
        field{"extrapolated", &e::extrapolated, "whether the threshold lies beyond what the calibration data can prove"},
        field{"windows_above", &e::windows_above,
              "scored windows at or above the threshold since it was raised; from a checkpoint of 0.1.0 only those since it was restored",
              field_kind::plain, 2},
    };
  }
};

}  // namespace millwright
