#include <algorithm>
#include <array>
#include <cmath>

#include "millwright/features/feature.hpp"
#include "millwright/features/sorted_view.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/ratio.hpp"

namespace millwright::detail {

namespace {

constexpr std::array<feature_argument, 1> quantile_arguments = {{
    {.name = "q", .initial = 0.5, .low = 0, .high = 1, .of = unit::share, .doc = "share of the samples below"},
}};
constexpr std::array<feature_argument, 1> bins_arguments = {{
    {.name = "bins",
     .initial = 32,
     .low = 2,
     .high = 4096,
     .is_integer = true,
     .doc = "equal bins from the smallest to the largest sample"},
}};

double quantile(const sorted_view& v, double q) noexcept { return sorted_quantile(v.x, q); }

constexpr auto table = std::to_array<feature_definition>({
    {.name = "quantile",
     .arguments = quantile_arguments,
     .of = unit::channel_unit,
     .value = [](const sorted_view& v, const feature_arguments& a) noexcept { return quantile(v, a[0]); },
     .formula = "x sorted, at place q (n - 1), linear between neighbours",
     .doc = "the value below which the share q of the samples lies",
     .source = "Hyndman & Fan 1996, definition 7; numpy.quantile"},
    {.name = "median",
     .of = unit::channel_unit,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return quantile(v, 0.5); },
     .formula = "quantile(0.5)",
     .doc = "level that outliers do not move",
     .source = "numpy.median"},
    {.name = "iqr",
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return quantile(v, 0.75) - quantile(v, 0.25); },
     .formula = "quantile(0.75) - quantile(0.25)",
     .doc = "spread of the middle half; 1.349 std for a Gaussian",
     .source = "scipy.stats.iqr"},
    {.name = "median_abs_deviation",
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return sorted_absolute_deviation(v.x); },
     .formula = "median(abs(x - median(x)))",
     .doc = "spread that half the samples being outliers cannot move; 0.6745 std for a Gaussian",
     .source = "Hampel 1974, JASA 69; scipy.stats.median_abs_deviation"},
    {.name = "moors_kurtosis",
     .is_non_negative = true,
     .is_ratio = true,
     .value =
         [](const sorted_view& v, const feature_arguments&) noexcept {
           const double upper = quantile(v, 0.875) - quantile(v, 0.625);
           const double lower = quantile(v, 0.375) - quantile(v, 0.125);
           return ratio(upper + lower, quantile(v, 0.75) - quantile(v, 0.25));
         },
     .formula = "((E7 - E5) + (E3 - E1)) / (E6 - E2), E octiles",
     .doc = "weight of the tails from octiles, 1.233 for a Gaussian; single spikes do not move it. NaN when the middle half is equal",
     .source = "Moors 1988, The Statistician 37"},
    {.name = "l_scale",
     .parts = sorted_view::l_moments_part,
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return std::max(v.l_moments[1], 0.0); },
     .formula = "l2, half the mean difference of two samples",
     .doc = "spread; 0.5642 std for a Gaussian. NaN for one sample",
     .source = "Hosking 1990, J. R. Statist. Soc. B 52"},
    {.name = "l_skewness",
     .parts = sorted_view::l_moments_part,
     .is_ratio = true,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return ratio(v.l_moments[2], v.l_moments[1]); },
     .formula = "l3 / l2",
     .doc = "asymmetry from -1 to 1, steadier than skewness. NaN for fewer than 3 samples",
     .source = "Hosking 1990"},
    {.name = "l_kurtosis",
     .parts = sorted_view::l_moments_part,
     .is_ratio = true,
     .value = [](const sorted_view& v, const feature_arguments&) noexcept { return ratio(v.l_moments[3], v.l_moments[1]); },
     .formula = "l4 / l2",
     .doc = "weight of the tails from -1/4 to 1, 0.1226 for a Gaussian, steadier than kurtosis. NaN for fewer than 4 samples",
     .source = "Hosking 1990"},
    {.name = "histogram_entropy",
     .arguments = bins_arguments,
     .is_non_negative = true,
     .is_ratio = true,
     .value =
         [](const sorted_view& v, const feature_arguments& a) noexcept {
           return sorted_histogram_entropy(v.x, static_cast<std::size_t>(a[0])) / math::log(a[0]);
         },
     .formula = "-sum(p log p) / log(bins), p share of the samples in each bin",
     .doc = "1 when all amplitudes between the extremes are as frequent, falls when a spike stretches the range",
     .source = "Shannon 1948; numpy.histogram"},
    {.name = "clipping",
     .of = unit::share,
     .is_non_negative = true,
     .value =
         [](const sorted_view& v, const feature_arguments&) noexcept {
           const auto low = std::upper_bound(v.x.begin(), v.x.end(), v.x.front()) - v.x.begin();
           const auto high = v.x.end() - std::lower_bound(v.x.begin(), v.x.end(), v.x.back());
           const auto n = static_cast<double>(v.x.size());
           return v.x.front() == v.x.back() ? 1.0 : static_cast<double>(low + high) / n;
         },
     .formula = "(number of min(x) + number of max(x)) / n",
     .doc = "share of the samples at the ends of the range; 2 / n for a signal that is not clipped, 1 for a constant window",
     .source = "IEEE Std 1057"},
});

}  // namespace

std::span<const feature_definition> distribution_features() noexcept { return table; }

}  // namespace millwright::detail
