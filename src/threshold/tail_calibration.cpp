#include "millwright/threshold/tail_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "millwright/math.hpp"
#include "millwright/threshold/generalized_pareto.hpp"

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

std::uint64_t tail_calibration::rank_of_kept(std::size_t i) const noexcept {
  return rank_of(i, scores_.size() / threshold_.size(), static_cast<std::uint64_t>(rows_));
}

double tail_calibration::severity(double score, std::size_t column) const noexcept {
  if (score != score) return math::nan;
  const double threshold = threshold_[column];
  if (score > threshold) {
    const generalized_pareto tail{shape_[column], scale_[column]};
    const double severity = -(math::log(tail_share_[column]) + tail.log_survival(score - threshold)) / ln10;
    return severity < largest_severity ? severity : largest_severity;
  }
  const std::size_t kept = scores_.size() / threshold_.size();
  const double* first = scores_.data() + column * kept;
  const auto i = static_cast<std::size_t>(std::lower_bound(first, first + kept, score) - first);
  // #{calibration scores >= score}; where scores between two kept ones were dropped, all of them count.
  const auto n = static_cast<std::uint64_t>(rows_);
  const std::uint64_t below = i == 0 ? 0 : rank_of_kept(i - 1) + 1;
  return -math::log10(static_cast<double>(1 + n - below) / static_cast<double>(n + 1)) + 0.0;
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
  const std::size_t kept = scores_.size() / columns;
  if (kept < 2 || rows_ < 2 || static_cast<std::uint64_t>(rows_) < kept || rows_ > (std::int64_t{1} << 40))
    return misfit("the tail calibration's number of scores does not fit");
  for (std::size_t c = 0; c < columns; ++c) {
    const auto scores = scores_.values().subspan(c * kept, kept);
    const double share = tail_share_[c];
    if (!detail::all_finite(scores) || !std::is_sorted(scores.begin(), scores.end()))
      return misfit("the tail calibration's scores are not finite and ascending");
    if (!(share > 0.0 && share <= 1.0) || !(shape_[c] >= 0.0 && shape_[c] <= 1.0) || !(scale_[c] > 0.0) || std::isinf(scale_[c]) ||
        !detail::all_finite({&threshold_[c], 1})) {
      return misfit("the tail calibration holds a tail that is none");
    }
  }
  return in;
}

void tail_calibration::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    for (std::size_t c = 0; c < threshold_.size(); ++c) out[r][c] = severity(in[r][c], c);
  }
}

result<void> tail_calibration::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> tail_calibration::merge(tail_calibration&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> tail_calibration::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (lowest_shape > highest_shape) return error(errc::invalid_argument, id, "lowest_shape exceeds highest_shape", "exchange them");
  const std::vector<std::string> names = training_.names();
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  const std::size_t columns = rows.columns();
  const std::size_t n = rows.rows();
  const std::size_t kept = std::min(n, static_cast<std::size_t>(max_scores));

  // Scores beyond the quantile, but no fewer than min_peaks or a tenth of all.
  const auto beyond = static_cast<std::size_t>((1.0 - tail_quantile) * static_cast<double>(n));
  const std::size_t peaks = std::min(n - 1, std::max(beyond, std::min(static_cast<std::size_t>(min_peaks), n / 10)));

  std::vector<double> scores;
  std::vector<double> thresholds;
  std::vector<double> shares;
  std::vector<double> shapes;
  std::vector<double> scales;
  std::vector<double> sorted(n);
  std::vector<double> excesses;
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < n; ++r) sorted[r] = rows.view()[r][c] + 0.0;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.front() == sorted.back()) {
      return error(errc::invalid_data, id, "all " + std::to_string(n) + " calibration scores of \"" + names[c] + "\" are equal",
                   "leave that detector out, or give it features that vary in normal operation");
    }
    // The largest score that has at least so many strictly above it; with too many ties for that, the smallest one.
    double threshold = sorted[n - peaks - 1];
    if (sorted[n - peaks] == threshold) {
      const auto tie = std::lower_bound(sorted.begin(), sorted.end(), threshold);
      threshold = tie == sorted.begin() ? sorted.front() : *(tie - 1);
    }
    const auto above = static_cast<std::size_t>(std::upper_bound(sorted.begin(), sorted.end(), threshold) - sorted.begin());
    excesses.clear();
    for (std::size_t i = above; i < n; ++i) excesses.push_back(sorted[i] - threshold);
    generalized_pareto::fit_options options;
    options.lowest_shape = lowest_shape;
    options.highest_shape = highest_shape;
    MILLWRIGHT_TRY(const generalized_pareto tail, generalized_pareto::fit(excesses, options));
    for (std::size_t i = 0; i < kept; ++i) scores.push_back(sorted[rank_of(i, kept, n)]);
    thresholds.push_back(threshold);
    shares.push_back(static_cast<double>(1 + n - above) / static_cast<double>(n + 1));
    shapes.push_back(tail.shape);
    scales.push_back(tail.scale);
  }
  scores_ = learned_array<double>(std::move(scores), {columns, kept});
  threshold_ = learned_array<double>(std::move(thresholds));
  tail_share_ = learned_array<double>(std::move(shares));
  shape_ = learned_array<double>(std::move(shapes));
  scale_ = learned_array<double>(std::move(scales));
  rows_ = static_cast<std::int64_t>(n);
  return {};
}

}  // namespace millwright
