#include <array>
#include <cmath>

#include "millwright/features/autocorrelation_view.hpp"
#include "millwright/features/entropy_views.hpp"
#include "millwright/features/feature.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr double longest = 67'108'864;  // 2^26 samples

constexpr std::array<feature_argument, 1> lag_arguments = {{
    {.name = "lag", .initial = 1, .low = 1, .high = longest, .of = unit::sample, .is_integer = true, .doc = "distance of the two samples"},
}};
constexpr std::array<feature_argument, 2> ordinal_arguments = {{
    {.name = "order",
     .initial = 3,
     .low = 2,
     .high = static_cast<double>(ordinal_view::max_order),
     .is_integer = true,
     .doc = "samples that are put in order"},
    {.name = "delay", .initial = 1, .low = 1, .high = longest, .of = unit::sample, .is_integer = true, .doc = "distance between them"},
}};
constexpr std::array<feature_argument, 2> sample_entropy_arguments = {{
    {.name = "m", .initial = 2, .low = 1, .high = 16, .of = unit::sample, .is_integer = true, .doc = "length of the stretches compared"},
    {.name = "r", .initial = 0.2, .low = 0.001, .high = 10, .doc = "largest difference of similar samples, in standard deviations"},
}};

/// The lowest lag from `first` on at which the autocorrelation is at most `level`, or n.
std::size_t falls_to(const autocorrelation_view& v, double level) noexcept {
  std::size_t lag = 1;
  while (lag < v.lags && v.r(lag) > level) ++lag;
  return lag;
}
double lag_or_nan(const autocorrelation_view& v, std::size_t lag) noexcept { return lag < v.lags ? static_cast<double>(lag) : math::nan; }

constexpr auto table = std::to_array<feature_definition>({
    {.name = "autocorrelation",
     .arguments = lag_arguments,
     .is_ratio = true,
     .value =
         [](const autocorrelation_view& v, const feature_arguments& a) noexcept {
           const auto lag = static_cast<std::size_t>(a[0]);
           return lag < v.lags ? v.r(lag) : math::nan;
         },
     .formula = "r(lag) = sum((x[i] - mean) (x[i+lag] - mean)) / sum((x - mean)^2)",
     .doc = "likeness of samples that far apart, not corrected for the overlap; NaN for a lag of n or more",
     .source = "Box, Jenkins & Reinsel, Time Series Analysis; statsmodels.tsa.stattools.acf"},
    {.name = "autocorrelation_first_zero",
     .of = unit::sample,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const autocorrelation_view& v, const feature_arguments&) noexcept { return lag_or_nan(v, falls_to(v, 0.0)); },
     .formula = "lowest lag >= 1 with r(lag) <= 0",
     .doc = "a quarter of the period for a sine, short for noise; NaN for one sample",
     .source = "Box, Jenkins & Reinsel"},
    {.name = "autocorrelation_first_peak",
     .of = unit::sample,
     .is_non_negative = true,
     .is_ratio = true,
     .value =
         [](const autocorrelation_view& v, const feature_arguments&) noexcept {
           std::size_t lag = falls_to(v, 0.0) + 1;
           while (lag + 1 < v.lags && !(v.r(lag) > 0.0 && v.r(lag) > v.r(lag - 1) && v.r(lag) >= v.r(lag + 1))) ++lag;
           return lag + 1 < v.lags ? static_cast<double>(lag) : math::nan;
         },
     .formula = "lowest lag after the first zero at which r > 0 has a local maximum",
     .doc = "period of what repeats, in samples; NaN when nothing does",
     .source = "Box, Jenkins & Reinsel"},
    {.name = "autocorrelation_decay",
     .of = unit::sample,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const autocorrelation_view& v,
                 const feature_arguments&) noexcept { return lag_or_nan(v, falls_to(v, 0.36787944117144233)); },
     .formula = "lowest lag >= 1 with r(lag) <= 1 / e",
     .doc = "memory of the signal; NaN when it does not decay within the window",
     .source = "Box, Jenkins & Reinsel"},
    {.name = "permutation_entropy",
     .arguments = ordinal_arguments,
     .is_non_negative = true,
     .is_ratio = true,
     .value = [](const ordinal_view& v, const feature_arguments&) noexcept { return v.entropy; },
     .formula = "-sum(p log p) / log(order!), p share of each order of x[i], x[i+delay], ...",
     .doc = "1 for noise, 0 for a ramp; equal samples count as rising. NaN when the window is shorter than one pattern",
     .source = "Bandt & Pompe 2002, Phys. Rev. Lett. 88"},
    {.name = "sample_entropy",
     .arguments = sample_entropy_arguments,
     .is_non_negative = true,
     .is_ratio = true,
     .value =
         [](const sample_entropy_view& v, const feature_arguments&) noexcept {
           if (v.similar == 0 || v.still_similar == 0) return math::nan;
           return math::log(static_cast<double>(v.similar) / static_cast<double>(v.still_similar));
         },
     .formula = "-log(A / B), B pairs of m samples within r std of each other, A those that are so over m + 1",
     .doc = "how hard the next sample is to tell from the last ones; low for regular signals. Of more than 2048 samples the last 2048 "
            "are taken. NaN when no pair is similar",
     .source = "Richman & Moorman 2000, Am. J. Physiol. 278"},
});

}  // namespace

std::span<const feature_definition> dynamics_features() noexcept { return table; }

}  // namespace millwright::detail
