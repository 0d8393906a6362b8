#include "detect/covariance/deterministic_mcd.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "detect/covariance/shrunk_covariance.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/statistics/training_rows.hpp"
#include "numeric/symmetric_eigen.hpp"
#include "statistics/quantile.hpp"
#include "statistics/robust_scale.hpp"

namespace millwright::detail {

namespace {

constexpr int most_steps = 100;
constexpr std::size_t random_starts = 100;
constexpr std::size_t rows_of_random_starts = 600;  // a sample of more rows: first steps on these tell good starts from bad ones
constexpr int first_steps = 2;
constexpr std::size_t refined_random_starts = 10;
constexpr double reweighting_share = 0.975;
// A column of the subset whose variance given the others is this small a share of its own lies in a hyperplane.
constexpr double flat = 1e-9;

using subset = std::vector<std::uint32_t>;  // ascending

struct estimate {
  std::vector<double> mean;
  std::vector<double> covariance;
};

double dot(const double* x, const double* y, std::size_t n) { return active_kernels().dot(x, y, n); }

/// Factor that makes the covariance of the share `alpha` of nearest rows consistent at the normal distribution.
double consistency_factor(double alpha, std::size_t d) {
  const double p = static_cast<double>(d);
  return alpha / math::chi_square_probability(math::chi_square_quantile(alpha, p), p + 2.0);
}

/// Columns standardised by median and MAD, in both orders.
struct table {
  std::size_t rows, columns;
  std::vector<double> by_column;
  std::vector<double> by_row;
  [[nodiscard]] const double* column(std::size_t c) const { return &by_column[c * rows]; }
  [[nodiscard]] const double* row(std::size_t r) const { return &by_row[r * columns]; }
};

table table_of(std::vector<double> by_column, std::size_t columns) {
  table t{by_column.size() / columns, columns, std::move(by_column), {}};
  t.by_row.resize(t.by_column.size());
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < t.rows; ++r) t.by_row[r * columns + c] = t.column(c)[r];
  }
  return t;
}

estimate estimate_of(const table& t, const subset& chosen) {
  estimate e;
  std::vector<double> centered;
  std::vector<double> values(chosen.size());
  for (std::size_t c = 0; c < t.columns; ++c) {
    for (std::size_t i = 0; i < chosen.size(); ++i) values[i] = t.column(c)[chosen[i]];
    e.mean.push_back(active_kernels().sum(values.data(), values.size()) / static_cast<double>(values.size()));
    for (const double v : values) centered.push_back(v - e.mean[c]);
  }
  e.covariance = shrink_covariance(centered, t.columns, shrinkage_rule::fixed, 0.0).values;
  return e;
}

/// The `count` rows of smallest distance, the first of equals.
subset nearest(const std::vector<double>& distances, std::size_t count) {
  subset order(distances.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto closer = [&](std::uint32_t a, std::uint32_t b) { return distances[a] != distances[b] ? distances[a] < distances[b] : a < b; };
  if (count < order.size()) std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), closer);
  order.resize(count);
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<double> squared_distances(const table& t, const std::vector<double>& mean, const std::vector<double>& whitening) {
  std::vector<double> distances(t.rows);
  std::vector<double> difference(t.columns);
  for (std::size_t r = 0; r < t.rows; ++r) {
    for (std::size_t c = 0; c < t.columns; ++c) difference[c] = t.row(r)[c] - mean[c];
    double sum = 0.0;
    for (std::size_t c = 0; c < t.columns; ++c) {
      const double w = dot(&whitening[c * t.columns], difference.data(), c + 1);
      sum += w * w;
    }
    distances[r] = sum;
  }
  return distances;
}

/// Inverse Cholesky factor; empty where the rows lie in a hyperplane.
std::vector<double> whitening_of(const std::vector<double>& covariance, std::size_t d) {
  std::vector<double> w = inverse_cholesky(covariance, d);
  for (std::size_t i = 0; i < d && !w.empty(); ++i) {
    const double pivot = w[i * d + i];  // 1 / its square: variance of column i given those before it
    if (!(covariance[i * d + i] * pivot * pivot < 1.0 / flat) || !(covariance[i * d + i] > 1e-18)) w.clear();
  }
  return w;
}

double log_determinant(const std::vector<double>& whitening, std::size_t d) {
  double sum = 0.0;
  for (std::size_t i = 0; i < d; ++i) sum -= 2.0 * math::log(whitening[i * d + i]);
  return sum;
}

// ---- starts -------------------------------------------------------------------------------------------------------------

/// Correlation matrix of columns one after the other.
std::vector<double> correlation_of(std::vector<double> columns, std::size_t d) {
  const std::size_t n = columns.size() / d;
  for (std::size_t c = 0; c < d; ++c) {
    double* x = &columns[c * n];
    const double mean = active_kernels().sum(x, n) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) x[i] -= mean;
    const double length = std::sqrt(dot(x, x, n));
    for (std::size_t i = 0; i < n && length > 0.0; ++i) x[i] /= length;
  }
  std::vector<double> correlation(d * d);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) correlation[i * d + j] = correlation[j * d + i] = dot(&columns[i * n], &columns[j * n], n);
  }
  return correlation;
}

/// Ranks from 1; equal values share their mean rank.
std::vector<double> ranks_of(const double* x, std::size_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return x[a] != x[b] ? x[a] < x[b] : a < b; });
  std::vector<double> ranks(n);
  for (std::size_t first = 0; first < n;) {
    std::size_t last = first;
    while (last + 1 < n && x[order[last + 1]] == x[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) ranks[order[i]] = 0.5 * static_cast<double>(first + last) + 1.0;
    first = last + 1;
  }
  return ranks;
}

double tanh(double x) {
  const double e = math::expm1(-2.0 * std::fabs(x));
  return std::copysign(-e / (e + 2.0), x);
}

std::vector<double> hyperbolic_tangents(std::vector<double> values) {
  for (double& v : values) v = tanh(v);
  return values;
}

std::vector<double> spatial_sign_covariance(const table& t) {
  std::vector<double> signs = t.by_column;
  for (std::size_t r = 0; r < t.rows; ++r) {
    const double length = std::sqrt(dot(t.row(r), t.row(r), t.columns));
    for (std::size_t c = 0; c < t.columns && length > 0.0; ++c) signs[c * t.rows + r] /= length;
  }
  return shrink_covariance(signs, t.columns, shrinkage_rule::fixed, 0.0).values;
}

subset half_nearest_median(const table& t) {
  std::vector<double> squares(t.rows);
  for (std::size_t r = 0; r < t.rows; ++r) squares[r] = dot(t.row(r), t.row(r), t.columns);
  return nearest(squares, (t.rows + 1) / 2);
}

/// s(x + y)^2 - s(x - y)^2 over 4 for each pair of columns.
std::vector<double> pairwise_scatter(const table& t) {
  std::vector<double> scatter(t.columns * t.columns, 1.0);
  std::vector<double> sum(t.rows);
  std::vector<double> difference(t.rows);
  for (std::size_t i = 0; i < t.columns; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      for (std::size_t r = 0; r < t.rows; ++r) {
        sum[r] = t.column(i)[r] + t.column(j)[r];
        difference[r] = t.column(i)[r] - t.column(j)[r];
      }
      const double wide = robust_spread_of(sum).scale;
      const double narrow = robust_spread_of(difference).scale;
      scatter[i * t.columns + j] = scatter[j * t.columns + i] = 0.25 * (wide * wide - narrow * narrow);
    }
  }
  return scatter;
}

std::vector<std::vector<double>> starts_of(const table& t) {
  std::vector<double> ranks;
  for (std::size_t c = 0; c < t.columns; ++c) {
    const auto column = ranks_of(t.column(c), t.rows);
    ranks.insert(ranks.end(), column.begin(), column.end());
  }
  std::vector<double> normal_scores = ranks;
  for (double& v : normal_scores) v = math::normal_quantile((v - 1.0 / 3.0) / (static_cast<double>(t.rows) + 1.0 / 3.0));
  return {correlation_of(hyperbolic_tangents(t.by_column), t.columns), correlation_of(std::move(ranks), t.columns),
          correlation_of(std::move(normal_scores), t.columns),         spatial_sign_covariance(t),
          estimate_of(t, half_nearest_median(t)).covariance,           pairwise_scatter(t)};
}

/// Squared distances by the start's eigenvectors with robust spreads along them; empty where all rows lie in a hyperplane.
std::vector<double> distances_from_start(const table& t, const std::vector<double>& start) {
  const std::size_t d = t.columns;
  const symmetric_eigen directions = eigen_of(start, d);
  std::vector<double> whitened(t.rows * d, 0.0);  // z times the symmetric root of the inverse, column by column
  std::vector<double> along(t.rows);
  for (std::size_t j = 0; j < directions.values.size(); ++j) {
    const double* direction = &directions.vectors[j * d];
    for (std::size_t r = 0; r < t.rows; ++r) along[r] = dot(t.row(r), direction, d);
    std::vector<double> scratch = along;
    const double spread = robust_spread_of(scratch).scale;
    if (!(spread > 0.0)) return {};
    for (std::size_t c = 0; c < d; ++c) {
      const double weight = direction[c] / spread;
      for (std::size_t r = 0; r < t.rows; ++r) whitened[c * t.rows + r] += along[r] * weight;
    }
  }
  std::vector<double> distances(t.rows, 0.0);
  for (std::size_t c = 0; c < d; ++c) {
    const double* column = &whitened[c * t.rows];
    std::vector<double> scratch(column, column + t.rows);
    const double median = median_of(scratch);
    for (std::size_t r = 0; r < t.rows; ++r) distances[r] += (column[r] - median) * (column[r] - median);
  }
  return distances;
}

// ---- concentration ------------------------------------------------------------------------------------------------------

struct concentrated {
  subset rows;
  estimate of;
  std::vector<double> whitening;
  double log_determinant = 0.0;
};

/// One estimate; `whitening` stays empty where the rows lie in a hyperplane.
concentrated concentrated_of(const table& t, subset rows) {
  concentrated c;
  c.rows = std::move(rows);
  c.of = estimate_of(t, c.rows);
  c.whitening = whitening_of(c.of.covariance, t.columns);
  if (!c.whitening.empty()) c.log_determinant = log_determinant(c.whitening, t.columns);
  return c;
}

/// The step to the h rows nearest by an estimate.
concentrated step(const table& t, const concentrated& from, std::size_t h) {
  return concentrated_of(t, nearest(squared_distances(t, from.of.mean, from.whitening), h));
}

/// Steps to the h nearest rows, and on until the determinant stays.
concentrated concentrate(const table& t, concentrated now, std::size_t h) {
  for (int i = 0; i < most_steps && !now.whitening.empty(); ++i) {
    concentrated next = step(t, now, h);
    const bool stays = i > 0 && !next.whitening.empty() && (next.rows == now.rows || next.log_determinant >= now.log_determinant);
    if (stays) return now;
    now = std::move(next);
  }
  return now;
}

/// The first `count` of `rows` rows in random order.
subset drawn(std::size_t rows, std::size_t count, random_stream& random) {
  subset order(rows);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = 0; i < count; ++i) std::swap(order[i], order[i + random.below(rows - i)]);
  order.resize(count);
  return order;
}

table sample_of(const table& t, std::size_t count, random_stream& random) {
  const subset order = drawn(t.rows, count, random);
  std::vector<double> by_column;
  for (std::size_t c = 0; c < t.columns; ++c) {
    for (const std::uint32_t r : order) by_column.push_back(t.column(c)[r]);
  }
  return table_of(std::move(by_column), t.columns);
}

/// d + 1 random rows, and so many more that they fill the space.
concentrated random_start(const table& t, random_stream& random) {
  const subset order = drawn(t.rows, t.rows, random);
  concentrated start;
  for (std::size_t size = t.columns + 1; size <= t.rows && start.whitening.empty(); size += t.columns + 1) {
    start = concentrated_of(t, subset(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  return start;
}

/// Estimates after first steps from random rows, the best of them; none that lies in a hyperplane. The numbers are the same for every
/// fit, so that it stays deterministic.
std::vector<concentrated> promising_random_starts(const table& t, std::size_t h) {
  random_stream random(0, 0);
  const std::size_t count = std::min(t.rows, rows_of_random_starts);
  const table some = sample_of(t, count, random);
  const std::size_t enough = std::max(h * count / t.rows, t.columns + 1);
  std::vector<concentrated> found;
  for (std::size_t n = 0; n < random_starts; ++n) {
    concentrated c = random_start(some, random);
    for (int i = 0; i < first_steps && !c.whitening.empty(); ++i) c = step(some, c, enough);
    if (!c.whitening.empty()) found.push_back(std::move(c));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const concentrated& a, const concentrated& b) { return a.log_determinant < b.log_determinant; });
  found.resize(std::min(found.size(), refined_random_starts));
  return found;
}

error in_hyperplane(std::string_view stage, std::size_t h, std::size_t rows) {
  return {errc::invalid_data, stage,
          std::to_string(h) + " of the " + std::to_string(rows) + " training rows lie in a hyperplane, so their covariance is singular",
          "leave out columns that follow from others or hardly ever vary, or use estimator oas"};
}

}  // namespace

std::size_t mcd_subset_size(std::size_t rows, std::size_t columns, double support) noexcept {
  const std::size_t half = (rows + columns + 1) / 2;
  if (half >= rows) return rows;
  const auto more = static_cast<std::size_t>(2.0 * static_cast<double>(rows - half) * support);
  return std::min(rows, 2 * half + more - rows);
}

result<minimum_covariance> deterministic_mcd(std::string_view stage, std::span<const double> values, std::size_t columns, double support) {
  const std::size_t n = values.size() / columns;
  if (n <= 2 * columns) {
    return error(errc::invalid_data, stage,
                 std::to_string(n) + " rows are too few for the minimum covariance determinant of " + std::to_string(columns) + " columns",
                 "give more than two rows a column, better ten, or use estimator oas");
  }
  std::vector<double> location(columns);
  std::vector<double> scale(columns);
  std::vector<double> standardised(values.begin(), values.end());
  for (std::size_t c = 0; c < columns; ++c) {
    std::vector<double> scratch(values.begin() + static_cast<std::ptrdiff_t>(c * n),
                                values.begin() + static_cast<std::ptrdiff_t>((c + 1) * n));
    const robust_spread spread = robust_spread_of(scratch);
    location[c] = spread.location;
    scale[c] = spread.scale;
    for (std::size_t r = 0; r < n; ++r) standardised[c * n + r] = (values[c * n + r] - spread.location) / spread.scale;
  }
  const table t = table_of(std::move(standardised), columns);
  const std::size_t h = mcd_subset_size(n, columns, support);

  concentrated best;
  for (const auto& start : starts_of(t)) {
    const std::vector<double> distances = distances_from_start(t, start);
    if (distances.empty() || !all_finite(distances)) return in_hyperplane(stage, h, n);
    concentrated found = concentrate(t, concentrated_of(t, nearest(distances, (n + 1) / 2)), h);
    if (found.whitening.empty()) return in_hyperplane(stage, h, n);
    if (best.rows.empty() || found.log_determinant < best.log_determinant) best = std::move(found);
  }
  for (concentrated& start : promising_random_starts(t, h)) {
    concentrated found = concentrate(t, std::move(start), h);
    if (!found.whitening.empty() && found.log_determinant < best.log_determinant) best = std::move(found);
  }

  const double factor = consistency_factor(static_cast<double>(h) / static_cast<double>(n), columns);
  const std::vector<double> distances = squared_distances(t, best.of.mean, best.whitening);
  const double limit = math::chi_square_quantile(reweighting_share, static_cast<double>(columns));
  subset kept;
  for (std::size_t r = 0; r < n; ++r) {
    if (distances[r] / factor < limit) kept.push_back(static_cast<std::uint32_t>(r));
  }
  const estimate reweighted = estimate_of(t, kept);
  const double reweighted_factor = consistency_factor(reweighting_share, columns);

  minimum_covariance found{std::vector<double>(columns), std::vector<double>(columns * columns), std::vector<double>(columns),
                           std::vector<double>(columns * columns), std::move(best.rows)};
  for (std::size_t i = 0; i < columns; ++i) {
    found.location[i] = location[i] + scale[i] * reweighted.mean[i];
    found.raw_location[i] = location[i] + scale[i] * best.of.mean[i];
    for (std::size_t j = 0; j < columns; ++j) {
      found.covariance[i * columns + j] = scale[i] * scale[j] * reweighted_factor * reweighted.covariance[i * columns + j];
      found.raw_covariance[i * columns + j] = scale[i] * scale[j] * best.of.covariance[i * columns + j];
    }
  }
  return found;
}

}  // namespace millwright::detail
