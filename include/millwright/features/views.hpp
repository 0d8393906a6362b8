#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/detail/kernels.hpp"
#include "millwright/fft.hpp"

namespace millwright {

// A view is what many features of one channel and window share. It is computed once, and only the parts that some requested
// feature needs; features are pure functions of a view. All memory belongs to the caller.

/// Parts of a time_view beyond the raw sums, as bits.
namespace time_part {
inline constexpr std::uint32_t central = 1u << 0;
inline constexpr std::uint32_t differences = 1u << 1;
}  // namespace time_part

/// Parts of a spectrum_view beyond the power itself, as bits.
namespace spectrum_part {
inline constexpr std::uint32_t sum = 1u << 0;
inline constexpr std::uint32_t centroid = 1u << 1;
inline constexpr std::uint32_t spread = 1u << 2;
inline constexpr std::uint32_t logs = 1u << 3;
inline constexpr std::uint32_t peaks = 1u << 4;
}  // namespace spectrum_part

/// Sums over the valid samples x[0] .. x[count - 1] of one window.
struct time_view {
  std::size_t count = 0;     ///< valid samples; 0 when there is none or one of them is not finite: no feature is defined
  bool is_constant = false;  ///< all valid samples are equal (also when there is only one)
  double mean = 0.0;
  detail::raw_sums raw = {};
  detail::central_sums central = {};         ///< about `mean`; exactly 0 for a constant window
  detail::difference_sums differences = {};  ///< crossings are those of `mean`
};

/// Raw sums, then the wanted parts (bits of time_part). Two passes: the mean first, then sums about it, so an offset of 1e8
/// leaves the variance intact. O(n).
[[nodiscard]] time_view compute_time_view(std::span<const float> samples, std::uint32_t parts,
                                          const detail::kernel_table& kernels) noexcept;

/// Largest `rank` of peak features.
inline constexpr std::size_t max_spectral_peaks = 16;

/// One-sided power spectrum of one window: a periodogram, or Welch's mean of several.
///
/// Bin k lies at k * bin_hz and stands for the frequencies nearer to it than to any other bin, so the bins together cover
/// 0 .. rate / 2 without overlap. The power spectral density at bin k is density_scale * power[k], equal to scipy.signal.welch.
struct spectrum_view {
  std::span<const double> power;  ///< segment / 2 + 1 bins, without scale; DC and Nyquist already halved against the others
  std::size_t segment = 0;        ///< samples in one segment
  double bin_hz = 0.0;
  double density_scale = 0.0;    ///< power -> unit^2 / Hz
  double energy_scale = 0.0;     ///< power -> unit^2 in the bin
  double amplitude_scale = 0.0;  ///< sqrt(power) -> amplitude of a sinusoid at the bin's frequency
  const detail::kernel_table* kernels = nullptr;

  // Sums over bins 1 .. : the DC bin takes no part.
  double sum = 0.0;            ///< of power
  double centroid = 0.0;       ///< in bins
  double variance = 0.0;       ///< in bins^2 about the centroid
  double log_sum = 0.0;        ///< of log(power + 1e-300)
  double power_log_sum = 0.0;  ///< of power * log(power + 1e-300)

  std::size_t peak_count = 0;
  std::array<std::uint32_t, max_spectral_peaks> peaks = {};  ///< bins of local maxima, the strongest first
};

/// One segment length: FFT plan and Hann taper, shared by all channels that use this length.
struct spectrum_transform {
  std::size_t segment = 0;
  real_fft<double> fft;
  std::span<double> taper;  ///< periodic Hann
  double taper_sum = 0.0;
  double taper_squares = 0.0;
};

/// Memory for spectra, reused from one view to the next; sizes are those of the longest segment and window.
struct spectrum_scratch {
  std::span<double> tapered;             ///< longest segment
  std::span<std::complex<double>> bins;  ///< longest segment / 2 + 1
  std::span<double> power;               ///< longest segment / 2 + 1
  std::span<double> centred;             ///< longest window cut into segments; else empty
  std::span<double> ones;                ///< as centred, filled with 1
  std::span<double> index;               ///< longest segment / 2, filled with 0, 1, 2 ...
};

/// Carves a transform for `segment` samples. Errors: those of real_fft.
result<void> prepare_transform(spectrum_transform& transform, std::size_t segment, workspace& memory);
/// Fills its tables; after a real prepare.
void reset_transform(spectrum_transform& transform) noexcept;

/// Welch's method: segments of transform.segment samples, each overlapping the one before by half (rounded down), each less
/// its own mean, Hann taper, mean of the periodograms; what remains at the end is left out. Equal to scipy.signal.welch(x,
/// rate_hz, "hann", nperseg) with its defaults. `mean` is that of the valid samples; samples whose `quality` has an unusable
/// bit (nullptr: none) count as `mean`. samples.size() >= transform.segment. `peaks` local maxima are looked for.
/// Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967).
[[nodiscard]] spectrum_view compute_spectrum_view(std::span<const float> samples, const std::uint8_t* quality, double mean, double rate_hz,
                                                  spectrum_transform& transform, const spectrum_scratch& scratch, std::uint32_t parts,
                                                  std::size_t peaks, const detail::kernel_table& kernels) noexcept;

/// Integral of the power spectral density from low_hz to high_hz, 0 <= low_hz <= high_hz <= rate / 2; a bin cut by an edge
/// counts by the part of it that lies inside. Adjacent bands add up.
[[nodiscard]] double band_energy(const spectrum_view& spectrum, double low_hz, double high_hz) noexcept;

/// Finds the `wanted` (at most max_spectral_peaks) strongest local maxima: bins above DC with more power than the bin before and
/// not less than the bin after; neighbours beyond the first and last bin count as less. Strongest first, ties to the lower bin.
void find_peaks(spectrum_view& spectrum, std::size_t wanted) noexcept;

/// A local maximum between bins.
struct spectral_peak {
  double frequency_hz = 0.0;
  double amplitude = 0.0;  ///< of a sinusoid, in the channel's unit
};
/// The peak at position `rank` (1 = strongest), refined by a parabola through the logarithms of three bins; NaN when there are
/// fewer peaks. The first bin above DC and the last bin may be peaks but are not refined.
/// Source: Smith & Serra, PARSHL, ICMC 1987.
[[nodiscard]] spectral_peak refined_peak(const spectrum_view& spectrum, std::size_t rank) noexcept;

}  // namespace millwright
