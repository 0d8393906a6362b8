#include "millwright/detect/covariance/pca_monitor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "detect/covariance/parallel_analysis.hpp"
#include "detect/covariance/pca_limits.hpp"
#include "detect/covariance/shrunk_covariance.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "numeric/symmetric_eigen.hpp"
#include "statistics/column_spread.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_columns = 4096;
constexpr double largest_training_value = 1e140;  // its square, summed, stays finite
constexpr double largest_scaled_value = 1e100;
constexpr double largest = std::numeric_limits<double>::max();
// Eigenvalues below this share of the largest one are rounding. SPE limits are no smaller a share of the variance, so that
// columns which obey an exact relation do not turn rounding into alarms.
constexpr double negligible = 1e-12;

error misfit(std::string_view what) {
  return {errc::corrupt_file, pca_monitor::id, what, "save the bundle again from the fitted pipeline"};
}

bool all_within(std::span<const double> values, double low, double high) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v >= low && v <= high; });
}

/// Weights of the two statistics in the chosen one.
struct weights {
  double t2, spe;
};
weights weights_of(const pca_monitor& m) noexcept {
  if (m.statistic == "t2") return {1.0, 0.0};
  if (m.statistic == "spe") return {0.0, 1.0};
  return {1.0 / m.t2_limit_, 1.0 / m.spe_limit_};
}

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> pca_monitor::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!location_.is_set() || !scale_.is_set() || !components_.is_set() || !eigenvalues_.is_set())
    return error(errc::not_fitted, id, "the principal components have not been learned yet", "fit the pipeline first");
  const std::size_t width = location_.size();
  if (in.columns.size() != width) {
    return error(errc::incompatible, id,
                 "the principal components have " + std::to_string(width) + " columns, the input has " + std::to_string(in.columns.size()),
                 "use the features that it was fitted with");
  }
  const std::size_t retained = width == 0 ? 0 : components_.size() / width;
  if (width == 0 || width > most_columns || scale_.size() != width || retained == 0 || components_.size() != retained * width ||
      eigenvalues_.size() < retained || eigenvalues_.size() > width) {
    return misfit("the principal components' arrays disagree in size");
  }
  if (!detail::all_finite(location_.values()) || !all_within(scale_.values(), 0.0, largest) ||
      !all_within(components_.values(), -1.0 - 1e-9, 1.0 + 1e-9)) {
    return misfit("the principal components' arrays hold a value that cannot be");
  }
  const auto values = eigenvalues_.values();
  if (!all_within(values, std::numeric_limits<double>::min(), largest) || !std::is_sorted(values.rbegin(), values.rend()))
    return misfit("the principal components' variances are not positive and descending");
  for (const double limit : {t2_limit_, spe_limit_, combined_limit_}) {
    if (!all_within({&limit, 1}, std::numeric_limits<double>::min(), largest)) return misfit("a limit is not positive and finite");
  }
  take(memory);
  return port::of({std::string(id)});
}

void pca_monitor::take(workspace& memory) noexcept {
  const std::size_t width = location_.size();
  scaled_ = memory.carve_scratch<double>(width);
  residual_ = memory.carve_scratch<double>(width);
  scores_ = memory.carve_scratch<double>(components_.size() / width);
}

bool pca_monitor::project(std::span<const double> row, statistics& found) noexcept {
  const auto& kernels = detail::active_kernels();
  const std::size_t width = location_.size();
  if (!detail::all_finite(row)) return false;
  for (std::size_t c = 0; c < width; ++c) {
    const double z = scale_[c] > 0.0 ? (row[c] - location_[c]) / scale_[c] : 0.0;
    residual_[c] = scaled_[c] = std::clamp(z, -largest_scaled_value, largest_scaled_value);
  }
  found.t2 = 0.0;
  for (std::size_t j = 0; j < scores_.size(); ++j) {
    const double* direction = components_.data() + j * width;
    const double t = kernels.dot(direction, scaled_.data(), width);
    for (std::size_t c = 0; c < width; ++c) residual_[c] -= t * direction[c];
    scores_[j] = t / eigenvalues_[j];
    found.t2 += t * scores_[j];
  }
  found.spe = kernels.dot(residual_.data(), residual_.data(), width);
  return true;
}

void pca_monitor::process(const const_rows& in, const rows_view& out) noexcept {
  const weights weight = weights_of(*this);
  for (std::size_t r = 0; r < in.rows; ++r) {
    statistics found;
    if (!project(in[r], found)) {
      out[r][0] = math::nan;
      continue;
    }
    const double t2 = weight.t2 > 0.0 ? weight.t2 * std::min(found.t2, largest) : 0.0;
    const double spe = weight.spe > 0.0 ? weight.spe * found.spe : 0.0;
    out[r][0] = std::min(t2 + spe, largest);
  }
}

void pca_monitor::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  statistics found;
  if (!project(row, found)) return;
  const weights weight = weights_of(*this);
  const std::size_t width = location_.size();
  for (std::size_t c = 0; c < width; ++c) {
    if (!(scale_[c] > 0.0)) continue;
    double along = 0.0;      // (P L^-1 P' z)_c
    double own_along = 0.0;  // (P L^-1 P')_cc
    double kept = 0.0;       // (P P')_cc
    for (std::size_t j = 0; j < scores_.size(); ++j) {
      const double p = components_[j * width + c];
      along += p * scores_[j];
      own_along += p * p / eigenvalues_[j];
      kept += p * p;
    }
    const double own_left = 1.0 - kept > negligible ? 1.0 - kept : 0.0;
    const double effect = weight.t2 * along + (own_left > 0.0 ? weight.spe * residual_[c] : 0.0);
    const double own = weight.t2 * own_along + weight.spe * own_left;
    const double contribution = own > 0.0 ? effect * effect / own : 0.0;
    contributions[c] = contribution <= largest ? contribution : largest;
  }
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> pca_monitor::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> pca_monitor::merge(pca_monitor&& other) { return training_.merge(id, std::move(other.training_)); }

namespace {

/// Eigenvalues that are more than rounding.
std::size_t rank_of(std::span<const double> descending) {
  std::size_t rank = 0;
  while (rank < descending.size() && descending[rank] > negligible * descending[0]) ++rank;
  return rank;
}

std::size_t count_for_share(std::span<const double> eigenvalues, double share) {
  double total = 0.0;
  for (const double v : eigenvalues) total += v;
  double sum = 0.0;
  for (std::size_t k = 0; k < eigenvalues.size(); ++k) {
    sum += eigenvalues[k];
    if (sum >= share * total) return k + 1;
  }
  return eigenvalues.size();
}

}  // namespace

result<void> pca_monitor::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  const std::vector<std::string> names = training_.names();
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  const std::size_t width = rows.columns();
  const std::size_t n = rows.rows();
  if (width > most_columns) {
    return error(errc::limit_exceeded, id,
                 "there are " + std::to_string(width) + " columns; principal components take " + std::to_string(most_columns),
                 "choose fewer features");
  }
  std::vector<double> location(width);
  std::vector<double> scale(width);
  std::vector<std::size_t> used;
  std::vector<double> scaled;  // column by column
  std::vector<double> column(n);
  for (std::size_t c = 0; c < width; ++c) {
    for (std::size_t r = 0; r < n; ++r) column[r] = rows.view()[r][c];
    if (!all_within(column, -largest_training_value, largest_training_value)) {
      return error(errc::invalid_data, id, "column \"" + names[c] + "\" holds values beyond 1e140",
                   "leave out what cannot be a measurement");
    }
    const detail::robust_spread spread = detail::spread_of(scaling, column);
    location[c] = spread.location;
    scale[c] = spread.scale;
    if (spread.scale == 0.0) continue;
    for (std::size_t r = 0; r < n; ++r) scaled.push_back((rows.view()[r][c] - spread.location) / spread.scale);
    used.push_back(c);
  }
  if (used.empty()) {
    return error(errc::invalid_data, id, "no column varies over the " + std::to_string(n) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  const double unbiased = static_cast<double>(n) / static_cast<double>(n - 1);
  std::vector<double> covariance = detail::shrink_covariance(scaled, used.size(), detail::shrinkage_rule::fixed, 0.0).values;
  for (double& v : covariance) v *= unbiased;
  const detail::symmetric_eigen found = detail::eigen_of(covariance, used.size());
  const std::size_t rank = std::min(rank_of(found.values), n - 1);
  if (rank == 0 || !detail::all_finite(found.values) || !detail::all_finite(found.vectors))
    return error(errc::invalid_data, id, "the covariance has no principal components", "look for columns with a few enormous values");
  const auto eigenvalues = std::span(found.values).first(rank);

  std::size_t retained = 0;
  if (selection == "count") {
    retained = static_cast<std::size_t>(components);
    if (retained > rank) {
      return error(errc::invalid_argument, id,
                   std::to_string(retained) + " components are to be retained, the training rows have " + std::to_string(rank),
                   "retain fewer, or select by variance");
    }
  } else if (selection == "parallel") {
    if (scaling != "standard")
      return error(errc::invalid_argument, id, "parallel analysis compares correlations", "set scaling to standard");
    MILLWRIGHT_TRY(retained, detail::parallel_analysis(id, eigenvalues, used.size(), n));
  } else {
    retained = count_for_share(eigenvalues, variance_share);
  }
  // Choosing by the data leaves one direction out, so that SPE has something to judge.
  if (selection != "count" && retained == rank && rank > 1 && used.size() == rank) --retained;
  if (statistic == "spe" && retained == used.size()) {
    return error(errc::invalid_data, id, "all " + std::to_string(retained) + " components are retained, so nothing is left for SPE",
                 "retain fewer, give more columns, or use statistic t2");
  }

  std::vector<double> directions(retained * width, 0.0);
  for (std::size_t j = 0; j < retained; ++j) {
    for (std::size_t i = 0; i < used.size(); ++i) directions[j * width + used[i]] = found.vectors[j * used.size() + i];
  }
  MILLWRIGHT_TRY(const limits found_limits, limits_of(eigenvalues, retained, static_cast<double>(n)));
  t2_limit_ = found_limits.t2;
  spe_limit_ = found_limits.spe;
  combined_limit_ = found_limits.combined;
  location_ = learned_array<double>(std::move(location));
  scale_ = learned_array<double>(std::move(scale));
  components_ = learned_array<double>(std::move(directions), {retained, width});
  eigenvalues_ = learned_array<double>(std::vector<double>(eigenvalues.begin(), eigenvalues.end()));
  return {};
}

// Powers of the eigenvalues are taken relative to the largest, so that none overflows.
result<pca_monitor::limits> pca_monitor::limits_of(std::span<const double> eigenvalues, std::size_t retained, double rows) const {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (retained == 0 || eigenvalues.size() < retained || !all_within(eigenvalues, std::numeric_limits<double>::min(), largest)) {
    return error(errc::invalid_argument, id, "the principal components are fewer than are to be retained, or one has no positive variance",
                 "retain fewer components, and give the variance of each");
  }
  const double k = static_cast<double>(retained);
  if (!(rows > k)) {
    return error(errc::invalid_argument, id, std::to_string(retained) + " components need more training rows than that",
                 "retain fewer components");
  }
  std::vector<double> relative;
  double total = 0.0;
  for (const double v : eigenvalues) relative.push_back(v / eigenvalues[0]);
  for (const double v : relative) total += v;
  const auto left = detail::residual_moments_of(std::span(relative).subspan(retained));
  const double spe = std::max(
      spe_limit_rule == "box" ? detail::box_limit(left.theta1, left.theta2, confidence) : detail::jackson_mudholkar_limit(left, confidence),
      negligible * total);
  const double t2 = detail::t2_limit(retained, rows, confidence);
  return limits{t2, spe * eigenvalues[0],
                detail::box_limit(k / t2 + left.theta1 / spe, k / (t2 * t2) + left.theta2 / (spe * spe), confidence)};
}

}  // namespace millwright
