#include "millwright/threshold/alert_budget.hpp"

#include <algorithm>
#include <vector>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

// An alarm level that normal operation passes once in a hundred windows is none; and deadband must leave room below it.
constexpr double lowest_threshold = 2.0;
// An alarm that stands for longer than this share of normal operation is no alarm either, though it may be a single episode.
constexpr double longest_standing = 0.1;

/// Descending: above everything seen, then order statistics, dense at first, not below `floor`.
std::vector<double> candidates(const exposure& e, double floor) {
  std::vector<double> sorted;
  for (const auto& w : e.windows) sorted.push_back(w.severity);
  std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return a > b; });
  std::vector<double> list{std::max(sorted.front() + 0.01, floor)};
  for (std::size_t rank = 0; rank < sorted.size(); rank += 1 + rank / 16) {
    const double level = std::max(sorted[rank], floor);
    if (level < list.back()) list.push_back(level);
  }
  return list;
}

/// Clusters of the windows above the level that 2 % (at least 20, at most half) of them exceed.
double extremal_index_of_windows(const exposure& e) {
  std::vector<double> sorted;
  for (const auto& w : e.windows) sorted.push_back(w.severity);
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  const std::size_t wanted = std::min(n / 2, std::max<std::size_t>(20, n / 50));
  const double level = sorted[n - 1 - wanted];
  std::vector<std::uint64_t> positions;
  for (std::size_t i = 0; i < n; ++i) {
    if (e.windows[i].severity > level) positions.push_back(i);
  }
  return alert_budget::extremal_index_of(positions);
}

}  // namespace

double alert_budget::rate_upper_limit(std::uint64_t events, double weeks, double confidence) noexcept {
  return math::chi_square_quantile(confidence, 2.0 * static_cast<double>(events) + 2.0) / (2.0 * weeks);
}

double alert_budget::extremal_index_of(std::span<const std::uint64_t> exceedances) noexcept {
  if (exceedances.size() < 2) return 1.0;
  const double count = static_cast<double>(exceedances.size() - 1);
  std::uint64_t longest = 0;
  for (std::size_t i = 1; i < exceedances.size(); ++i) longest = std::max(longest, exceedances[i] - exceedances[i - 1]);
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 1; i < exceedances.size(); ++i) {
    const double t = static_cast<double>(exceedances[i] - exceedances[i - 1]);
    sum += longest <= 2 ? t : t - 1.0;
    squares += longest <= 2 ? t * t : (t - 1.0) * (t - 2.0);
  }
  const double theta = squares > 0.0 ? 2.0 * sum * sum / (count * squares) : 1.0;
  return std::min(theta, 1.0);
}

result<evidence> alert_budget::learn(const held_out_operation& from) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  const exposure& operation = from.operation;
  evidence v;
  v.weeks = operation.weeks;
  v.decisions_per_week = operation.decisions_per_week();
  v.weeks_needed = rate_upper_limit(0, 1.0, confidence) / max_false_episodes_per_week;
  v.extremal_index = extremal_index_of_windows(operation);
  v.extrapolated = rate_upper_limit(0, v.weeks, confidence) > max_false_episodes_per_week;

  // Downwards to the first level that is not acceptable: lower ones merge episodes, and fewer of them would prove nothing.
  bool first = true;
  for (double level : candidates(operation, std::max(lowest_threshold, from.deadband + 1.0))) {
    const annunciation at = from.annunciate(level);
    const double limit = rate_upper_limit(at.raised, v.weeks, confidence);
    const bool acceptable = (v.extrapolated ? at.raised == 0 : limit <= max_false_episodes_per_week) &&
                            static_cast<double>(at.standing) <= longest_standing * static_cast<double>(operation.windows.size());
    if (!acceptable && !first) break;
    v.threshold = level;
    v.false_episodes = at.raised;
    v.rate_upper_bound = limit;
    first = false;
  }
  if (v.extrapolated) {
    const double q = max_false_episodes_per_week / (v.decisions_per_week * v.extremal_index);
    v.threshold = std::max(v.threshold, -math::log10(q));
  }
  return v;
}

}  // namespace millwright
