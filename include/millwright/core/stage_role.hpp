#pragma once

#include <cstdint>
#include <string_view>

namespace millwright {

/// What a stage is for. A section of a pipeline takes stages of one role; JSON, Python, docs and tests ask the role instead of guessing.
enum class stage_role : std::uint8_t {
  condition,   ///< samples to samples, before windows are cut
  analysis,    ///< samples to frames: spectra and the like; stands alone, no section takes it
  normalizer,  ///< feature rows to rows that compare across operating contexts
  detector,    ///< normalised rows to one score, higher is more anomalous
  smoother,    ///< scores to scores, over time
  calibrator,  ///< scores to severities
  fusion,      ///< severities of several detectors to one
  threshold,   ///< held-out severities to the severity at which a window counts
  alarm_rule,  ///< severities to episodes
  monitor,     ///< looks on, changes nothing
};

[[nodiscard]] constexpr std::string_view to_string(stage_role role) noexcept {
  switch (role) {
    case stage_role::condition: return "condition";
    case stage_role::analysis: return "analysis";
    case stage_role::normalizer: return "normalizer";
    case stage_role::detector: return "detector";
    case stage_role::smoother: return "smoother";
    case stage_role::calibrator: return "calibrator";
    case stage_role::fusion: return "fusion";
    case stage_role::threshold: return "threshold";
    case stage_role::alarm_rule: return "alarm_rule";
    case stage_role::monitor: return "monitor";
  }
  return "unknown";
}

}  // namespace millwright
