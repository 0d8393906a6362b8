#include <algorithm>
#include <array>
#include <cmath>

#include "millwright/features/feature.hpp"
#include "millwright/features/time_view.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

double count(const time_view& v) noexcept { return static_cast<double>(v.count); }
double peak(const time_view& v) noexcept { return std::max(-v.raw.minimum, v.raw.maximum); }
double rms(const time_view& v) noexcept { return std::sqrt(v.raw.sum_squares / count(v)); }
double mean_abs(const time_view& v) noexcept { return v.raw.sum_abs / count(v); }
double variance(const time_view& v) noexcept { return v.central.m2 / count(v); }

/// Variance of `n` differences from their sum and the sum of their squares; NaN for none. One pass: differences carry no offset, only the
/// step of a ramp.
double variance_of(double sum, double sum_squares, double n) noexcept {
  if (!(n > 0.0)) return math::nan;
  const double mean = sum / n;
  return std::max(sum_squares / n - mean * mean, 0.0);
}
double variance_d1(const time_view& v) noexcept { return variance_of(v.differences.sum_d1, v.differences.sum_d1_squares, count(v) - 1.0); }
double variance_d2(const time_view& v) noexcept { return variance_of(v.differences.sum_d2, v.differences.sum_d2_squares, count(v) - 2.0); }

constexpr std::array<feature_argument, 1> ddof_argument = {{
    {.name = "ddof", .initial = 0, .low = 0, .high = 1, .is_integer = true, .doc = "1 divides by n - 1"},
}};
constexpr std::array<feature_argument, 1> excess_argument = {{
    {.name = "excess", .initial = 0, .low = 0, .high = 1, .is_integer = true, .doc = "1 subtracts 3, so that a Gaussian has 0"},
}};
constexpr std::array<feature_argument, 1> count_argument = {{
    {.name = "count", .initial = 0, .low = 0, .high = 1, .is_integer = true, .doc = "1 gives the number itself"},
}};
constexpr std::array<feature_argument, 1> sum_argument = {{
    {.name = "sum", .initial = 0, .low = 0, .high = 1, .is_integer = true, .doc = "1 gives the sum itself"},
}};

constexpr std::uint32_t central = time_part::central;
constexpr std::uint32_t differences = time_part::differences;

constexpr auto table =
    std::to_array<feature_definition>(
        {
            {.name = "mean",
             .of = unit::channel_unit,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return v.mean; },
             .formula = "sum(x) / n",
             .doc = "level",
             .source = "numpy.mean"},
            {.name = "std",
             .arguments = ddof_argument,
             .parts = central,
             .of = unit::channel_unit,
             .is_non_negative = true,
             .value =
                 [](const time_view& v, const feature_arguments& a) noexcept {
                   const double n = count(v) - a[0];
                   return n > 0.0 ? std::sqrt(v.central.m2 / n) : math::nan;
                 },
             .formula = "sqrt(sum((x - mean)^2) / (n - ddof))",
             .doc = "spread about the mean; NaN when n <= ddof",
             .source = "numpy.std"},
            {.name = "rms",
             .of = unit::channel_unit,
             .is_non_negative = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return rms(v); },
             .formula = "sqrt(sum(x^2) / n)",
             .doc = "effective value, offset included",
             .source = "Randall 2011, Vibration-based Condition Monitoring"},
            {.name = "min",
             .of = unit::channel_unit,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return v.raw.minimum; },
             .formula = "min(x)",
             .doc = "smallest value",
             .source = "numpy.min"},
            {.name = "max",
             .of = unit::channel_unit,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return v.raw.maximum; },
             .formula = "max(x)",
             .doc = "largest value",
             .source = "numpy.max"},
            {.name = "peak",
             .of = unit::channel_unit,
             .is_non_negative = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return peak(v); },
             .formula = "max(abs(x))",
             .doc = "largest excursion from zero, offset included",
             .source = "Randall 2011"},
            {.name = "peak_to_peak",
             .of = unit::channel_unit,
             .is_non_negative = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return v.raw.maximum - v.raw.minimum; },
             .formula = "max(x) - min(x)",
             .doc = "range",
             .source = "numpy.ptp"},
            {.name = "crest",
             .is_non_negative = true,
             .is_ratio = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return peak(v) / rms(v); },
             .formula = "peak / rms",
             .doc = "spikiness; 1.414 for a sine, rises with early impulsive faults",
             .source = "Randall 2011"},
            {.name = "shape",
             .is_non_negative = true,
             .is_ratio = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return rms(v) / mean_abs(v); },
             .formula = "rms / mean(abs(x))",
             .doc = "form factor; 1.111 for a sine, 1.253 for Gaussian noise",
             .source = "Lei & Zuo 2009, MSSP 23"},
            {.name = "impulse",
             .is_non_negative = true,
             .is_ratio = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return peak(v) / mean_abs(v); },
             .formula = "peak / mean(abs(x))",
             .doc = "as crest, against the mean deflection",
             .source = "Lei & Zuo 2009, MSSP 23"},
            {.name = "clearance",
             .parts = time_part::roots,
             .is_non_negative = true,
             .is_ratio = true,
             .value =
                 [](const time_view& v, const feature_arguments&) noexcept {
                   const double root = v.raw.sum_sqrt_abs / count(v);
                   return peak(v) / (root * root);
                 },
             .formula = "peak / mean(sqrt(abs(x)))^2",
             .doc = "as impulse, more sensitive to few large spikes on a quiet ground",
             .source = "Lei & Zuo 2009, MSSP 23"},
            {.name = "skewness",
             .parts = central,
             .is_ratio = true,
             .value =
                 [](const time_view& v, const feature_arguments&) noexcept {
                   const double m2 = variance(v);
                   return v.central.m3 / count(v) / (m2 * std::sqrt(m2));
                 },
             .formula = "mean((x - mean)^3) / mean((x - mean)^2)^1.5",
             .doc = "asymmetry; 0 for a symmetric distribution",
             .source = "Pearson 1895; scipy.stats.skew"},
            {.name = "kurtosis",
             .arguments = excess_argument,
             .parts = central,
             .is_non_negative = true,
             .is_ratio = true,
             .value =
                 [](const time_view& v, const feature_arguments& a) noexcept {
                   const double m2 = variance(v);
                   return v.central.m4 / count(v) / (m2 * m2) - 3.0 * a[0];
                 },
             .formula = "mean((x - mean)^4) / mean((x - mean)^2)^2 - 3 excess",
             .doc = "weight of the tails, 3 for a Gaussian; rises with impulsive faults",
             .source = "Pearson 1905; Randall & Antoni 2011, MSSP 25; scipy.stats.kurtosis(fisher=False)",
             .signed_by = "excess"},
            {.name = "zero_crossings",
             .arguments = count_argument,
             .parts = differences,
             .of = unit::share,
             .is_non_negative = true,
             .value =
                 [](const time_view& v, const feature_arguments& a) noexcept {
                   const double pairs = count(v) - 1.0;
                   if (!(pairs > 0.0)) return math::nan;
                   const double number = static_cast<double>(v.differences.crossings);
                   return a[0] != 0.0 ? number : number / pairs;
                 },
             .formula = "sum((x[i] > mean) != (x[i-1] > mean)) / (n - 1)",
             .doc = "share of neighbouring samples on different sides of the mean; times rate / 2 it is the frequency of a sine. "
                    "count=1 is tsfresh's number_crossing_m(m=mean) and, for a signal of mean 0, TSFEL's zero_cross. NaN for one sample",
             .source = "Kedem 1986, Proc. IEEE 74"},
            {.name = "line_length",
             .arguments = sum_argument,
             .parts = differences,
             .of = unit::channel_unit,
             .is_non_negative = true,
             .value =
                 [](const time_view& v, const feature_arguments& a) noexcept {
                   const double pairs = count(v) - 1.0;
                   if (!(pairs > 0.0)) return math::nan;
                   return a[0] != 0.0 ? v.differences.sum_abs_d1 : v.differences.sum_abs_d1 / pairs;
                 },
             .formula = "sum(abs(x[i] - x[i-1])) / (n - 1)",
             .doc = "mean step, independent of the window's length. sum=1 is tsfresh's absolute_sum_of_changes. NaN for one sample",
             .source = "Esteller et al. 2001, IEEE EMBS"},
            {.name = "hjorth_activity",
             .parts = central,
             .of = unit::channel_unit_squared,
             .is_non_negative = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return variance(v); },
             .formula = "var(x)",
             .doc = "variance (divided by n)",
             .source = "Hjorth 1970, Electroenceph. Clin. Neurophysiol. 29"},
            {.name = "hjorth_mobility",
             .parts = central | differences,
             .is_non_negative = true,
             .is_ratio = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return std::sqrt(variance_d1(v) / variance(v)); },
             .formula = "sqrt(var(d) / var(x)), d[i] = x[i] - x[i-1]",
             .doc = "mean frequency in radians a sample, for signals well below the Nyquist frequency",
             .source = "Hjorth 1970"},
            {.name = "hjorth_complexity",
             .parts = central | differences,
             .is_non_negative = true,
             .is_ratio = true,
             .value =
                 [](const time_view& v, const feature_arguments&) noexcept {
                   const double d1 = variance_d1(v);
                   return std::sqrt(variance_d2(v) / d1) / std::sqrt(d1 / variance(v));
                 },
             .formula = "mobility(d) / mobility(x)",
             .doc = "bandwidth; 1 for a sine. NaN for a straight line and for fewer than 3 samples",
             .source = "Hjorth 1970"},
            {.name = "energy",
             .of = unit::channel_unit_squared,
             .is_non_negative = true,
             .value = [](const time_view& v, const feature_arguments&) noexcept { return v.raw.sum_squares; },
             .formula = "sum(x^2)",
             .doc = "grows with the window's length; rms does not",
             .source = "Oppenheim & Schafer, Discrete-Time Signal Processing"},
            {.name = "teager_energy",
             .parts = time_part::teager,
             .of = unit::channel_unit_squared,
             .value =
                 [](const time_view& v, const feature_arguments&) noexcept {
                   const double inner = count(v) - 2.0;
                   return inner > 0.0 ? v.teager / inner : math::nan;
                 },
             .formula = "mean(x[i]^2 - x[i-1] x[i+1])",
             .doc = "energy of the source of an oscillation, (amplitude sin(2 pi f / rate))^2 for a sine: weighs high frequencies. "
                    "NaN for fewer than 3 samples",
             .source = "Kaiser 1990, ICASSP"},
            {.name = "trend",
             .parts = time_part::trend,
             .of = unit::channel_unit,
             .value =
                 [](const time_view& v, const feature_arguments&) noexcept {
                   const double n = count(v);
                   // sum((i - middle)^2) = n (n^2 - 1) / 12
                   return n > 1.0 ? 12.0 * v.trend / (n * (n + 1.0)) : math::nan;
                 },
             .formula = "(n - 1) slope, slope of the least-squares line through (i, x[i])",
             .doc = "rise of the straight line through the window from its first sample to its last. NaN for one sample",
             .source = "numpy.polyfit"},
        });

}  // namespace

std::span<const feature_definition> time_features() noexcept { return table; }

}  // namespace millwright::detail
