#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/filter/design.hpp"
#include "millwright/signal/taper.hpp"

namespace millwright {

/// Most taps of a FIR filter.
inline constexpr std::size_t max_taps = std::size_t{1} << 20;

/// Taps of a linear-phase FIR filter by the window method: scipy.signal.firwin(numtaps, cutoff, window=..., pass_zero=..., scale=...,
/// fs=rate_hz) within 1e-12 of the largest tap. Edges (half amplitude) ascend inside 0 .. rate_hz / 2; the bands between them pass
/// and stop in turn, the one at 0 Hz passes when `pass_zero`. `scale`: gain exactly 1 at the centre of the first pass band (0 Hz, or
/// half the rate, when the band touches it).
/// Errors: no taps or more than max_taps, edges that do not ascend inside the range, an even number of taps for a pass band at half
/// the rate, a taper that is not valid, one that leaves nothing to scale (hann of 2 taps).
/// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, chapter 7.
[[nodiscard]] result<std::vector<double>> firwin(std::size_t taps, std::span<const double> edges_hz, double rate_hz, bool pass_zero,
                                                 const taper& window = {taper_kind::hamming, 0.0}, bool scale = true);

/// firwin by the kind of band; a lowpass uses high_hz, a highpass low_hz.
[[nodiscard]] result<std::vector<double>> firwin(std::size_t taps, filter_band band, double low_hz, double high_hz, double rate_hz,
                                                 const taper& window = {taper_kind::hamming, 0.0});

/// scipy.signal.kaiser_beta: the Kaiser taper for an attenuation in dB. Source: Kaiser 1974.
[[nodiscard]] double kaiser_beta(double attenuation_db) noexcept;

struct kaiser_estimate {
  std::size_t taps = 0;
  double beta = 0.0;
};
/// scipy.signal.kaiserord: taps and beta for a ripple of `ripple_db` below the pass band and a transition of `width` (1 = half the
/// sampling rate). Errors: ripple under 8 dB, width not in (0, 1] or too narrow for max_taps.
[[nodiscard]] result<kaiser_estimate> kaiserord(double ripple_db, double width);

/// Frequency response at `frequency` cycles per sample.
[[nodiscard]] std::complex<double> fir_response(std::span<const double> taps, double frequency) noexcept;

}  // namespace millwright
