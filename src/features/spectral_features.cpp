#include <algorithm>
#include <array>
#include <cmath>

#include "millwright/features/feature.hpp"
#include "millwright/features/spectrum_view.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr double longest = 67'108'864;  // 2^26 samples
constexpr double highest = 1e12;        // Hz; the real limit, rate / 2, is checked when the channel is known

constexpr feature_argument nperseg = {.name = "nperseg",
                                      .initial = 0,
                                      .low = 0,
                                      .high = longest,
                                      .of = unit::sample,
                                      .is_integer = true,
                                      .doc = "samples in a segment; 0: the whole window as one"};
constexpr std::array<feature_argument, 1> spectrum_arguments = {{nperseg}};
constexpr std::array<feature_argument, 3> band_arguments = {{
    {.name = "f_lo", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "lower edge"},
    {.name = "f_hi", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "upper edge, at most rate / 2"},
    nperseg,
}};
constexpr std::array<feature_argument, 2> rolloff_arguments = {{
    {.name = "share", .initial = 0.85, .low = 0.001, .high = 0.999, .of = unit::share, .doc = "of the power"},
    nperseg,
}};
constexpr feature_argument harmonics = {.name = "harmonics",
                                        .initial = 1,
                                        .low = 1,
                                        .high = 64,
                                        .is_integer = true,
                                        .doc = "lines taken: the first and its multiples; those above rate / 2 are left out"};
constexpr feature_argument tolerance = {.name = "tolerance",
                                        .initial = 0.01,
                                        .low = 0,
                                        .high = 0.5,
                                        .of = unit::share,
                                        .doc = "half width of the search about each line, as a share of its frequency; at least 2 bins"};
constexpr std::array<feature_argument, 4> line_arguments = {{
    {.name = "f0", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "frequency of the first line"},
    harmonics,
    tolerance,
    nperseg,
}};
constexpr std::array<feature_argument, 4> order_arguments = {{
    {.name = "order", .initial = 1, .low = 0, .high = 10'000, .doc = "multiple of the shaft's speed at which the first line lies"},
    harmonics,
    tolerance,
    nperseg,
}};
constexpr std::array<feature_argument, 2> peak_arguments = {{
    {.name = "rank",
     .initial = 1,
     .low = 1,
     .high = static_cast<double>(max_spectral_peaks),
     .is_integer = true,
     .doc = "1: the strongest"},
    nperseg,
}};

/// Lowest bin at which the power from bin 1 on reaches `wanted`. Runs over blocks, then inside the block that holds it.
std::size_t rolloff_bin(const spectrum_view& v, double wanted) noexcept {
  constexpr std::size_t block = 64;
  const std::size_t bins = v.power.size();
  double below = 0.0;
  std::size_t k = 1;
  while (k + block < bins) {
    const double with_block = below + v.kernels->sum(v.power.data() + k, block);
    if (with_block >= wanted) break;
    below = with_block;
    k += block;
  }
  for (; k + 1 < bins; ++k) {
    below += v.power[k];
    if (below >= wanted) break;
  }
  return k;
}

/// Root of the power about f0 and its multiples. 2 bins to either side hold the main lobe of the Hann taper.
double line_rms(const spectrum_view& v, double f0, double harmonic_count, double share) noexcept {
  const double half_rate = 0.5 * v.bin_hz * static_cast<double>(v.segment);
  if (!(f0 > 0.0 && f0 < half_rate)) return math::nan;
  double energy = 0.0;
  for (double h = 1.0; h <= harmonic_count && h * f0 < half_rate; h += 1.0) {
    const double half_width = std::max(share * (h * f0), 2.0 * v.bin_hz);
    energy += band_energy(v, std::max(h * f0 - half_width, 0.0), std::min(h * f0 + half_width, half_rate));
  }
  return std::sqrt(energy);
}

constexpr auto table =
    std::to_array<feature_definition>({
        {.name = "total_power",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::sum,
         .of = unit::channel_unit_squared,
         .is_non_negative = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.energy_scale * (v.power[0] + v.sum); },
         .formula = "df sum(S[k], k >= 0)",
         .doc = "power of the whole spectrum, DC bin included",
         .source = "Welch 1967"},
        {.name = "band_energy",
         .arguments = band_arguments,
         .of = unit::channel_unit_squared,
         .is_non_negative = true,
         .value = [](const spectrum_view& v, const feature_arguments& a) noexcept { return band_energy(v, a[0], a[1]); },
         .formula = "integral of S from f_lo to f_hi",
         .doc = "power inside a band; a bin that an edge cuts counts by its part inside, so adjacent bands add up",
         .source = "Randall 2011"},
        {.name = "band_rms",
         .arguments = band_arguments,
         .of = unit::channel_unit,
         .is_non_negative = true,
         .value = [](const spectrum_view& v, const feature_arguments& a) noexcept { return std::sqrt(band_energy(v, a[0], a[1])); },
         .formula = "sqrt(band_energy)",
         .doc = "rms of the part of the signal inside a band",
         .source = "Randall 2011"},
        {.name = "band_ratio",
         .arguments = band_arguments,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v,
                     const feature_arguments& a) noexcept { return band_energy(v, a[0], a[1]) / (v.energy_scale * (v.power[0] + v.sum)); },
         .formula = "band_energy / total_power",
         .doc = "share of the power that lies inside a band; the signal's level does not change it",
         .source = "Randall 2011"},
        {.name = "line_rms",
         .arguments = line_arguments,
         .of = unit::channel_unit,
         .is_non_negative = true,
         .value = [](const spectrum_view& v, const feature_arguments& a) noexcept { return line_rms(v, a[0], a[1], a[2]); },
         .formula = "sqrt(sum over h = 1 .. harmonics of band_energy(h f0 - w, h f0 + w)), w = max(tolerance h f0, 2 df)",
         .doc = "rms of a line and its harmonics: mains hum, gear mesh, a blade passing; NaN when f0 is 0 or not below rate / 2",
         .source = "Randall 2011"},
        {.name = "order_rms",
         .arguments = order_arguments,
         .of = unit::channel_unit,
         .is_non_negative = true,
         .needs_shaft = true,
         .value = [](const spectrum_view& v, const feature_arguments& a) noexcept { return line_rms(v, a[0] * v.shaft_hz, a[1], a[2]); },
         .formula = "line_rms with f0 = order * speed of the shaft",
         .doc = "as line_rms, where the line follows the shaft: unbalance at order 1, misalignment at 2; NaN while the speed is not known",
         .source = "Randall 2011"},
        {.name = "spectral_centroid",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::sum | spectrum_part::centroid,
         .of = unit::hertz,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.bin_hz * v.centroid; },
         .formula = "sum(f S) / sum(S), k >= 1",
         .doc = "centre of gravity of the power",
         .source = "Peeters 2004, CUIDADO, on power"},
        {.name = "spectral_spread",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::sum | spectrum_part::centroid | spectrum_part::spread,
         .of = unit::hertz,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.bin_hz * std::sqrt(v.variance); },
         .formula = "sqrt(sum((f - centroid)^2 S) / sum(S)), k >= 1",
         .doc = "width of the power about its centroid",
         .source = "Peeters 2004, CUIDADO, on power"},
        {.name = "spectral_skewness",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::centroid | spectrum_part::spread | spectrum_part::shape,
         .is_ratio = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.third / (v.variance * std::sqrt(v.variance)); },
         .formula = "sum((f - centroid)^3 S) / sum(S) / spread^3, k >= 1",
         .doc = "asymmetry of the power about its centroid; above 0 when a tail reaches to high frequencies. NaN for a single line",
         .source = "Peeters 2004, CUIDADO, on power"},
        {.name = "spectral_kurtosis",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::centroid | spectrum_part::spread | spectrum_part::shape,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.fourth / (v.variance * v.variance); },
         .formula = "sum((f - centroid)^4 S) / sum(S) / spread^4, k >= 1",
         .doc =
             "peakedness of the power about its centroid: 1.8 for a flat spectrum, high for a line on a weak ground. Not Antoni's spectral "
             "kurtosis, which is a function of frequency: that is millwright.signal.spectral_kurtosis. NaN for a single line",
         .source = "Peeters 2004, CUIDADO, on power"},
        {.name = "spectral_slope",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::slope,
         .is_ratio = true,
         .value = [](const spectrum_view& v, const feature_arguments&) noexcept { return v.slope; },
         .formula = "slope of the least-squares line through (log f, log S), k >= 1",
         .doc = "exponent of f: 0 for white noise, -2 for Brownian. NaN for a single bin",
         .source = "Peeters 2004, CUIDADO, in logarithms"},
        {.name = "spectral_crest",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::largest,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v,
                     const feature_arguments&) noexcept { return v.largest / (v.sum / static_cast<double>(v.power.size() - 1)); },
         .formula = "max(S) / mean(S), k >= 1",
         .doc = "1 for a flat spectrum, the number of bins for a single line",
         .source = "Peeters 2004, CUIDADO"},
        {.name = "spectral_entropy",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::sum | spectrum_part::logs,
         .is_non_negative = true,
         .is_ratio = true,
         .value =
             [](const spectrum_view& v, const feature_arguments&) noexcept {
               const double bins = static_cast<double>(v.power.size() - 1);
               if (!(bins > 1.0)) return math::nan;
               // Rounding must not turn the 0 of a single line into a negative number.
               return std::max((math::log(v.sum) - v.power_log_sum / v.sum) / math::log(bins), 0.0);
             },
         .formula = "-sum(q log q) / log(bins), q = S / sum(S), k >= 1",
         .doc = "0 for one line, 1 for a flat spectrum; NaN when there is only one bin above DC",
         .source = "Inouye et al. 1991"},
        {.name = "spectral_flatness",
         .arguments = spectrum_arguments,
         .parts = spectrum_part::sum | spectrum_part::logs,
         .is_non_negative = true,
         .is_ratio = true,
         .value =
             [](const spectrum_view& v, const feature_arguments&) noexcept {
               const double bins = static_cast<double>(v.power.size() - 1);
               return math::exp(v.log_sum / bins) / (v.sum / bins);
             },
         .formula = "exp(mean(log S)) / mean(S), k >= 1",
         .doc = "geometric over arithmetic mean: 1 for a flat spectrum, near 0 for lines (0.561 for the periodogram of white noise)",
         .source = "Gray & Markel 1974, IEEE Trans. ASSP 22"},
        {.name = "spectral_rolloff",
         .arguments = rolloff_arguments,
         .parts = spectrum_part::sum,
         .of = unit::hertz,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v,
                     const feature_arguments& a) noexcept { return v.bin_hz * static_cast<double>(rolloff_bin(v, a[0] * v.sum)); },
         .formula = "lowest f with sum(S up to f) >= share sum(S), k >= 1",
         .doc = "frequency below which the given share of the power lies; a bin's frequency",
         .source = "Peeters 2004, CUIDADO, on power"},
        {.name = "peak_frequency",
         .arguments = peak_arguments,
         .parts = spectrum_part::sum | spectrum_part::peaks,
         .of = unit::hertz,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v,
                     const feature_arguments& a) noexcept { return refined_peak(v, static_cast<std::size_t>(a[0])).frequency_hz; },
         .formula = "vertex of the parabola through log S at a local maximum and its two neighbours",
         .doc = "frequency of the local maximum of that rank by power, ties to the lower frequency; NaN when there are fewer",
         .source = "Smith & Serra 1987"},
        {.name = "peak_amplitude",
         .arguments = peak_arguments,
         .parts = spectrum_part::sum | spectrum_part::peaks,
         .of = unit::channel_unit,
         .is_non_negative = true,
         .is_ratio = true,
         .value = [](const spectrum_view& v,
                     const feature_arguments& a) noexcept { return refined_peak(v, static_cast<std::size_t>(a[0])).amplitude; },
         .formula = "sqrt(2 P), P = S fs sum(w^2) / sum(w)^2 at the vertex",
         .doc = "amplitude (zero to peak) of a sinusoid with that peak; right on a bin, up to 3.8 % high halfway between two",
         .source = "Smith & Serra 1987; Heinzel et al. 2002"},
    });

}  // namespace

std::span<const feature_definition> spectral_features() noexcept { return table; }

}  // namespace millwright::detail
