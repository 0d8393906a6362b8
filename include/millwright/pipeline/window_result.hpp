#pragma once

#include <cstdint>
#include <span>
#include <tuple>

#include "millwright/alarm/alarm.hpp"
#include "millwright/core/record.hpp"
#include "millwright/data/time.hpp"

namespace millwright {

/// What a shadow judge says about a window: of the same rows, for nobody's alarm.
struct shadow_result {
  bool scored = false;
  double severity = 0.0;
  std::int32_t regime = -1;
  std::uint32_t quality = 0;
};

/// What a stream says about one window. Spans and pointers are valid during the call only.
struct window_result {
  time_ns end_time = 0;
  double severity = 0.0;
  std::int32_t regime = -1;
  std::uint32_t quality = 0;
  bool scored = false;  ///< false: scores and severity are NaN; quality says why
  bool alarm_active = false;
  std::span<const double> features;    ///< in the order of pipeline::feature_names()
  std::span<const double> scores;      ///< one per detector, smoothed, higher = more anomalous
  std::span<const double> severities;  ///< one per detector: -log10 of its tail probability
  alarm::event event = alarm::event::none;
  const episode* current_episode = nullptr;  ///< set when event is raised, peaked or cleared, and while active
  std::span<const shadow_result> shadows;    ///< in the order in which they were added

  static constexpr std::uint16_t record_version = 1;
  /// The scalar ones.
  static constexpr auto fields() {
    using w = window_result;
    return std::tuple{
        field{"end_time", &w::end_time, "stamp of the window's last sample", field_kind::time},
        field{"severity", &w::severity, "fused and calibrated: -log10 of the tail probability"},
        field{"regime", &w::regime, "operating regime; -1: unknown"},
        field{"quality", &w::quality, "what is known about the window, as bits", field_kind::quality},
        field{"alarm", &w::alarm_active, "whether an episode is active"},
    };
  }
};

}  // namespace millwright
