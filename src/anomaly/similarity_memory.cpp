#include "anomaly/similarity_memory.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "anomaly/shrunk_covariance.hpp"
#include "context/robust_scale.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_probes = 1024;  // training rows that are estimated to choose the bandwidth and to scale residuals
constexpr std::size_t not_in_memory = static_cast<std::size_t>(-1);
constexpr double smallest_residual = 0.01;  // of a column whose estimates are exact, in its scale

/// Rows with the smallest and the largest value of each column, then rows at even ranks of their norm; no row twice.
std::vector<std::size_t> min_max_ordering(const standardized_rows& rows, std::size_t most) {
  std::vector<std::size_t> chosen;
  const auto add = [&](std::size_t r) {
    if (chosen.size() == most) return;
    for (std::size_t other : chosen) {
      if (std::equal(rows[r].begin(), rows[r].end(), rows[other].begin())) return;
    }
    chosen.push_back(r);
  };
  for (std::size_t c = 0; c < rows.columns; ++c) {
    std::size_t low = 0;
    std::size_t high = 0;
    for (std::size_t r = 1; r < rows.rows; ++r) {
      if (rows[r][c] < rows[low][c]) low = r;
      if (rows[r][c] > rows[high][c]) high = r;
    }
    add(low);
    add(high);
  }
  std::vector<double> norm(rows.rows);
  for (std::size_t r = 0; r < rows.rows; ++r) norm[r] = active_kernels().dot(rows[r].data(), rows[r].data(), rows.columns);
  std::vector<std::size_t> order(rows.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return norm[a] != norm[b] ? norm[a] < norm[b] : a < b; });
  const std::size_t left = most - chosen.size();
  for (std::size_t i = 0; i < left; ++i) add(order[left == 1 ? rows.rows / 2 : i * (rows.rows - 1) / (left - 1)]);
  return chosen;
}

/// Estimates of training rows by a memory under one bandwidth after another.
class estimator {
 public:
  estimator(const standardized_rows& rows, std::span<const std::size_t> chosen, const similarity_options& options)
      : rows_(rows), options_(options), count_(chosen.size()), square_(chosen.size() * chosen.size()) {
    std::vector<double> values;
    for (std::size_t r : chosen) values.insert(values.end(), rows[r].begin(), rows[r].end());
    memory_ = transposed(values, rows.columns);
    for (std::size_t i = 0; i < count_; ++i) distances_to(rows[chosen[i]], &square_[i * count_]);
    const std::size_t probes = std::min(rows.rows, most_probes);
    for (std::size_t p = 0; p < probes; ++p) {
      const std::size_t r = p * rows.rows / probes;
      const auto found = std::find(chosen.begin(), chosen.end(), r);
      probes_.push_back({r, found == chosen.end() ? not_in_memory : static_cast<std::size_t>(found - chosen.begin())});
    }
  }

  /// Median over the memory of the distance to the nearest other row.
  [[nodiscard]] double spacing() const {
    std::vector<double> nearest(count_, math::infinity);
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        if (i != j) nearest[i] = std::min(nearest[i], square_[i * count_ + j]);
      }
    }
    for (double& d : nearest) d = std::sqrt(d);
    return median_of(nearest);
  }

  /// Prepares for a bandwidth; false when mset's similarities cannot be inverted.
  bool use(double bandwidth) {
    bandwidth_ = bandwidth;
    if (!options_.is_mset) return true;
    const kernel_table& kernels = active_kernels();
    std::vector<double> similarity = square_;
    gaussian_weights(kernels, similarity, bandwidth, false);
    for (std::size_t i = 0; i < count_; ++i) similarity[i * count_ + i] += options_.ridge;
    const std::vector<double> factor = inverse_cholesky(similarity, count_);
    if (factor.empty() || !all_finite(factor)) return false;
    // K^-1 = W'W, with W lower triangular: K^-1 M column by column of M, and its diagonal.
    inverse_diagonal_.assign(count_, 0.0);
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j <= i; ++j) inverse_diagonal_[j] += factor[i * count_ + j] * factor[i * count_ + j];
    }
    response_.assign(memory_.size(), 0.0);
    for (std::size_t c = 0; c < rows_.columns; ++c) {
      double* out = &response_[c * count_];
      for (std::size_t i = 0; i < count_; ++i) {
        const double* row = &factor[i * count_];
        const double whitened = kernels.dot(row, &memory_[c * count_], i + 1);
        for (std::size_t j = 0; j <= i; ++j) out[j] += row[j] * whitened;
      }
    }
    return all_finite(response_);
  }

  /// Mean square residual of each column over the probes.
  [[nodiscard]] std::vector<double> mean_squares() const {
    const kernel_table& kernels = active_kernels();
    const std::vector<double>& response = options_.is_mset ? response_ : memory_;
    std::vector<double> sums(rows_.columns, 0.0);
    std::vector<double> weights(count_);
    for (const probe& p : probes_) {
      const auto row = rows_[p.row];
      if (p.place != not_in_memory && options_.is_mset) {  // leaving a row of the memory out has a closed form
        for (std::size_t c = 0; c < sums.size(); ++c) {
          const double residual = response_[c * count_ + p.place] / inverse_diagonal_[p.place];
          sums[c] += residual * residual;
        }
        continue;
      }
      distances_to(row, weights.data());
      if (p.place != not_in_memory) weights[p.place] = math::infinity;
      const double total = gaussian_weights(kernels, weights, bandwidth_, !options_.is_mset);
      for (std::size_t c = 0; c < sums.size(); ++c) {
        const double residual = row[c] - kernels.dot(weights.data(), &response[c * count_], count_) / total;
        sums[c] += residual * residual;
      }
    }
    for (double& s : sums) s /= static_cast<double>(probes_.size());
    return sums;
  }

  [[nodiscard]] const std::vector<double>& memory() const noexcept { return memory_; }
  [[nodiscard]] const std::vector<double>& response() const noexcept { return response_; }

 private:
  struct probe {
    std::size_t row, place;  // place in the memory
  };

  void distances_to(std::span<const double> row, double* squares) const {
    active_kernels().squared_distances(row.data(), 1, {memory_.data(), rows_.columns, count_, count_}, squares, count_);
  }

  const standardized_rows& rows_;
  similarity_options options_;
  std::size_t count_;
  std::vector<double> memory_, square_, response_, inverse_diagonal_;
  std::vector<probe> probes_;
  double bandwidth_ = 0.0;
};

}  // namespace

double gaussian_weights(const kernel_table& kernels, std::span<double> squares, double bandwidth, bool for_mean) noexcept {
  const double nearest = for_mean ? *std::min_element(squares.begin(), squares.end()) : 0.0;
  kernels.gaussians(0.5 / (bandwidth * bandwidth), nearest, squares.size(), squares.data());
  return for_mean ? kernels.sum(squares.data(), squares.size()) : 1.0;
}

similarity_memory learn_similarity(const standardized_rows& rows, const similarity_options& options) {
  const auto chosen = options.by_min_max ? min_max_ordering(rows, options.most) : k_center(rows.values, rows.columns, options.most);
  estimator trial(rows, chosen, options);
  similarity_memory best;
  double least = math::infinity;
  const double spacing = trial.spacing();
  for (const double multiple : {0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0}) {
    const double bandwidth = std::clamp(options.bandwidth > 0.0 ? options.bandwidth : multiple * spacing, 1e-6, 1e9);
    if (trial.use(bandwidth)) {
      const std::vector<double> squares = trial.mean_squares();
      double sum = 0.0;
      for (double s : squares) sum += s;
      if (sum < least) {
        least = sum;
        best.bandwidth = bandwidth;
        best.response = trial.response();
        best.residual_scale.clear();
        for (double s : squares) best.residual_scale.push_back(std::max(smallest_residual, std::sqrt(s)));
        best.memory = trial.memory();
      }
    }
    if (options.bandwidth > 0.0) break;
  }
  return best;
}

}  // namespace millwright::detail
