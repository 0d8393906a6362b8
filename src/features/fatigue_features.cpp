#include <array>
#include <cmath>
#include <span>

#include "millwright/features/feature.hpp"
#include "millwright/features/rainflow_view.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::array<feature_argument, 2> damage_arguments = {{
    {.name = "m", .initial = 3, .low = 1, .high = 20, .doc = "exponent of the Woehler (S-N) curve: 3 for welded steel, 10 for composites"},
    {.name = "cycles", .initial = 1, .low = 1, .high = 1e12, .doc = "number of equal cycles to which the window is reduced"},
}};

double number_of_cycles(const rainflow_view& v) noexcept {
  return static_cast<double>(v.whole.size()) + 0.5 * static_cast<double>(v.halves.size());
}

/// Sum of (range / largest)^m; whole exponents, which are the usual ones, by multiplication.
double sum_of_powers(std::span<const double> ranges, double largest, double m) noexcept {
  const bool is_whole = m == std::floor(m);
  double sum = 0.0;
  for (const double range : ranges) {
    const double share = range / largest;
    double power = is_whole ? share : math::pow(share, m);
    for (double k = 2.0; is_whole && k <= m; k += 1.0) power *= share;
    sum += power;
  }
  return sum;
}

constexpr auto table = std::to_array<feature_definition>({
    {.name = "rainflow_cycles",
     .is_non_negative = true,
     .value = [](const rainflow_view& v, const feature_arguments&) noexcept { return number_of_cycles(v); },
     .formula = "number of whole cycles + number of half cycles / 2",
     .doc = "load cycles in the window; 0 for a constant one",
     .source = "ASTM E1049-85 (2017), 5.4.4"},
    {.name = "rainflow_max_range",
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value = [](const rainflow_view& v, const feature_arguments&) noexcept { return v.largest; },
     .formula = "largest range of a cycle",
     .doc = "widest load swing",
     .source = "ASTM E1049-85 (2017), 5.4.4"},
    {.name = "damage_equivalent_range",
     .arguments = damage_arguments,
     .of = unit::channel_unit,
     .is_non_negative = true,
     .value =
         [](const rainflow_view& v, const feature_arguments& a) noexcept {
           if (!(v.largest > 0.0)) return 0.0;
           const double whole = sum_of_powers(v.whole, v.largest, a[0]);
           const double halves = sum_of_powers(v.halves, v.largest, a[0]);
           return v.largest * math::pow((whole + 0.5 * halves) / a[1], 1.0 / a[0]);
         },
     .formula = "(sum(n[i] S[i]^m) / cycles)^(1/m), S ranges, n = 1 for whole and 1/2 for half cycles",
     .doc = "range of equal cycles that would do the same damage by Miner's rule; 0 for a constant window",
     .source = "Miner 1945; IEC 61400-13"},
});

}  // namespace

std::span<const feature_definition> fatigue_features() noexcept { return table; }

}  // namespace millwright::detail
