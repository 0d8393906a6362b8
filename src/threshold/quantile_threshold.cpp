#include "millwright/threshold/quantile_threshold.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "millwright/threshold/alert_budget.hpp"

namespace millwright {

namespace {
constexpr double confidence = 0.8;  // of the limit that is reported; nothing depends on it
}

result<evidence> quantile_threshold::learn(const held_out_operation& from) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  std::vector<double> severities;
  for (const exposure::window& w : from.operation.windows) severities.push_back(w.severity);
  std::sort(severities.begin(), severities.end());
  const std::size_t n = severities.size();
  const auto rank = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(n)));
  evidence found;
  found.threshold = severities[std::min(std::max<std::size_t>(rank, 1), n) - 1];
  found.extrapolated = rank >= n;
  if (!(found.threshold > 0.0)) {
    return error(errc::invalid_data, id, "the quantile lies at severity 0, so every window would count towards an alarm",
                 "give a higher quantile");
  }
  found.weeks = from.operation.weeks;
  found.decisions_per_week = from.operation.decisions_per_week();
  found.false_episodes = from.annunciate(found.threshold).raised;
  found.rate_upper_bound = alert_budget::rate_upper_limit(found.false_episodes, found.weeks, confidence);
  return found;
}

}  // namespace millwright
