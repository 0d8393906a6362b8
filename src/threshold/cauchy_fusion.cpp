#include "millwright/threshold/cauchy_fusion.hpp"

#include <algorithm>

#include "millwright/math.hpp"

namespace millwright {

namespace {
constexpr double ln10 = 2.302585092994045684;
constexpr double largest_severity = 1e9;
constexpr double largest_probability = 0.99;
constexpr double direct_up_to = 12.0;  // beyond, tan((1/2 - p) pi) = 1 / (pi p) to the last bit
}  // namespace

double cauchy_fusion::combine(std::span<const double> severities) noexcept {
  if (severities.size() == 1) return severities[0];
  double largest = 0.0;
  for (double s : severities) {
    if (s != s) return math::nan;
    largest = std::max(largest, std::min(s, largest_severity));
  }
  const double count = static_cast<double>(severities.size());
  const bool direct = largest <= direct_up_to;
  // sum of tan((1/2 - p) pi), in units of 1 / (pi p_smallest) where that could overflow
  double sum = 0.0;
  for (double s : severities) {
    if (!direct && s > direct_up_to) {
      sum += math::exp((std::min(s, largest_severity) - largest) * ln10);
      continue;
    }
    const double p = std::min(math::exp(-s * ln10), largest_probability);
    const double cotangent = math::cos_pi(p) / math::sin_pi(p);
    sum += direct ? cotangent : math::pi * cotangent * math::exp(-largest * ln10);
  }
  if (!direct) return largest + math::log10(sum / count);
  const double mean = sum / count;
  const double p = mean > 1.0 ? math::atan(1.0 / mean) / math::pi : 0.5 - math::atan(mean) / math::pi;
  return -math::log10(p);
}

result<port> cauchy_fusion::prepare(const port& in, workspace&) {
  if (in.columns.empty()) return error(errc::invalid_data, id, "there is no severity to combine", "use at least one detector");
  return port::of({"severity"});
}

void cauchy_fusion::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) out[r][0] = combine(in[r]);
}

}  // namespace millwright
