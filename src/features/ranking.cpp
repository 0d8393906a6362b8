#include "millwright/features/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

std::vector<double> finite_values(const std::vector<double>& run) {
  std::vector<double> kept;
  std::copy_if(run.begin(), run.end(), std::back_inserter(kept), [](double v) { return std::isfinite(v); });
  return kept;
}

double monotonicity_of(const std::vector<double>& run) {
  double balance = 0.0;
  for (std::size_t i = 1; i < run.size(); ++i) balance += run[i] > run[i - 1] ? 1.0 : (run[i] < run[i - 1] ? -1.0 : 0.0);
  return std::abs(balance) / static_cast<double>(run.size() - 1);
}

/// `run` at `size` equidistant places, linear in between.
std::vector<double> stretched(const std::vector<double>& run, std::size_t size) {
  std::vector<double> out(size);
  const double step = static_cast<double>(run.size() - 1) / static_cast<double>(size - 1);
  for (std::size_t i = 0; i < size; ++i) {
    const double place = static_cast<double>(i) * step;
    const std::size_t left = std::min(static_cast<std::size_t>(place), run.size() - 2);
    const double share = place - static_cast<double>(left);
    out[i] = run[left] + share * (run[left + 1] - run[left]);
  }
  return out;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Pearson's; 0 when either side does not vary.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean_of(a);
  const double mean_b = mean_of(b);
  double aa = 0.0, bb = 0.0, ab = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double da = a[i] - mean_a;
    const double db = b[i] - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return aa > 0.0 && bb > 0.0 ? ab / (std::sqrt(aa) * std::sqrt(bb)) : 0.0;
}

double trendability_of(const std::vector<std::vector<double>>& runs) {
  if (runs.size() < 2) return math::nan;
  double smallest = 1.0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t j = i + 1; j < runs.size(); ++j) {
      const std::size_t size = std::max(runs[i].size(), runs[j].size());
      smallest = std::min(smallest, std::abs(correlation(stretched(runs[i], size), stretched(runs[j], size))));
    }
  }
  return smallest;
}

double prognosability_of(const std::vector<std::vector<double>>& runs) {
  if (runs.size() < 2) return math::nan;
  std::vector<double> last;
  double change = 0.0;
  for (const auto& run : runs) {
    last.push_back(run.back());
    change += std::abs(run.front() - run.back());
  }
  change /= static_cast<double>(runs.size());
  if (!(change > 0.0)) return 0.0;
  const double mean = mean_of(last);
  double squares = 0.0;
  for (const double v : last) squares += (v - mean) * (v - mean);
  return math::exp(-std::sqrt(squares / static_cast<double>(runs.size() - 1)) / change);
}

/// Ranks from 1, equal values sharing the mean of theirs.
std::vector<double> mid_ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) ranks[order[i]] = 0.5 * static_cast<double>(first + last) + 1.0;
    first = last + 1;
  }
  return ranks;
}

double spearman(const const_rows& rows, std::size_t a, std::size_t b) {
  std::vector<double> x, y;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (!std::isfinite(rows[r][a]) || !std::isfinite(rows[r][b])) continue;
    x.push_back(rows[r][a]);
    y.push_back(rows[r][b]);
  }
  return x.size() < 3 ? 0.0 : correlation(mid_ranks(x), mid_ranks(y));
}

bool varies(const const_rows& rows, std::size_t column) {
  double low = math::infinity, high = -math::infinity;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    const double v = rows[r][column];
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  return low < high;
}

}  // namespace

result<prognostic_scores> score_prognostics(std::span<const std::vector<double>> runs) {
  if (runs.empty())
    return error(errc::invalid_data, "score_prognostics", "there is no run", "give the feature of at least one run to failure");
  std::vector<std::vector<double>> finite;
  prognostic_scores scores;
  for (const auto& run : runs) {
    finite.push_back(finite_values(run));
    if (finite.back().size() < 2) {
      return error(errc::invalid_data, "score_prognostics",
                   "run " + std::to_string(finite.size() - 1) + " has fewer than two finite values", "leave the run out, or the feature");
    }
    scores.monotonicity += monotonicity_of(finite.back());
  }
  scores.monotonicity /= static_cast<double>(runs.size());
  scores.trendability = trendability_of(finite);
  scores.prognosability = prognosability_of(finite);
  return scores;
}

result<std::vector<std::size_t>> select_features(const const_rows& rows, std::span<const double> merit, const selection_limits& limits) {
  if (merit.size() != rows.columns) {
    return error(errc::invalid_argument, "select_features",
                 std::to_string(merit.size()) + " merits for " + std::to_string(rows.columns) + " columns",
                 "give one merit for each column");
  }
  if (limits.max_features == 0 || !(limits.max_correlation > 0.0 && limits.max_correlation <= 1.0)) {
    return error(errc::invalid_argument, "select_features", "a limit is out of range",
                 "give max_features of at least 1 and max_correlation above 0, at most 1");
  }
  if (rows.rows < 3) return error(errc::invalid_data, "select_features", "fewer than three rows", "give more windows");
  const auto worth = [&](std::size_t c) { return std::isnan(merit[c]) ? -math::infinity : merit[c]; };
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < rows.columns; ++c) {
    if (varies(rows, c)) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return worth(a) > worth(b); });
  std::vector<std::size_t> kept;
  for (const std::size_t c : order) {
    if (kept.size() == limits.max_features) break;
    const auto repeats = [&](std::size_t k) { return std::abs(spearman(rows, c, k)) > limits.max_correlation; };
    if (std::none_of(kept.begin(), kept.end(), repeats)) kept.push_back(c);
  }
  return kept;
}

}  // namespace millwright
