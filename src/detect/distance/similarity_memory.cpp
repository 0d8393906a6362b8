#include "detect/distance/similarity_memory.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "detect/covariance/shrunk_covariance.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/robust_scale.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t blocks = 5;           // of training rows, each estimated by a memory of the others
constexpr std::size_t most_probes = 1024;   // training rows that are estimated to choose the bandwidth and to scale residuals
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

/// A memory of rows and what it estimates under one bandwidth after another.
class estimator {
 public:
  estimator(const standardized_rows& rows, const similarity_options& options) : options_(options), columns_(rows.columns) {
    const auto chosen = options.by_min_max ? min_max_ordering(rows, options.most) : k_center(rows.values, columns_, options.most);
    count_ = chosen.size();
    std::vector<double> values;
    for (std::size_t r : chosen) values.insert(values.end(), rows[r].begin(), rows[r].end());
    memory_ = transposed(values, columns_);
    square_.resize(count_ * count_);
    kernels_.squared_distances(values.data(), count_, points(), square_.data(), count_);
    weights_.resize(count_);
    spacing_ = spacing();
  }

  /// Prepares for a width of the Gaussian, that of the options or else a multiple of the memory's spacing; false when mset's similarities
  /// cannot be inverted.
  bool use(double multiple) {
    bandwidth_ = std::clamp(options_.bandwidth > 0.0 ? options_.bandwidth : multiple * spacing_, 1e-6, 1e9);
    if (!options_.is_mset) return true;
    std::vector<double> similarity = square_;
    gaussian_weights(kernels_, similarity, bandwidth_, false);
    for (std::size_t i = 0; i < count_; ++i) similarity[i * count_ + i] += options_.ridge;
    const std::vector<double> factor = inverse_cholesky(similarity, count_);
    if (factor.empty() || !all_finite(factor)) return false;
    // K^-1 = W'W, with W lower triangular: K^-1 M column by column of M.
    response_.assign(memory_.size(), 0.0);
    for (std::size_t c = 0; c < columns_; ++c) {
      double* out = &response_[c * count_];
      for (std::size_t i = 0; i < count_; ++i) {
        const double* row = &factor[i * count_];
        const double whitened = kernels_.dot(row, &memory_[c * count_], i + 1);
        for (std::size_t j = 0; j <= i; ++j) out[j] += row[j] * whitened;
      }
    }
    return all_finite(response_);
  }

  /// Adds the squared residual of each column of the row.
  void add_squares(std::span<const double> row, std::span<double> sums) {
    kernels_.squared_distances(row.data(), 1, points(), weights_.data(), count_);
    const double total = gaussian_weights(kernels_, weights_, bandwidth_, !options_.is_mset);
    const std::vector<double>& response = options_.is_mset ? response_ : memory_;
    for (std::size_t c = 0; c < columns_; ++c) {
      const double residual = row[c] - kernels_.dot(weights_.data(), &response[c * count_], count_) / total;
      sums[c] += residual * residual;
    }
  }

  [[nodiscard]] const std::vector<double>& memory() const noexcept { return memory_; }
  [[nodiscard]] const std::vector<double>& response() const noexcept { return response_; }
  [[nodiscard]] double bandwidth() const noexcept { return bandwidth_; }

 private:
  /// Median distance of a memory row to its nearest.
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
  [[nodiscard]] point_columns points() const noexcept { return {memory_.data(), columns_, count_, count_}; }

  const kernel_table& kernels_ = active_kernels();
  similarity_options options_;
  std::size_t columns_;
  std::size_t count_ = 0;
  std::vector<double> memory_, square_, response_, weights_;
  double spacing_ = 0.0;
  double bandwidth_ = 0.0;
};

standardized_rows without_rows(const standardized_rows& rows, std::size_t first, std::size_t last) {
  standardized_rows out;
  out.rows = rows.rows - (last - first);
  out.columns = rows.columns;
  const std::span<const double> values(rows.values);
  const auto head = values.first(first * rows.columns);
  const auto tail = values.subspan(last * rows.columns);
  out.values.assign(head.begin(), head.end());
  out.values.insert(out.values.end(), tail.begin(), tail.end());
  return out;
}

}  // namespace

double gaussian_weights(const kernel_table& kernels, std::span<double> squares, double bandwidth, bool for_mean) noexcept {
  const double nearest = for_mean ? *std::min_element(squares.begin(), squares.end()) : 0.0;
  kernels.gaussians(0.5 / (bandwidth * bandwidth), nearest, squares.size(), squares.data());
  return for_mean ? kernels.sum(squares.data(), squares.size()) : 1.0;
}

similarity_memory learn_similarity(const standardized_rows& rows, const similarity_options& options) {
  struct trial {
    double multiple;
    std::vector<double> squares;  // of each column's residual, summed over the probes
    double total = 0.0;
  };
  std::vector<trial> trials;
  for (const double multiple : {0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0})
    trials.push_back({multiple, std::vector<double>(rows.columns)});
  if (options.bandwidth > 0.0) trials.resize(1);

  const std::size_t probes = std::min(rows.rows, most_probes);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first = block * rows.rows / blocks;
    const std::size_t last = (block + 1) * rows.rows / blocks;
    estimator others(without_rows(rows, first, last), options);
    for (trial& t : trials) {
      if (!others.use(t.multiple)) {
        t.total = math::infinity;
        continue;
      }
      for (std::size_t p = 0; p < probes; ++p) {
        const std::size_t r = p * rows.rows / probes;
        if (r >= first && r < last) others.add_squares(rows[r], t.squares);
      }
    }
  }
  for (trial& t : trials) {
    for (double s : t.squares) t.total += s;
  }
  std::erase_if(trials, [](const trial& t) { return !(t.total < math::infinity); });
  std::stable_sort(trials.begin(), trials.end(), [](const trial& a, const trial& b) { return a.total < b.total; });

  estimator all(rows, options);
  for (const trial& t : trials) {
    if (!all.use(t.multiple)) continue;
    similarity_memory learned{all.memory(), all.response(), {}, all.bandwidth()};
    for (double s : t.squares) learned.residual_scale.push_back(std::max(smallest_residual, std::sqrt(s / static_cast<double>(probes))));
    return learned;
  }
  return {};
}

}  // namespace millwright::detail
