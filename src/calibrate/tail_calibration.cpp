#include "millwright/calibrate/tail_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "millwright/numeric/math.hpp"
#include "millwright/statistics/generalized_pareto.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 10;
constexpr double ln10 = 2.302585092994045684;

error misfit(std::string_view what) {
  return {errc::corrupt_file, tail_calibration::id, what, "save the bundle again from the fitted pipeline"};
}

/// Order statistic i of `kept` evenly spaced ones out of n.
std::uint64_t rank_of(std::uint64_t i, std::uint64_t kept, std::uint64_t n) noexcept { return kept == n ? i : i * (n - 1) / (kept - 1); }

}  // namespace

double tail_calibration::tail::severity(double score) const noexcept {
  if (score != score) return math::nan;
  if (score > threshold) {
    const generalized_pareto pareto{shape, scale};
    const double severity = -(math::log(share) + pareto.log_survival(score - threshold)) / ln10;
    return severity < largest_severity ? severity : largest_severity;
  }
  const auto i = static_cast<std::size_t>(std::lower_bound(scores.begin(), scores.end(), score) - scores.begin());
  // #{calibration scores >= score}; where scores between two kept ones were dropped, all of them count.
  const std::uint64_t below = i == 0 ? 0 : rank_of(i - 1, scores.size(), rows) + 1;
  return -math::log10(static_cast<double>(1 + rows - below) / static_cast<double>(rows + 1)) + 0.0;
}

bool tail_calibration::tail::is_sound() const noexcept {
  return scores.size() >= 2 && rows >= scores.size() && rows <= std::uint64_t{1} << 40 && detail::all_finite(scores) &&
         std::is_sorted(scores.begin(), scores.end()) && detail::all_finite({&threshold, 1}) && share > 0.0 && share <= 1.0 &&
         shape >= 0.0 && shape <= 1.0 && scale > 0.0 && detail::all_finite({&scale, 1});
}

tail_calibration::tail tail_calibration::pooled(std::size_t c) const noexcept {
  const std::size_t kept = scores_.size() / threshold_.size();
  return {scores_.values().subspan(c * kept, kept), static_cast<std::uint64_t>(rows_), threshold_[c], tail_share_[c], shape_[c], scale_[c]};
}

tail_calibration::tail tail_calibration::of_regime(std::size_t g, std::size_t c) const noexcept {
  const std::size_t columns = threshold_.size();
  const auto start = static_cast<std::size_t>(regime_start_[g]);
  const std::size_t kept = (static_cast<std::size_t>(regime_start_[g + 1]) - start) / columns;
  const std::size_t at = g * columns + c;
  return {regime_scores_.values().subspan(start + c * kept, kept),
          static_cast<std::uint64_t>(regime_rows_[g]),
          regime_threshold_[at],
          regime_tail_share_[at],
          regime_shape_[at],
          regime_scale_[at]};
}

double tail_calibration::severity(double score, std::size_t column, std::int32_t regime) const noexcept {
  const auto known = regime_.values();
  const auto found = std::lower_bound(known.begin(), known.end(), regime);
  if (found == known.end() || *found != regime) return pooled(column).severity(score);
  return of_regime(static_cast<std::size_t>(found - known.begin()), column).severity(score);
}

result<port> tail_calibration::prepare(const port& in, workspace&) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!scores_.is_set() || !threshold_.is_set() || !tail_share_.is_set() || !shape_.is_set() || !scale_.is_set()) {
    return error(errc::not_fitted, id, "the tail calibration has not learned yet", "fit the pipeline first");
  }
  const std::size_t columns = threshold_.size();
  if (columns != in.columns.size()) {
    return error(errc::incompatible, id,
                 "the tail calibration learned " + std::to_string(columns) + " columns, the input has " + std::to_string(in.columns.size()),
                 "use the detectors that it was fitted with");
  }
  if (columns == 0 || scores_.size() % columns != 0 || tail_share_.size() != columns || shape_.size() != columns ||
      scale_.size() != columns) {
    return misfit("the tail calibration's arrays disagree in size");
  }
  if (scores_.size() < columns || rows_ < 0) return misfit("the tail calibration's number of scores does not fit");
  for (std::size_t c = 0; c < columns; ++c) {
    if (!pooled(c).is_sound()) return misfit("the tail calibration holds a tail that is none");
  }
  MILLWRIGHT_CHECK(check_regimes());
  return in;
}

result<void> tail_calibration::check_regimes() const {
  const std::size_t columns = threshold_.size();
  const std::size_t count = regime_.size();
  const std::size_t tails = count * columns;
  const bool none = !regime_.is_set() && !regime_rows_.is_set() && !regime_start_.is_set() && !regime_scores_.is_set() &&
                    !regime_threshold_.is_set() && !regime_tail_share_.is_set() && !regime_shape_.is_set() && !regime_scale_.is_set();
  if (none) return {};
  if (regime_rows_.size() != count || regime_start_.size() != count + 1 || regime_threshold_.size() != tails ||
      regime_tail_share_.size() != tails || regime_shape_.size() != tails || regime_scale_.size() != tails) {
    return misfit("the arrays of the tail calibration's regimes disagree in size");
  }
  if (regime_start_[0] != 0 || regime_start_[count] < 0 || static_cast<std::uint64_t>(regime_start_[count]) != regime_scores_.size())
    return misfit("the scores of the tail calibration's regimes do not fit");
  for (std::size_t g = 0; g < count; ++g) {
    if (regime_[g] < 0 || (g > 0 && regime_[g] <= regime_[g - 1])) return misfit("the tail calibration's regimes do not ascend");
    const std::int64_t stop = regime_start_[g + 1];
    if (stop < regime_start_[g] || stop > regime_start_[count] || regime_rows_[g] < 0 ||
        static_cast<std::size_t>(stop - regime_start_[g]) % columns != 0) {
      return misfit("the scores of the tail calibration's regimes do not fit");
    }
    for (std::size_t c = 0; c < columns; ++c) {
      if (!of_regime(g, c).is_sound()) return misfit("the tail calibration holds a regime's tail that is none");
    }
  }
  return {};
}

void tail_calibration::process(const const_rows& in, const rows_view& out) const noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    const std::int32_t regime = in.meta != nullptr ? in.meta[r].regime : -1;
    for (std::size_t c = 0; c < threshold_.size(); ++c) out[r][c] = severity(in[r][c], c, regime);
  }
}

result<void> tail_calibration::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> tail_calibration::merge(tail_calibration&& other) { return training_.merge(id, std::move(other.training_)); }

namespace {

/// Tails of all columns over some rows, as the learned arrays hold them.
struct learned_tails {
  std::vector<double> scores, threshold, share, shape, scale;

  /// Learns the next column; `values` become its order statistics. False: they are all equal.
  result<bool> add(std::span<double> values, const tail_calibration& settings) {
    const std::size_t n = values.size();
    const std::size_t kept = std::min(n, static_cast<std::size_t>(settings.max_scores));
    std::sort(values.begin(), values.end());
    if (values.front() == values.back()) return false;
    // Scores beyond the quantile, but no fewer than min_peaks or a tenth of all.
    const auto beyond = static_cast<std::size_t>((1.0 - settings.tail_quantile) * static_cast<double>(n));
    const std::size_t peaks = std::min(n - 1, std::max(beyond, std::min(static_cast<std::size_t>(settings.min_peaks), n / 10)));
    // The largest score that has at least so many strictly above it; with too many ties for that, the smallest one.
    double level = values[n - peaks - 1];
    if (values[n - peaks] == level) {
      const auto tie = std::lower_bound(values.begin(), values.end(), level);
      level = tie == values.begin() ? values.front() : *(tie - 1);
    }
    const auto above = static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), level) - values.begin());
    std::vector<double> excesses;
    for (std::size_t i = above; i < n; ++i) excesses.push_back(values[i] - level);
    generalized_pareto::fit_options options;
    options.lowest_shape = settings.lowest_shape;
    options.highest_shape = settings.highest_shape;
    MILLWRIGHT_TRY(const generalized_pareto tail, generalized_pareto::fit(excesses, options));
    for (std::size_t i = 0; i < kept; ++i) scores.push_back(values[rank_of(i, kept, n)]);
    threshold.push_back(level);
    share.push_back(static_cast<double>(1 + n - above) / static_cast<double>(n + 1));
    shape.push_back(tail.shape);
    scale.push_back(tail.scale);
    return true;
  }

  void append(const learned_tails& more) {
    const auto join = [](std::vector<double>& all, const std::vector<double>& next) { all.insert(all.end(), next.begin(), next.end()); };
    join(scores, more.scores);
    join(threshold, more.threshold);
    join(share, more.share);
    join(shape, more.shape);
    join(scale, more.scale);
  }
};

}  // namespace

result<void> tail_calibration::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (lowest_shape > highest_shape) return error(errc::invalid_argument, id, "lowest_shape exceeds highest_shape", "exchange them");
  const std::vector<std::string> names = training_.names();
  MILLWRIGHT_TRY(const row_table table, training_.take(id, fewest_rows));
  const const_rows rows = table.view();
  const std::size_t columns = rows.columns;
  const std::size_t n = rows.rows;

  learned_tails all;
  std::vector<double> values(n);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < n; ++r) values[r] = rows[r][c] + 0.0;
    MILLWRIGHT_TRY(const bool varies, all.add(values, *this));
    if (!varies) {
      return error(errc::invalid_data, id, "all " + std::to_string(n) + " calibration scores of \"" + names[c] + "\" are equal",
                   "leave that detector out, or give it features that vary in normal operation");
    }
  }
  MILLWRIGHT_CHECK(learn_regimes(rows));
  const std::size_t kept = all.scores.size() / columns;
  scores_ = learned_array<double>(std::move(all.scores), {columns, kept});
  threshold_ = learned_array<double>(std::move(all.threshold));
  tail_share_ = learned_array<double>(std::move(all.share));
  shape_ = learned_array<double>(std::move(all.shape));
  scale_ = learned_array<double>(std::move(all.scale));
  rows_ = static_cast<std::int64_t>(n);
  return {};
}

result<void> tail_calibration::learn_regimes(const const_rows& rows) {
  regime_ = {};
  regime_rows_ = regime_start_ = {};
  regime_scores_ = regime_threshold_ = regime_tail_share_ = regime_shape_ = regime_scale_ = {};
  if (!by_regime) return {};
  std::vector<std::pair<std::int32_t, std::size_t>> order;  // regime, row
  for (std::size_t r = 0; r < rows.rows; ++r) {
    if (rows.meta[r].regime >= 0) order.emplace_back(rows.meta[r].regime, r);
  }
  std::sort(order.begin(), order.end());
  learned_tails all;
  std::vector<std::int32_t> regimes;
  std::vector<std::int64_t> counts;
  std::vector<std::int64_t> starts = {0};
  std::vector<double> values;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && order[last].first == order[first].first) ++last;
    if (last - first < static_cast<std::size_t>(min_regime_rows)) continue;
    learned_tails one;
    bool varies = true;
    for (std::size_t c = 0; c < rows.columns && varies; ++c) {
      values.clear();
      for (std::size_t i = first; i < last; ++i) values.push_back(rows[order[i].second][c] + 0.0);
      MILLWRIGHT_TRY(varies, one.add(values, *this));
    }
    if (!varies) continue;
    all.append(one);
    regimes.push_back(order[first].first);
    counts.push_back(static_cast<std::int64_t>(last - first));
    starts.push_back(static_cast<std::int64_t>(all.scores.size()));
  }
  const std::vector<std::size_t> shape = {regimes.size(), rows.columns};
  regime_ = learned_array<std::int32_t>(std::move(regimes));
  regime_rows_ = learned_array<std::int64_t>(std::move(counts));
  regime_start_ = learned_array<std::int64_t>(std::move(starts));
  regime_scores_ = learned_array<double>(std::move(all.scores));
  regime_threshold_ = learned_array<double>(std::move(all.threshold), shape);
  regime_tail_share_ = learned_array<double>(std::move(all.share), shape);
  regime_shape_ = learned_array<double>(std::move(all.shape), shape);
  regime_scale_ = learned_array<double>(std::move(all.scale), shape);
  return {};
}

template const stage_functions& functions_of<tail_calibration>();

}  // namespace millwright
