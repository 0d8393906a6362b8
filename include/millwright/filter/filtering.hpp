#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/filter/design.hpp"
#include "millwright/filter/octave_filter_bank.hpp"
#include "millwright/signal/taper.hpp"

namespace millwright {

// Filters over one array, named and defined as in scipy.signal; each runs the prepared form that the streaming stages run. Real is
// float or double; arithmetic is in double. Errors common to all: no sample (except where a result of length 0 is defined), a filter
// without coefficients.

/// Samples put before and behind a signal that is filtered in both directions.
enum class edge_padding : std::uint8_t { none, odd, even, constant };

/// scipy.signal.sosfilt. `state`, one entry a section, is the state before x and becomes the one after it; empty: at rest, not returned.
template <class Real>
[[nodiscard]] result<std::vector<Real>> sosfilt(std::span<const sos_section> sections, std::span<const Real> x,
                                                std::span<sos_state> state = {});

/// scipy.signal.sosfiltfilt: forward and backward, zero phase, twice the attenuation. `pad` samples are added at both ends; not given:
/// SciPy's 3 (2 sections + 1 - common zeros at the origin). Errors: x not longer than the padding, a pole at z = 1.
template <class Real>
[[nodiscard]] result<std::vector<Real>> sosfiltfilt(std::span<const sos_section> sections, std::span<const Real> x,
                                                    edge_padding padding = edge_padding::odd, std::optional<std::size_t> pad = {});

/// scipy.signal.lfilter(taps, 1, x): FIR, at rest before.
template <class Real>
[[nodiscard]] result<std::vector<Real>> lfilter(std::span<const double> taps, std::span<const Real> x);

/// scipy.signal.filtfilt(taps, 1, x): FIR forward and backward. `pad` not given: 3 taps.
template <class Real>
[[nodiscard]] result<std::vector<Real>> filtfilt(std::span<const double> taps, std::span<const Real> x,
                                                 edge_padding padding = edge_padding::odd, std::optional<std::size_t> pad = {});

/// scipy.signal.upfirdn: insert up - 1 zeros after each sample, filter, keep every down-th.
template <class Real>
[[nodiscard]] result<std::vector<Real>> upfirdn(std::span<const double> taps, std::span<const Real> x, std::size_t up = 1,
                                                std::size_t down = 1);

/// scipy.signal.resample_poly with zeros beyond the ends; ceil(n up / down) samples. `taps`: a filter of one's own at the rate times
/// `up`, of which the middle tap is the time 0; empty: Kaiser taper of `beta`.
template <class Real>
[[nodiscard]] result<std::vector<Real>> resample_poly(std::span<const Real> x, std::size_t up, std::size_t down, double beta = 5.0,
                                                      std::span<const double> taps = {});

/// scipy.signal.decimate. `order` 0: 8 for IIR (Chebyshev I), 20 factor for FIR (Hamming).
template <class Real>
[[nodiscard]] result<std::vector<Real>> decimate(std::span<const Real> x, std::size_t factor, std::size_t order = 0, bool fir = false,
                                                 bool zero_phase = true);

/// Levels of an octave_filter_bank over an array: one row of band values for each interval.
template <class Real>
struct filter_bank_levels {
  std::vector<octave_band> bands;
  std::vector<Real> values;  ///< intervals x bands
};
/// interval_s 0: one interval over the whole array. Errors: those of octave_filter_bank, an array shorter than the interval.
template <class Real>
[[nodiscard]] result<filter_bank_levels<Real>> octave_filter_bank_levels(std::span<const Real> x, double rate_hz, std::int64_t fraction = 3,
                                                                         double low_hz = 10.0, double high_hz = 0.0,
                                                                         double interval_s = 0.0);

}  // namespace millwright
