#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// How a speed is read off a vibration signal that has no tacho.
struct tacholess_options {
  double order = 1.0;      ///< of the component that is followed: 1 for the shaft itself, the number of teeth for a meshing frequency
  double start_hz = 0.0;   ///< frequency of the component at the start; 0: the strongest one of the band
  double search_hz = 0.0;  ///< half width of the search about start_hz in the first frame; 0: 10 % of start_hz
  double low_hz = 0.0;     ///< band in which the component stays
  double high_hz = 0.0;
  double max_slope_hz_s = 0.0;  ///< fastest change of the component's frequency; 0: the band in a third of the signal
  double frame_s = 0.0;  ///< frame of the spectrogram and length of the low-pass; 0: sqrt(2 / max_slope), at least 6 periods of low_hz
};

/// Speed over time, evenly spaced from the first sample to the last.
struct speed_profile {
  std::vector<double> times_s;
  std::vector<double> rpm;           ///< of the shaft: 60 frequency / order
  std::vector<double> frequency_hz;  ///< of the component
  std::vector<double> amplitude;     ///< of the component: where it fades, the speed is a guess
};

/// Speed without a tacho: follows the ridge of one harmonic through a spectrogram, then demodulates its phase.
///
/// Ridge: Hann frames an eighth apart; the path of bins with the greatest sum of log power over the frame's background, no step
/// faster than max_slope_hz_s, by dynamic programming; with a start given, what a line has beyond 20 dB hardly counts, so that the path
/// stays on its line where a stronger one comes near. Phase: the signal times exp(-i phase of the ridge), smoothed by a
/// Hann window of one frame, twice, the second time about the first result; its phase added to the ridge's gives the frequency.
/// O(n log n), however fast the speed may change. For whole recordings only, there is no stage of it: where the ridge lies at a moment
/// depends on the best path to the end of the signal, so a stream would have to wait for that or give other speeds.
/// Errors: settings out of range; a signal shorter than two frames, not finite, or without power in the band.
/// Source: Urbanek, Barszcz & Antoni, "A two-step procedure for estimation of instantaneous rotational speed with large fluctuations",
/// MSSP 38 (2013).
template <class Real>
[[nodiscard]] result<speed_profile> tacholess_speed(std::span<const Real> x, double rate_hz, const tacholess_options& options);

}  // namespace millwright
