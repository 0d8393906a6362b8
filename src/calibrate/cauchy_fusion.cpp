#include "millwright/calibrate/cauchy_fusion.hpp"

#include <algorithm>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {
constexpr double ln10 = 2.302585092994045684;
constexpr double largest_severity = 1e9;
constexpr double largest_probability = 0.99;
constexpr double direct_up_to = 12.0;  // beyond, tan((1/2 - p) pi) = 1 / (pi p) to the last bit
}  // namespace

double cauchy_fusion::combine(std::span<const double> severities) noexcept { return combine(severities, {}); }

double cauchy_fusion::combine(std::span<const double> severities, std::span<const double> weights) noexcept {
  if (severities.size() == 1) return severities[0];
  const bool equal = weights.empty();
  double largest = 0.0;
  double total = equal ? static_cast<double>(severities.size()) : 0.0;
  for (std::size_t i = 0; i < severities.size(); ++i) {
    const double s = severities[i];
    if (s != s) return math::nan;
    if (!equal) total += weights[i];
    if (equal || weights[i] > 0.0) largest = std::max(largest, std::min(s, largest_severity));
  }
  const bool direct = largest <= direct_up_to;
  // sum of tan((1/2 - p) pi), in units of 1 / (pi p_smallest) where that could overflow
  double sum = 0.0;
  for (std::size_t i = 0; i < severities.size(); ++i) {
    const double weight = equal ? 1.0 : weights[i];
    const double s = severities[i];
    if (weight == 0.0) continue;
    if (!direct && s > direct_up_to) {
      sum += weight * math::exp((std::min(s, largest_severity) - largest) * ln10);
      continue;
    }
    const double p = std::min(math::exp(-s * ln10), largest_probability);
    const double cotangent = math::cos_pi(p) / math::sin_pi(p);
    sum += weight * (direct ? cotangent : math::pi * cotangent * math::exp(-largest * ln10));
  }
  if (!direct) return largest + math::log10(sum / total);
  const double mean = sum / total;
  const double p = mean > 1.0 ? math::atan(1.0 / mean) / math::pi : 0.5 - math::atan(mean) / math::pi;
  return -math::log10(p);
}

result<port> cauchy_fusion::prepare(const port& in, workspace&) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (in.columns.empty()) return error(errc::invalid_data, id, "there is no severity to combine", "use at least one detector");
  if (weights.empty()) return port::of({"severity"});
  if (weights.size() != in.columns.size()) {
    return error(errc::invalid_argument, id,
                 "there are " + std::to_string(weights.size()) + " weights for " + std::to_string(in.columns.size()) + " detectors",
                 "give one weight for each detector, or none");
  }
  double largest = 0.0;
  double smallest = math::infinity;
  for (double w : weights) {
    largest = std::max(largest, w);
    if (w > 0.0) smallest = std::min(smallest, w);
  }
  if (largest == 0.0) return error(errc::invalid_argument, id, "every weight is 0", "give at least one detector a weight above 0");
  if (largest > largest_ratio * smallest)
    return error(errc::invalid_argument, id, "the largest weight is more than 1e6 times the smallest",
                 "give 0 instead of the smallest ones");
  return port::of({"severity"});
}

void cauchy_fusion::process(const const_rows& in, const rows_view& out) const noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) out[r][0] = combine(in[r], weights);
}

}  // namespace millwright
