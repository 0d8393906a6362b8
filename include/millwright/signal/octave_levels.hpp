#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/filter/octave_filter_bank.hpp"

// Fractional-octave levels by summing the bins of a power spectral density: cheap, exact for stationary signals, good for trends.
// This is no IEC 61260 filter (octave_filter_bank is): its bands have ideal edges and no time weighting. Only frequencies follow that
// standard.

namespace millwright {

/// All bands of 1 / fraction octave (see octave_band) whose centre lies within f_lo .. f_hi (a hair of 1e-9 of a band is allowed);
/// octave_bands takes those that hold the ends instead.
/// Errors: fraction not 1 .. 96; 0 < f_lo <= f_hi violated; above 10^5 bands.
[[nodiscard]] result<std::vector<octave_band>> fractional_octave_bands(std::size_t fraction, double f_lo, double f_hi);

/// Energy of each band (unit^2) by band_energy, fractional edge bins included; NaN for a band that reaches beyond nyquist_hz.
/// A band narrower than a bin takes its share of that bin: its level is no measurement of the band then.
template <class Real>
[[nodiscard]] std::vector<double> octave_band_energies(std::span<const Real> psd, double df_hz, double nyquist_hz,
                                                       std::span<const octave_band> bands);

/// 10 log10(energy / reference^2) in dB; NaN for an energy of 0 or a reference that is not positive.
[[nodiscard]] double level_db(double energy, double reference = 1.0) noexcept;

}  // namespace millwright
