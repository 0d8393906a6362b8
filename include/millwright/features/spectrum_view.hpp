#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/features/time_view.hpp"
#include "millwright/features/view.hpp"
#include "millwright/numeric/fft.hpp"

namespace millwright {

/// Parts of a spectrum_view beyond the power itself, as bits.
namespace spectrum_part {
inline constexpr std::uint32_t sum = 1u << 0;
inline constexpr std::uint32_t centroid = 1u << 1;
inline constexpr std::uint32_t spread = 1u << 2;
inline constexpr std::uint32_t logs = 1u << 3;
inline constexpr std::uint32_t peaks = 1u << 4;
inline constexpr std::uint32_t shape = 1u << 5;
inline constexpr std::uint32_t slope = 1u << 6;
inline constexpr std::uint32_t largest = 1u << 7;
}  // namespace spectrum_part

/// Largest `rank` of peak features.
inline constexpr std::size_t max_spectral_peaks = 16;

/// One-sided power spectrum of one window by Welch's method: segments of nperseg samples (0: the whole window as one), each
/// overlapping the one before by half (rounded down), each less its own mean, Hann taper, mean of the periodograms; what remains at
/// the end is left out. Equal to scipy.signal.welch(x, rate_hz, "hann", nperseg) with its defaults. Samples that are not valid
/// count as the mean of the valid ones.
///
/// Bin k lies at k * bin_hz and stands for the frequencies nearer to it than to any other bin, so the bins together cover
/// 0 .. rate / 2 without overlap. The power spectral density at bin k is density_scale * power[k].
/// Errors of prepare: rate that is not positive, nperseg above the window, those of real_fft.
/// Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967).
class spectrum_view {
 public:
  static constexpr std::string_view id = "spectrum";
  static constexpr std::string_view doc = "Welch's power spectrum: FFT of each segment, sums over the bins, peaks";
  static constexpr std::array<view_argument, 1> key = {{{"nperseg", 0.0}}};
  static constexpr std::string_view extent = "rank";
  using needs = view_list<time_view>;

  static void settle(view_request& request) noexcept;
  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept;
  bool compute(const view_input& in, const time_view& time) noexcept;
  /// A spectrum without any power above DC.
  [[nodiscard]] bool is_flat() const noexcept { return !(sum > 0.0); }

  std::span<const double> power;  ///< segment / 2 + 1 bins, without scale; DC and Nyquist already halved against the others
  std::size_t segment = 0;        ///< samples in one segment
  double bin_hz = 0.0;
  double density_scale = 0.0;    ///< power -> unit^2 / Hz
  double energy_scale = 0.0;     ///< power -> unit^2 in the bin
  double amplitude_scale = 0.0;  ///< sqrt(power) -> amplitude of a sinusoid at the bin's frequency
  double shaft_hz = 0.0;         ///< of the frame; NaN when it is not known
  const detail::kernel_table* kernels = nullptr;

  // Sums over bins 1 .. : the DC bin takes no part.
  double sum = 0.0;            ///< of power
  double centroid = 0.0;       ///< in bins
  double variance = 0.0;       ///< in bins^2 about the centroid
  double third = 0.0;          ///< third central moment, in bins^3
  double fourth = 0.0;         ///< fourth central moment, in bins^4
  double largest = 0.0;        ///< of power
  double slope = 0.0;          ///< of the least-squares line through (log k, log(power + 1e-300)); NaN for one bin
  double log_sum = 0.0;        ///< of log(power + 1e-300)
  double power_log_sum = 0.0;  ///< of power * log(power + 1e-300)

  std::size_t peak_count = 0;
  std::array<std::uint32_t, max_spectral_peaks> peaks = {};  ///< bins of local maxima, the strongest first

 private:
  void fill_tables() noexcept;

  std::size_t length_ = 0;
  real_fft<double> fft_;
  double taper_sum_ = 0.0;
  double taper_squares_ = 0.0;
  table<double> taper_;  ///< periodic Hann
  std::span<double> power_;
  table<double> index_;  ///< 0, 1, 2 ...: weights of the centroid
  table<double> slope_weights_;
  std::span<double> logs_;
  table<double> ones_;  ///< only when the window is cut
  std::span<double> centred_;
  std::span<double> tapered_;
  std::span<std::complex<double>> bins_;
};

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
