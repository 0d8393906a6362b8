#include "millwright/calibrate/min_fusion.hpp"

#include <algorithm>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr double largest_severity = 1e9;
constexpr double log10_of_2 = 0.30102999566398119521;

/// The k-th largest value, k = 1 .. size; no value is NaN.
double kth_largest(std::span<const double> values, std::size_t k) noexcept {
  for (const double candidate : values) {
    std::size_t above = 0;
    std::size_t equal = 0;
    for (const double v : values) {
      above += v > candidate ? 1 : 0;
      equal += v == candidate ? 1 : 0;
    }
    if (above < k && k <= above + equal) return candidate;
  }
  return math::nan;
}

}  // namespace

result<port> min_fusion::prepare(const port& in, workspace&) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (in.columns.empty()) return error(errc::invalid_data, id, "there is no severity to combine", "use at least one detector");
  if (in.columns.size() > most_columns) {
    return error(errc::limit_exceeded, id, "there are " + std::to_string(in.columns.size()) + " severities to combine",
                 "use at most 64 detectors, or cauchy_fusion");
  }
  smallest_ = rule != "twice_median";
  median_ = rule != "bonferroni";
  return port::of({"severity"});
}

void min_fusion::process(const const_rows& in, const rows_view& out) const noexcept {
  const std::size_t n = in.columns;
  const double log10_of_n = math::log10(static_cast<double>(n));
  for (std::size_t r = 0; r < in.rows; ++r) {
    const auto row = in[r];
    const bool defined = std::none_of(row.begin(), row.end(), [](double s) { return s != s; });
    if (!defined || n == 1) {
      out[r][0] = defined ? row[0] : math::nan;
      continue;
    }
    // The p that stands k-th from below has the severity that stands k-th from above.
    double fused = 0.0;
    if (smallest_) fused = std::max(fused, kth_largest(row, 1) - log10_of_n);
    if (median_) fused = std::max(fused, kth_largest(row, (n + 1) / 2) - log10_of_2);
    if (smallest_ && median_) fused = std::max(0.0, fused - log10_of_2);
    out[r][0] = std::min(fused, largest_severity);
  }
}

}  // namespace millwright
