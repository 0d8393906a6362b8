#include "millwright/evaluate/exposure.hpp"

#include <algorithm>
#include <string>

#include "millwright/data/quality.hpp"

namespace millwright {

result<exposure> exposure::of(const const_rows& severities, std::string_view where) {
  const auto refuse = [where](std::string_view what, std::string_view mend) { return error(errc::invalid_data, where, what, mend); };
  if (severities.columns != 1 || severities.meta == nullptr) {
    return refuse("a threshold needs one column of severities with end times", "pass the fused severity");
  }
  exposure found;
  std::vector<double> gaps;  // between any two rows of one recording, in order
  for (std::size_t r = 1; r < severities.rows; ++r) {
    const time_ns before = severities.meta[r - 1].end_time;
    const time_ns now = severities.meta[r].end_time;
    if (now > before) gaps.push_back(static_cast<double>(static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(before)));
  }
  std::sort(gaps.begin(), gaps.end());
  const double longest = gaps.empty() ? 0.0 : gaps[(gaps.size() - 1) * 99 / 100];
  const double median = gaps.empty() ? 0.0 : gaps[gaps.size() / 2];
  double covered_ns = 0.0;
  for (std::size_t r = 0; r < severities.rows; ++r) {
    const row_meta& meta = severities.meta[r];
    const double severity = severities[r][0];
    if (has(meta.quality, quality::not_scored) || severity != severity) continue;
    const bool advances = r > 0 && meta.end_time > severities.meta[r - 1].end_time;
    const bool steps_back = !found.windows.empty() && meta.end_time <= found.windows.back().end_time;
    found.windows.push_back({meta.end_time, severity, meta.regime, steps_back});
    covered_ns += advances ? std::min(longest, static_cast<double>(static_cast<std::uint64_t>(meta.end_time) -
                                                                   static_cast<std::uint64_t>(severities.meta[r - 1].end_time)))
                           : median;
  }
  if (found.windows.size() < fewest_windows) {
    return refuse(
        "only " + std::to_string(found.windows.size()) + " of " + std::to_string(severities.rows) + " held-out windows carry a severity",
        "record normal operation until at least " + std::to_string(fewest_windows) + " windows do");
  }
  if (!(covered_ns > 0.0)) return refuse("the end times of the windows do not advance", "give each window its time");
  found.weeks = covered_ns / week_ns;
  return found;
}

}  // namespace millwright
