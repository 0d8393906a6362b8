#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/signal/taper.hpp"

// What is read from a finished one-sided spectrum: energies of bands, harmonics, sidebands, peaks. `df_hz` is the distance of its bins,
// bin 0 is DC. All are O(bins) at most and allocate only their result; the single-value functions are safe in a stream.

namespace millwright {

/// Integral of a one-sided power spectral density from low_hz to high_hz. Bin k stands for (k - 1/2) df .. (k + 1/2) df, cut off at 0
/// and at nyquist_hz; a bin that an edge cuts counts by the part of it inside, so adjacent bands add up to sum(psd) df. Edges beyond
/// 0 .. nyquist_hz count as these. NaN when the psd is empty, low_hz > high_hz, or df_hz is not positive.
template <class Real>
[[nodiscard]] double band_energy(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) noexcept;
/// band_energy over the energy of all bins; NaN when that is 0.
template <class Real>
[[nodiscard]] double band_ratio(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz, double high_hz) noexcept;

/// Rms velocity in the band low_hz .. high_hz from the one-sided power spectral density of an acceleration, in its unit times a second:
/// the root of the sum of psd df / (2 pi f)^2 over bins as in band_energy; a bin that an edge cuts counts by its part inside, at the
/// middle of that part. A density is free of the taper's noise bandwidth, so sums over it need no correction. A tone counts whole when
/// the main lobe of the taper (4 bins for hann) lies inside the band, and not at all (but for side lobes) when it lies outside: choose
/// df at most a tenth of low_hz. NaN as band_energy, and unless low_hz > 0. Source: Brandt, Noise and Vibration Analysis, 2011.
template <class Real>
[[nodiscard]] double velocity_rms(std::span<const Real> psd, double df_hz, double nyquist_hz, double low_hz = 10.0,
                                  double high_hz = 1000.0) noexcept;

/// A line of a spectrum, between bins.
struct spectral_line {
  double frequency_hz = 0.0;
  double amplitude = 0.0;  ///< of a sinusoid: sqrt(2 power)
};

/// How a maximum is placed between bins: not, or by a parabola through the logarithms of three bins (Smith & Serra, PARSHL, 1987).
enum class peak_interpolation : std::uint8_t { none, quadratic };

/// The line at bin k of a power spectrum (scaling spectrum), refined; a bin at either end or beside an empty bin is not.
template <class Real>
[[nodiscard]] spectral_line line_at(std::span<const Real> power, double df_hz, std::size_t k, peak_interpolation how) noexcept;

/// Most lines (pairs of sidebands, rahmonics) that one call looks for.
inline constexpr std::size_t most_lines = std::size_t{1} << 20;

/// The strongest line within tolerance_hz of frequency_hz, at least the nearest bin. NaN, NaN when that lies beyond the spectrum, or
/// df_hz or the tolerance mean nothing.
template <class Real>
[[nodiscard]] spectral_line find_line(std::span<const Real> power, double df_hz, double frequency_hz, double tolerance_hz,
                                      peak_interpolation how) noexcept;

/// Lines at 1, 2, ... count times fundamental_hz in a power spectrum (scaling spectrum), each the strongest within tolerance_hz of k
/// times the fundamental; NaN beyond the spectrum. Errors: df, fundamental not positive; tolerance negative or half the
/// fundamental; a count above most_lines.
template <class Real>
[[nodiscard]] result<std::vector<spectral_line>> find_harmonics(std::span<const Real> power, double df_hz, double fundamental_hz,
                                                                std::size_t count, double tolerance_hz,
                                                                peak_interpolation how = peak_interpolation::quadratic);

/// A carrier and its sidebands at carrier - m spacing and carrier + m spacing, m = 1 .. pairs.
struct sideband_lines {
  spectral_line carrier;
  std::vector<spectral_line> lower, upper;
  double ratio = 0.0;  ///< sum of the sidebands' amplitudes over the carrier's; sidebands beyond the spectrum do not count
};
/// Errors: as find_harmonics, the spacing in place of the fundamental.
template <class Real>
[[nodiscard]] result<sideband_lines> find_sidebands(std::span<const Real> power, double df_hz, double carrier_hz, double spacing_hz,
                                                    std::size_t pairs, double tolerance_hz,
                                                    peak_interpolation how = peak_interpolation::quadratic);

/// The `count` strongest local maxima above DC (more than the bin before, not less than the bin after), strongest first, ties to the
/// lower bin; fewer when there are fewer. Error: df not positive.
template <class Real>
[[nodiscard]] result<std::vector<spectral_line>> find_spectral_peaks(std::span<const Real> power, double df_hz, std::size_t count,
                                                                     peak_interpolation how = peak_interpolation::quadratic);

/// Distance in bins, -1/2 .. 1/2, of a tone from bin k of a transform whose largest bin is k, from three complex bins; NaN when it
/// cannot be told. For boxcar, hann, hamming, blackman and blackmanharris tapers; error for others.
/// Source: Jacobsen & Kootsookos, IEEE Signal Processing Magazine 24(3), 2007.
template <class Real>
[[nodiscard]] result<double> jacobsen_offset(std::span<const std::complex<Real>> bins, std::size_t k, taper_kind window);

}  // namespace millwright
