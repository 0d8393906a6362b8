#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/vibration/bearing.hpp"

namespace millwright {

// Ready sets of feature names, so that a pipeline can be started without choosing features one by one. Each gives the names for one
// channel of role vibration; for channels of every other role it gives default_feature_names. A set is nothing but its names: change
// them as you like. Few training windows call for few features: with about a hundred take `minimal`.

/// Level, impacts and where the power lies: five features in one pass over the samples and one FFT.
[[nodiscard]] std::vector<std::string> minimal_features(const channel& of);
/// default_feature_names: the time domain without duplicates, the shape of the spectrum, octave bands; cost O(n log n).
[[nodiscard]] std::vector<std::string> efficient_features(const channel& of);
/// Every feature that can be computed without knowing the machine, quantiles, lags, octave bands, envelopes of octave bands, wavelet
/// and packet energies. For `length` samples a window (0: not known), leaving out what so short a window cannot give. Slow members
/// (sample entropy: O(n^2)) included; for feature selection, not for a gateway.
[[nodiscard]] std::vector<std::string> comprehensive_features(const channel& of, std::size_t length = 0);

/// Where a bearing's faults are looked for.
struct bearing_band {
  double f_lo_hz = 0.0;            ///< band around a resonance that impacts excite; choose_band finds it at commissioning
  double f_hi_hz = 0.0;            ///< 0: half the sampling rate
  std::int64_t harmonics = 3;      ///< of each fault line
  std::optional<double> shaft_hz;  ///< fixed speed; none: lines are orders of the shaft, whose speed the features section says
};
/// For a rolling-element bearing: broad-band level and impacts, envelope level and peakedness in the band, signal-to-noise ratio of
/// the envelope's lines at outer race, inner race, rolling element and cage.
/// Errors (invalid_argument): impossible geometry; a band that is empty or beyond half the rate; no harmonic.
[[nodiscard]] result<std::vector<std::string>> bearing_features(const channel& of, const bearing_geometry& bearing,
                                                                const bearing_band& band = {});

/// For gears on one shaft: broad-band level and impacts, rms at the first three orders of the shaft, and at three harmonics of each
/// wheel's mesh. A line counts within 1 % of its frequency, so it holds the sidebands next to it only where harmonic times teeth is 100 or
/// more. `shaft_hz` as in bearing_band.
/// Errors (invalid_argument): no wheel; fewer than 2 teeth.
[[nodiscard]] result<std::vector<std::string>> gearbox_features(const channel& of, std::span<const std::int64_t> teeth,
                                                                std::optional<double> shaft_hz = {});

/// For a microphone or acoustic sensor: level, crest, shape of the spectrum, 13 mel-frequency cepstral coefficients, octave bands.
[[nodiscard]] std::vector<std::string> acoustic_features(const channel& of);

/// "minimal", "efficient", "comprehensive" or "acoustic": the sets that need nothing but the channel. Error: another name.
[[nodiscard]] result<std::vector<std::string>> preset_features(std::string_view name, const channel& of);

}  // namespace millwright
