#include <array>
#include <cmath>

#include "millwright/features/envelope_view.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/vibration/fault_bands.hpp"

namespace millwright::detail {

namespace {

constexpr double highest = 1e12;  // Hz; the real limit, rate / 2, is checked when the channel is known

constexpr feature_argument f_lo = {
    .name = "f_lo", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "lower edge of the band"};
constexpr feature_argument f_hi = {
    .name = "f_hi", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "upper edge of the band, at most rate / 2"};
constexpr feature_argument harmonics = {.name = "harmonics",
                                        .initial = 3,
                                        .low = 1,
                                        .high = 64,
                                        .is_integer = true,
                                        .doc = "lines taken: the first and its multiples; those beyond the spectrum are left out"};
constexpr feature_argument tolerance = {.name = "tolerance",
                                        .initial = 0.02,
                                        .low = 0,
                                        .high = 0.5,
                                        .of = unit::share,
                                        .doc = "half width of the search about each line, as a share of its frequency; at least 2 bins"};

constexpr std::array<feature_argument, 2> band_arguments = {f_lo, f_hi};
constexpr std::array<feature_argument, 5> line_arguments = {
    {{.name = "f0", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "frequency of the first line"},
     f_lo,
     f_hi,
     harmonics,
     tolerance}};
constexpr std::array<feature_argument, 5> order_arguments = {
    {{.name = "order", .low = 0, .high = 10'000, .is_required = true, .doc = "multiple of the shaft's speed at which the first line lies"},
     f_lo,
     f_hi,
     harmonics,
     tolerance}};

double snr(const envelope_view& v, double frequency, double harmonic_count, double share) noexcept {
  if (!(frequency > 0.0)) return math::nan;
  line_spectrum<double> spectrum;
  spectrum.values = v.magnitude;
  spectrum.spacing = v.bin_hz;
  spectrum.energy_scale = envelope_energy_scale;
  line_search search;
  search.tolerance = share;
  return fault_snr(spectrum, frequency, static_cast<std::size_t>(harmonic_count), search, v.searched);
}

constexpr auto table = std::to_array<feature_definition>({
    {.name = "envelope_rms",
     .arguments = band_arguments,
     .parts = envelope_part::moments,
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value = [](const envelope_view& v, const feature_arguments&) noexcept { return std::sqrt(v.mean); },
     .formula = "sqrt(mean(|z|^2)), z analytic signal of the band",
     .doc = "rms of the envelope of a band, sqrt(2) times the rms of the band itself: the amplitude of a tone",
     .source = "Randall & Antoni 2011, MSSP 25"},
    {.name = "envelope_kurtosis",
     .arguments = band_arguments,
     .parts = envelope_part::moments,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const envelope_view& v,
                 const feature_arguments&) noexcept { return v.mean > 0.0 ? v.mean_square / (v.mean * v.mean) : math::nan; },
     .formula = "mean(|z|^4) / mean(|z|^2)^2",
     .doc = "impulsiveness of a band: 1 for a tone, 2 for Gaussian noise (the kurtogram's value plus 2), more for impacts",
     .source = "Antoni 2007, MSSP 21"},
    {.name = "fault_snr",
     .arguments = order_arguments,
     .parts = envelope_part::spectrum,
     .of = unit::none,
     .is_ratio = true,
     .needs_shaft = true,
     .value = [](const envelope_view& v, const feature_arguments& a) noexcept { return snr(v, a[0] * v.shaft_hz, a[3], a[4]); },
     .formula = "envelope_line_snr with f0 = order * speed of the shaft",
     .doc = "how far a bearing's fault lines rise above the envelope spectrum around them, in dB: noise gives 5-10, a fault 15-40. "
            "Orders: millwright.Bearing. NaN while the speed is not known",
     .source = "Randall & Antoni 2011, MSSP 25"},
    {.name = "envelope_line_snr",
     .arguments = line_arguments,
     .parts = envelope_part::spectrum,
     .of = unit::none,
     .is_ratio = true,
     .value = [](const envelope_view& v, const feature_arguments& a) noexcept { return snr(v, a[0], a[3], a[4]); },
     .formula = "mean over harmonics of 20 log10(highest bin near the line / median around it), spectrum of |z|^2",
     .doc = "as fault_snr, for a line that does not follow the shaft; NaN when all harmonics lie beyond the envelope's spectrum",
     .source = "Randall & Antoni 2011, MSSP 25"},
});

}  // namespace

std::span<const feature_definition> envelope_features() noexcept { return table; }

}  // namespace millwright::detail
