#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// Any spectrum with equally spaced bins, of an envelope or of orders: bin k lies at k * spacing.
template <class Real>
struct line_spectrum {
  std::span<const Real> values;
  double spacing = 1.0;       ///< in the unit of the frequencies asked for: Hz or orders
  bool is_power = false;      ///< values are squares of magnitudes
  double energy_scale = 1.0;  ///< squares summed over a line -> mean square; envelope_energy_scale for envelope spectra
};

/// Most harmonics, and most pairs of sidebands about each, that the functions below read; more give NaN.
inline constexpr std::size_t most_harmonics = 1000;

/// How a line is looked for. Bearings slip, so that a line lies near its frequency and not on it.
struct line_search {
  double tolerance = 0.02;          ///< share of the frequency, to both sides
  std::size_t tolerance_bins = 2;   ///< but at least so many bins
  double background = 0.05;         ///< share of the frequency, to both sides, whose median is the background
  std::size_t background_bins = 8;  ///< but at least so many bins beyond the tolerance
};

/// The highest bin near a frequency. All NaN when the frequency lies beyond the spectrum or a bin is NaN.
struct line_reading {
  double frequency = 0.0;   ///< of that bin
  double magnitude = 0.0;   ///< of that bin
  double background = 0.0;  ///< median magnitude around it, without the bin and two to either side (the main lobe of a Hann taper)
  double energy = 0.0;      ///< mean square in the bin and two to either side
};

/// scratch: at least spectrum.values.size() values. The bin at 0 takes no part. Ties go to the lower bin. O(bins searched).
template <class Real>
[[nodiscard]] line_reading read_line(const line_spectrum<Real>& spectrum, double frequency, const line_search& search,
                                     std::span<Real> scratch) noexcept;

/// Mean over the harmonics 1 .. harmonics of (magnitude / background of the line), in dB (20 log10). Noise alone gives 5-10 dB,
/// a fault 15-40. Harmonics beyond the spectrum are left out; NaN when all are, and for a spectrum of zeros.
/// Source: Randall & Antoni, MSSP 25 (2011), for what shows in envelope spectra.
template <class Real>
[[nodiscard]] double fault_snr(const line_spectrum<Real>& spectrum, double frequency, std::size_t harmonics, const line_search& search,
                               std::span<Real> scratch) noexcept;

/// Magnitudes of the sidebands h f +- s spacing (s = 1 .. sidebands), summed over the harmonics h = 1 .. harmonics, divided by the
/// magnitudes of the harmonics themselves. A load that turns against the fault makes them: BPFI +- shaft for an inner race, 2 BSF
/// +- FTF for a rolling element; an outer race has none. NaN when no harmonic lies in the spectrum or all are 0.
template <class Real>
[[nodiscard]] double sideband_ratio(const line_spectrum<Real>& spectrum, double frequency, double spacing, std::size_t harmonics,
                                    std::size_t sidebands, const line_search& search, std::span<Real> scratch) noexcept;

/// Mean square of the lines at the harmonics 1 .. harmonics together. NaN when none lies in the spectrum.
template <class Real>
[[nodiscard]] double harmonic_energy(const line_spectrum<Real>& spectrum, double frequency, std::size_t harmonics,
                                     const line_search& search, std::span<Real> scratch) noexcept;

// ---------------------------------------------------------------------------------------------------------------------------

/// A band to look into: harmonic * frequencies[line] + sideband * spacing.
struct fault_band {
  double low = 0.0;
  double center = 0.0;
  double high = 0.0;
  std::uint32_t line = 0;  ///< index into the frequencies given
  std::int32_t harmonic = 1;
  std::int32_t sideband = 0;
};

struct fault_band_settings {
  std::vector<std::int32_t> harmonics = {1, 2, 3};
  std::int32_t sidebands = 0;     ///< pairs about each harmonic
  double sideband_spacing = 0.0;  ///< in the unit of the frequencies; wanted when there are sidebands
  double width = 0.0;             ///< of a band, in the same unit; 0: 4 % of its centre
};

/// Bands in order of line, harmonic and sideband; those whose centre is not above 0 are left out, lower edges are not below 0.
/// Errors (invalid_argument): a frequency or width that is negative or not finite, harmonics below 1, sidebands without spacing.
/// As MATLAB's faultBands with MATLAB's bearing and gear models replaced by bearing_fault_frequencies and gear_mesh_frequencies.
[[nodiscard]] result<std::vector<fault_band>> fault_bands(std::span<const double> frequencies, const fault_band_settings& settings = {});

struct fault_band_metric {
  double peak_magnitude = 0.0;
  double peak_frequency = 0.0;
  double energy = 0.0;  ///< squares of all bins in the band, times energy_scale
};

/// Bins with low <= frequency <= high, at least the one nearest to the centre. All NaN for a band that
/// lies outside the spectrum or whose edges are not finite and in order.
template <class Real>
[[nodiscard]] fault_band_metric measure_band(const line_spectrum<Real>& spectrum, const fault_band& band) noexcept;

}  // namespace millwright
