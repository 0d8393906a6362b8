#include <array>
#include <cmath>

#include "millwright/features/feature.hpp"
#include "millwright/features/wavelet_views.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/wavelet/wavelet.hpp"

namespace millwright::detail {

namespace {

constexpr feature_argument wavelet_argument = {
    .name = "wavelet", .initial = default_wavelet, .doc = "PyWavelets' name of a discrete wavelet", .choices = &wavelet::names};

template <class View>
constexpr feature_argument level_argument = {.name = "level",
                                             .initial = View::key[0].initial,
                                             .low = 1,
                                             .high = View::is_packets ? 12 : 24,
                                             .is_integer = true,
                                             .doc = "how often the band is halved; at most what the window and the wavelet allow"};
template <class View>
constexpr feature_argument band_argument = {
    .name = "band",
    .initial = 0,
    .low = 0,
    .high = View::is_packets ? 4095 : 24,
    .is_integer = true,
    .is_required = true,
    .doc = View::is_packets ? "in order of frequency, 0 .. 2^level - 1, each rate / 2^(level + 1) wide"
                            : "in order of frequency: 0 the approximation, 1 the coarsest detail, level the finest"};
template <class View>
constexpr std::array<feature_argument, 3> band_arguments = {band_argument<View>, level_argument<View>, wavelet_argument};
template <class View>
constexpr std::array<feature_argument, 2> tree_arguments = {level_argument<View>, wavelet_argument};

using levels = wavelet_levels_view;
using packets = wavelet_packets_view;

template <class View>
double energy_of(const View& v, const feature_arguments& a) noexcept {
  const auto band = static_cast<std::size_t>(a[0]);
  return band < v.energies.bands() ? v.energies.energy[band] : math::nan;
}
template <class View>
double share_of(const View& v, const feature_arguments& a) noexcept {
  const auto band = static_cast<std::size_t>(a[0]);
  return band < v.energies.bands() ? v.energies.relative(band) : math::nan;
}
template <class View>
double entropy_of(const View& v) noexcept {
  return v.energies.entropy() / math::log(static_cast<double>(v.energies.bands()));
}

constexpr auto table = std::to_array<feature_definition>({
    {.name = "wavelet_energy",
     .arguments = band_arguments<levels>,
     .of = unit::channel_unit_squared,
     .is_non_negative = true,
     .value = [](const levels& v, const feature_arguments& a) noexcept { return energy_of(v, a); },
     .formula = "sum of the squared coefficients of one band",
     .doc = "energy of a wavelet level of the window less its mean; NaN when there is no such band",
     .source = "Mallat 1989, IEEE Trans. PAMI 11"},
    {.name = "wavelet_relative_energy",
     .arguments = band_arguments<levels>,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const levels& v, const feature_arguments& a) noexcept { return share_of(v, a); },
     .formula = "wavelet_energy / sum over all bands",
     .doc = "share of a wavelet level in the energy",
     .source = "Rosso et al. 2001, J. Neurosci. Methods 105"},
    {.name = "wavelet_entropy",
     .arguments = tree_arguments<levels>,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const levels& v, const feature_arguments&) noexcept { return entropy_of(v); },
     .formula = "-sum(p log p) / log(level + 1), p relative energies",
     .doc = "0 when one level holds everything, 1 when all hold the same",
     .source = "Rosso et al. 2001"},
    {.name = "packet_energy",
     .arguments = band_arguments<packets>,
     .of = unit::channel_unit_squared,
     .is_non_negative = true,
     .value = [](const packets& v, const feature_arguments& a) noexcept { return energy_of(v, a); },
     .formula = "sum of the squared coefficients of one packet",
     .doc = "energy of a wavelet packet of the window less its mean; NaN when there is no such band",
     .source = "Coifman & Wickerhauser 1992, IEEE Trans. Inf. Theory 38"},
    {.name = "packet_relative_energy",
     .arguments = band_arguments<packets>,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const packets& v, const feature_arguments& a) noexcept { return share_of(v, a); },
     .formula = "packet_energy / sum over all packets",
     .doc = "share of a wavelet packet in the energy",
     .source = "Coifman & Wickerhauser 1992"},
    {.name = "packet_entropy",
     .arguments = tree_arguments<packets>,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const packets& v, const feature_arguments&) noexcept { return entropy_of(v); },
     .formula = "-sum(p log p) / log(2^level), p relative energies",
     .doc = "0 when one packet holds everything, 1 when all hold the same",
     .source = "Coifman & Wickerhauser 1992"},
});

}  // namespace

std::span<const feature_definition> wavelet_features() noexcept { return table; }

}  // namespace millwright::detail
