#include "millwright/threshold/alert_budget.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "millwright/core/workspace.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_windows = 20;
constexpr double week_ns = 7.0 * 86400.0 * 1e9;
// An alarm level that normal operation passes once in a hundred windows is none; and deadband must leave room below it.
constexpr double lowest_threshold = 2.0;
// An alarm that stands for longer than this share of normal operation is no alarm either, though it may be a single episode.
constexpr double longest_standing = 0.1;

struct scored_window {
  time_ns end_time;
  double severity;
  std::int32_t regime;
  bool new_recording;  // time stepped back
};

/// What the held-out rows say, without the rows that carry no score.
struct evidence {
  std::vector<scored_window> windows;
  double weeks = 0.0;
};

error refuse(std::string_view what, std::string_view mend) { return {errc::invalid_data, alert_budget::id, what, mend}; }

/// Time between consecutive rows counts up to the 99th percentile of such times, so that pauses of the recording are no
/// evidence; time before an unscored row counts nothing.
result<evidence> gather(const const_rows& severities) {
  if (severities.columns != 1 || severities.meta == nullptr) {
    return refuse("the budget needs one column of severities with end times", "pass the fused severity");
  }
  evidence found;
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

/// The alarm of the pipeline, on memory of its own.
class trial {
 public:
  static result<trial> of(const alarm& machine) {
    trial t;
    t.machine_ = machine;
    t.machine_.threshold = lowest_threshold;  // any: each run sets its own
    workspace measure;
    MILLWRIGHT_CHECK(t.machine_.prepare(measure));
    t.memory_.resize(measure.bytes_used() / sizeof(line));
    return t;
  }

  struct outcome {
    std::uint64_t raised = 0;
    std::uint64_t standing = 0;  ///< windows with an active episode
  };
  /// What the alarm does on the windows at this threshold.
  [[nodiscard]] outcome run(const evidence& e, double threshold) {
    machine_.threshold = threshold;
    workspace memory(std::as_writable_bytes(std::span(memory_)));
    if (!machine_.prepare(memory)) return {};  // cannot be: it passed in `of`
    machine_.reset();
    outcome found;
    for (const auto& w : e.windows) {
      if (w.new_recording) machine_.reset();
      found.raised += machine_.update(w.end_time, w.severity, true, w.regime) == alarm::event::raised ? 1 : 0;
      found.standing += machine_.active() ? 1 : 0;
    }
    return found;
  }

 private:
  struct alignas(workspace::alignment) line {
    std::byte bytes[workspace::alignment];
  };
  alarm machine_;
  std::vector<line> memory_;
};

/// Descending: above everything seen, then order statistics, dense at first, not below `floor`.
std::vector<double> candidates(const evidence& e, double floor) {
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
double extremal_index_of_windows(const evidence& e) {
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

result<alert_budget::verdict> alert_budget::choose(const const_rows& severities, const alarm& machine) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const evidence found, gather(severities));
  MILLWRIGHT_TRY(trial chain, trial::of(machine));

  verdict v;
  v.weeks = found.weeks;
  v.decisions_per_week = static_cast<double>(found.windows.size()) / found.weeks;
  v.weeks_needed = rate_upper_limit(0, 1.0, confidence) / max_false_episodes_per_week;
  v.extremal_index = extremal_index_of_windows(found);
  v.extrapolated = rate_upper_limit(0, v.weeks, confidence) > max_false_episodes_per_week;

  // Downwards to the first level that is not acceptable: lower ones merge episodes, and fewer of them would prove nothing.
  bool first = true;
  for (double level : candidates(found, std::max(lowest_threshold, machine.deadband + 1.0))) {
    const trial::outcome at = chain.run(found, level);
    const double limit = rate_upper_limit(at.raised, v.weeks, confidence);
    const bool acceptable = (v.extrapolated ? at.raised == 0 : limit <= max_false_episodes_per_week) &&
                            static_cast<double>(at.standing) <= longest_standing * static_cast<double>(found.windows.size());
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
