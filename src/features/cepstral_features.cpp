#include <algorithm>
#include <array>
#include <cmath>

#include "millwright/features/cepstral_views.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr double highest = 1e12;  // Hz

constexpr feature_argument rahmonic = {
    .name = "rahmonic", .initial = 1, .low = 1, .high = 64, .is_integer = true, .doc = "multiple of the period"};
constexpr feature_argument tolerance = {.name = "tolerance",
                                        .initial = 0.01,
                                        .low = 0,
                                        .high = 0.5,
                                        .of = unit::share,
                                        .doc = "half width of the search, as a share of the quefrency"};
constexpr std::array<feature_argument, 3> line_arguments = {
    {{.name = "f0", .low = 0, .high = highest, .of = unit::hertz, .is_required = true, .doc = "distance of the lines in the spectrum"},
     rahmonic,
     tolerance}};
constexpr std::array<feature_argument, 3> order_arguments = {
    {{.name = "order", .initial = 1, .low = 0, .high = 10'000, .doc = "distance of the lines in multiples of the shaft's speed"},
     rahmonic,
     tolerance}};
constexpr std::array<feature_argument, 2> mfcc_arguments = {
    {{.name = "coefficient", .low = 0, .high = 4095, .is_integer = true, .is_required = true, .doc = "0 is the level; fewer than n_mels"},
     {.name = "n_mels", .initial = 40, .low = 1, .high = 4096, .is_integer = true, .doc = "mel bands from 0 to rate / 2"}}};

/// Largest value near a quefrency, at least that of the nearest sample; NaN beyond half the cepstrum.
double gamnitude(const cepstrum_view& v, double f0, double multiple, double share) noexcept {
  const double place = multiple * v.rate_hz / f0;
  const auto last = static_cast<double>(v.c.size() / 2);
  if (!(f0 > 0.0 && place >= 1.0 && place <= last)) return math::nan;
  const auto nearest = static_cast<std::size_t>(place + 0.5);
  const auto low = static_cast<std::size_t>(std::max(std::ceil(place - share * place), 1.0));
  const auto high = static_cast<std::size_t>(std::min(std::floor(place + share * place), last));
  double largest = v.c[nearest];
  for (std::size_t q = low; q <= high; ++q) largest = std::max(largest, v.c[q]);
  return largest;
}

constexpr auto table = std::to_array<feature_definition>({
    {.name = "gamnitude",
     .arguments = line_arguments,
     .is_ratio = true,
     .value = [](const cepstrum_view& v, const feature_arguments& a) noexcept { return gamnitude(v, a[0], a[1], a[2]); },
     .formula = "max of the cepstrum c within tolerance of rahmonic / f0, c = inverse DFT of log|X|",
     .doc = "strength of a family of lines f0 apart (harmonics, sidebands) as one number that the path of the sound hardly changes. "
            "NaN beyond half the window",
     .source = "Bogert, Healy & Tukey 1963; Randall 2017, MSSP 97"},
    {.name = "order_gamnitude",
     .arguments = order_arguments,
     .is_ratio = true,
     .needs_shaft = true,
     .value = [](const cepstrum_view& v, const feature_arguments& a) noexcept { return gamnitude(v, a[0] * v.shaft_hz, a[1], a[2]); },
     .formula = "gamnitude with f0 = order * speed of the shaft",
     .doc = "sidebands of a gear mesh at the distance of its shaft. NaN while the speed is not known",
     .source = "Randall 2017, MSSP 97"},
    {.name = "mfcc",
     .arguments = mfcc_arguments,
     .is_ratio = true,
     .value =
         [](const mfcc_view& v, const feature_arguments& a) noexcept {
           const auto coefficient = static_cast<std::size_t>(a[0]);
           return coefficient < v.coefficients.size() ? v.coefficients[coefficient] : math::nan;
         },
     .formula = "orthonormal DCT-II over 10 log10 of the mel bands of |DFT(hann x)|^2",
     .doc = "shape of the spectrum as the ear hears it. NaN for a coefficient of n_mels or more",
     .source = "Davis & Mermelstein 1980, IEEE Trans. ASSP 28; librosa.feature.mfcc"},
});

}  // namespace

std::span<const feature_definition> cepstral_features() noexcept { return table; }

}  // namespace millwright::detail
