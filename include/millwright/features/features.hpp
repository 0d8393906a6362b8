#pragma once

#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/features/feature_extractor.hpp"

namespace millwright {

/// A recorded signal in memory.
struct signal {
  std::string name;
  double rate_hz = 0.0;
  std::span<const float> samples;
};

/// Features of whole signals, each taken as one window; for one-off use. A running stream keeps a feature_extractor instead.
/// Values in the order of `names`; an undefined feature is NaN. Samples that are not finite count as missing.
/// Errors: those of feature_extractor::prepare; out_of_memory.
[[nodiscard]] result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const signal> signals);

/// The same for one signal, whose names carry no channel: extract_features({"rms", "peak_frequency"}, samples, 25600).
[[nodiscard]] result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const float> samples,
                                                           double rate_hz);
/// From float64 samples, computed with as they are. Samples so large that their squares overflow leave every feature undefined.
[[nodiscard]] result<std::vector<double>> extract_features(const std::vector<std::string>& names, std::span<const double> samples,
                                                           double rate_hz);

}  // namespace millwright
