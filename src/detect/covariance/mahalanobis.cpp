#include "millwright/detect/covariance/mahalanobis.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "detect/covariance/deterministic_mcd.hpp"
#include "detect/covariance/shrunk_covariance.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/robust_scale.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_columns = 4096;

detail::shrinkage_rule rule_of(std::string_view estimator) {
  if (estimator == "oas") return detail::shrinkage_rule::oas;
  return estimator == "ledoit_wolf" ? detail::shrinkage_rule::ledoit_wolf : detail::shrinkage_rule::fixed;
}

double mean_of(std::span<const double> values) {
  return detail::active_kernels().sum(values.data(), values.size()) / static_cast<double>(values.size());
}

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> mahalanobis::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!location_.is_set() || !whitening_.is_set())
    return error(errc::not_fitted, id, "the Mahalanobis detector has not learned yet", "fit the pipeline first");
  const std::size_t width = location_.size();
  if (in.columns.size() != width) {
    return error(
        errc::incompatible, id,
        "the Mahalanobis detector learned " + std::to_string(width) + " columns, the input has " + std::to_string(in.columns.size()),
        "use the features that it was fitted with");
  }
  if (width == 0 || width > most_columns || whitening_.size() != width * width || !detail::all_finite(location_.values()) ||
      !detail::all_finite(whitening_.values())) {
    return error(errc::corrupt_file, id, "the Mahalanobis detector's arrays do not fit or are not finite",
                 "save the bundle again from the fitted pipeline");
  }
  kernels_ = &detail::active_kernels();
  take(memory);
  return port::of({std::string(id)});
}

void mahalanobis::take(workspace& memory) noexcept {
  difference_ = memory.carve_scratch<double>(location_.size());
  whitened_ = memory.carve_scratch<double>(location_.size());
}

bool mahalanobis::whiten(std::span<const double> row) noexcept {
  const std::size_t width = location_.size();
  const double* center = location_.data();
  const double* whitening = whitening_.data();
  bool finite = true;
  for (std::size_t c = 0; c < width; ++c) {
    difference_[c] = row[c] - center[c];
    finite &= row[c] - row[c] == 0.0;
  }
  for (std::size_t c = 0; c < width; ++c) whitened_[c] = kernels_->dot(whitening + c * width, difference_.data(), c + 1);
  return finite;
}

void mahalanobis::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    const bool finite = whiten(in[r]);
    out[r][0] = finite ? std::sqrt(kernels_->dot(whitened_.data(), whitened_.data(), whitened_.size())) : math::nan;
  }
}

void mahalanobis::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!whiten(row)) return;
  const std::size_t width = location_.size();
  for (std::size_t i = 0; i < width; ++i) {  // S^-1 d = W' (W d), row by row of W
    const double* weights = whitening_.data() + i * width;
    for (std::size_t c = 0; c <= i; ++c) contributions[c] += weights[c] * whitened_[i];
  }
  for (std::size_t c = 0; c < width; ++c) contributions[c] = std::fabs(contributions[c] * difference_[c]);
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> mahalanobis::observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
result<void> mahalanobis::merge(mahalanobis&& other) { return training_.merge(id, std::move(other.training_)); }

result<void> mahalanobis::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  const std::size_t width = rows.columns();
  const std::size_t n = rows.rows();
  if (width > most_columns) {
    return error(errc::limit_exceeded, id,
                 "there are " + std::to_string(width) + " columns; the Mahalanobis detector takes " + std::to_string(most_columns),
                 "choose fewer features");
  }
  std::vector<double> center(width);
  std::vector<std::size_t> used;
  const bool robust = estimator == "mcd";
  std::vector<double> centered;  // column by column; for mcd the values as they are
  std::vector<double> column(n);
  std::vector<double> scratch(n);
  for (std::size_t c = 0; c < width; ++c) {
    for (std::size_t r = 0; r < n; ++r) column[r] = rows.view()[r][c];
    scratch = column;
    const detail::robust_spread spread = detail::robust_spread_of(scratch);
    center[c] = spread.location;
    if (spread.scale == 0.0) continue;
    if (robust) {
      centered.insert(centered.end(), column.begin(), column.end());
      used.push_back(c);
      continue;
    }
    if (winsor > 0.0) {
      const double reach = winsor * spread.scale;
      for (double& v : column) v = std::clamp(v, spread.location - reach, spread.location + reach);
    }
    if (location == "mean") center[c] = mean_of(column);
    for (double v : column) centered.push_back(v - center[c]);
    used.push_back(c);
  }
  if (used.empty()) {
    return error(errc::invalid_data, id, "no column varies over the " + std::to_string(n) + " training rows",
                 "record normal operation long enough for features to vary");
  }
  detail::shrunk_covariance covariance;
  if (robust) {
    MILLWRIGHT_TRY(detail::minimum_covariance found, detail::deterministic_mcd(id, centered, used.size(), support));
    for (std::size_t i = 0; i < used.size(); ++i) center[used[i]] = found.location[i];
    covariance.values = std::move(found.covariance);
  } else {
    covariance = detail::shrink_covariance(centered, used.size(), rule_of(estimator), shrinkage);
  }
  const std::vector<double> factor = detail::inverse_cholesky(covariance.values, used.size());
  if (factor.empty() || !detail::all_finite(factor)) {
    return error(errc::invalid_data, id,
                 "the covariance of " + std::to_string(used.size()) + " columns over " + std::to_string(n) + " rows is singular",
                 "use more rows, fewer columns, or estimator oas");
  }
  std::vector<double> whitening(width * width, 0.0);
  for (std::size_t i = 0; i < used.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) whitening[used[i] * width + used[j]] = factor[i * used.size() + j];
  }
  location_ = learned_array<double>(std::move(center));
  whitening_ = learned_array<double>(std::move(whitening), {width, width});
  shrinkage_ = covariance.shrinkage;
  return {};
}

}  // namespace millwright
