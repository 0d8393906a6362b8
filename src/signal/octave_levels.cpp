#include "millwright/signal/octave_levels.hpp"

#include <cmath>
#include <string>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/spectral_lines.hpp"

namespace millwright {

result<std::vector<octave_band>> fractional_octave_bands(std::size_t fraction, double f_lo, double f_hi) {
  const auto bad = [](const std::string& what) { return error{errc::invalid_argument, "fractional_octave_bands", what}; };
  if (fraction == 0 || fraction > 96) return bad("bands of 1 / " + std::to_string(fraction) + " octave; the fraction is 1 to 96");
  if (!(f_lo > 0.0) || !(f_lo <= f_hi) || !std::isfinite(f_hi)) return bad("frequencies must be 0 < f_lo <= f_hi");
  const double b = static_cast<double>(fraction);
  const double offset = fraction % 2 == 0 ? 0.5 : 0.0;
  const auto index_of = [&](double hz) { return b * math::log10(hz / 1000.0) / 0.3 - offset; };
  const double first = -std::floor(-(index_of(f_lo) - 1e-9));
  const double last = std::floor(index_of(f_hi) + 1e-9);
  if (last - first > 1e5) return bad("there would be more than 100000 bands");
  std::vector<octave_band> bands;
  for (double x = first; x <= last; x += 1.0)
    bands.push_back(octave_band_at(static_cast<std::int64_t>(fraction), static_cast<std::int64_t>(x)));
  return bands;
}

template <class Real>
std::vector<double> octave_band_energies(std::span<const Real> psd, double df_hz, double nyquist_hz, std::span<const octave_band> bands) {
  std::vector<double> energies;
  for (const octave_band& band : bands) {
    energies.push_back(band.high_hz <= nyquist_hz ? band_energy(psd, df_hz, nyquist_hz, band.low_hz, band.high_hz) : math::nan);
  }
  return energies;
}

double level_db(double energy, double reference) noexcept {
  if (!(energy > 0.0) || !(reference > 0.0)) return math::nan;
  return 10.0 * math::log10(energy) - 20.0 * math::log10(reference);
}

template std::vector<double> octave_band_energies(std::span<const float>, double, double, std::span<const octave_band>);
template std::vector<double> octave_band_energies(std::span<const double>, double, double, std::span<const octave_band>);

}  // namespace millwright
