#include "detect/kernel/smo.hpp"

#include <algorithm>

#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr double least_curvature = 1e-12;  // instead of a curvature that is not positive, for kernels that are not definite

/// Columns of Q, the least recently used leaves first.
class column_cache {
 public:
  explicit column_cache(const smo_problem& problem) : problem_(problem), slot_of_row_(problem.size, none) {
    const std::size_t fits = problem.cache_bytes / (problem.size * sizeof(float));
    slots_ = std::min(std::max<std::size_t>(fits, 2), problem.size);
  }

  const float* get(std::size_t row) {
    std::size_t slot = slot_of_row_[row];
    if (slot == none) {
      slot = take_slot();
      slot_of_row_[row] = slot;
      row_of_slot_[slot] = row;
      problem_.column(row, columns_[slot].data());
    } else {
      unlink(slot);
    }
    append(slot);
    return columns_[slot].data();
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t take_slot() {
    if (columns_.size() < slots_) {
      columns_.emplace_back(problem_.size);
      row_of_slot_.push_back(none);
      before_.push_back(none);
      after_.push_back(none);
      return columns_.size() - 1;
    }
    const std::size_t slot = oldest_;
    unlink(slot);
    slot_of_row_[row_of_slot_[slot]] = none;
    return slot;
  }
  void unlink(std::size_t slot) {
    (before_[slot] == none ? oldest_ : after_[before_[slot]]) = after_[slot];
    (after_[slot] == none ? newest_ : before_[after_[slot]]) = before_[slot];
  }
  void append(std::size_t slot) {
    before_[slot] = newest_;
    after_[slot] = none;
    (newest_ == none ? oldest_ : after_[newest_]) = slot;
    newest_ = slot;
  }

  const smo_problem& problem_;
  std::size_t slots_ = 0;
  std::vector<std::size_t> slot_of_row_;
  std::vector<std::vector<float>> columns_;
  std::vector<std::size_t> row_of_slot_, before_, after_;  // a list of slots in order of use
  std::size_t oldest_ = none;
  std::size_t newest_ = none;
};

class solver {
 public:
  explicit solver(const smo_problem& problem)
      : p_(problem), cache_(problem), alpha_(problem.size, 0.0), gradient_(problem.size), diagonal_(problem.diagonal.data()) {}

  smo_solution run() {
    start();
    bool converged = false;
    for (std::int64_t i = 0; i < p_.max_iterations && !converged; ++i) converged = !step();
    smo_solution s;
    s.rho = rho_of(alpha_, gradient_);
    s.objective = objective();
    s.converged = converged;
    s.alpha = std::move(alpha_);
    s.gradient = std::move(gradient_);
    return s;
  }

 private:
  void start() {
    if (p_.start.empty()) {
      const auto whole = std::min(static_cast<std::size_t>(p_.total), p_.size);
      for (std::size_t i = 0; i < whole; ++i) alpha_[i] = 1.0;
      if (whole < p_.size) alpha_[whole] = p_.total - static_cast<double>(whole);
    } else {
      std::copy(p_.start.begin(), p_.start.end(), alpha_.begin());
    }
    for (std::size_t i = 0; i < p_.size; ++i) gradient_[i] = linear(i);
    for (std::size_t i = 0; i < p_.size; ++i) {
      if (alpha_[i] > 0.0) add(cache_.get(i), alpha_[i]);
    }
  }

  [[nodiscard]] double linear(std::size_t i) const noexcept { return p_.linear.empty() ? 0.0 : p_.linear[i]; }

  void add(const float* column, double factor) noexcept {
    double* gradient = gradient_.data();
    for (std::size_t k = 0; k < p_.size; ++k) gradient[k] += factor * static_cast<double>(column[k]);
  }

  /// False when the optimality conditions hold to the tolerance.
  bool step() {
    const double* gradient = gradient_.data();
    const double* alpha = alpha_.data();
    double lowest = math::infinity;  // among those that may grow
    std::size_t i = p_.size;
    for (std::size_t k = 0; k < p_.size; ++k) {
      if (gradient[k] <= lowest && alpha[k] < 1.0) {
        lowest = gradient[k];
        i = k;
      }
    }
    if (i == p_.size) return false;
    const float* column_i = cache_.get(i);
    double highest = -math::infinity;  // among those that may shrink
    double best_gain = -math::infinity;
    std::size_t j = p_.size;
    for (std::size_t k = 0; k < p_.size; ++k) {
      if (!(alpha[k] > 0.0)) continue;
      highest = std::max(highest, gradient[k]);
      const double difference = gradient[k] - lowest;
      if (!(difference > 0.0)) continue;
      const double gain = difference * difference / curvature(i, k, column_i);
      if (gain >= best_gain) {
        best_gain = gain;
        j = k;
      }
    }
    if (j == p_.size || highest - lowest < p_.tolerance) return false;
    move(i, j, column_i);
    return true;
  }

  [[nodiscard]] double curvature(std::size_t i, std::size_t k, const float* column_i) const noexcept {
    const double c = diagonal_[i] + diagonal_[k] - 2.0 * static_cast<double>(column_i[k]);
    return c > 0.0 ? c : least_curvature;
  }

  /// alpha_i grows by what alpha_j loses, as far as the box allows.
  void move(std::size_t i, std::size_t j, const float* column_i) {
    const float* column_j = cache_.get(j);  // the cache keeps two: column i stays
    const double old_i = alpha_[i];
    const double old_j = alpha_[j];
    const double sum = old_i + old_j;
    double new_i = old_i + (gradient_[j] - gradient_[i]) / curvature(i, j, column_i);
    double new_j = sum - new_i;
    if (sum > 1.0) {
      if (new_i > 1.0) new_i = 1.0, new_j = sum - 1.0;
      if (new_j > 1.0) new_j = 1.0, new_i = sum - 1.0;
    } else {
      if (new_j < 0.0) new_j = 0.0, new_i = sum;
      if (new_i < 0.0) new_i = 0.0, new_j = sum;
    }
    alpha_[i] = new_i;
    alpha_[j] = new_j;
    const double delta_i = new_i - old_i;
    const double delta_j = new_j - old_j;
    double* gradient = gradient_.data();
    for (std::size_t k = 0; k < p_.size; ++k)
      gradient[k] += static_cast<double>(column_i[k]) * delta_i + static_cast<double>(column_j[k]) * delta_j;
  }

  [[nodiscard]] double objective() const noexcept {
    double sum = 0.0;
    for (std::size_t k = 0; k < p_.size; ++k) sum += alpha_[k] * (gradient_[k] + linear(k));
    return 0.5 * sum;
  }

  const smo_problem& p_;
  column_cache cache_;
  std::vector<double> alpha_;
  std::vector<double> gradient_;
  const double* diagonal_;
};

}  // namespace

double rho_of(std::span<const double> alpha, std::span<const double> gradient) noexcept {
  double low = -math::infinity;
  double high = math::infinity;
  double sum = 0.0;
  std::size_t free = 0;
  for (std::size_t k = 0; k < alpha.size(); ++k) {
    if (alpha[k] >= 1.0) {
      low = std::max(low, gradient[k]);
    } else if (alpha[k] <= 0.0) {
      high = std::min(high, gradient[k]);
    } else {
      sum += gradient[k];
      ++free;
    }
  }
  if (free > 0) return sum / static_cast<double>(free);
  if (high == math::infinity) return low;  // every row at its bound: nu = 1
  return low == -math::infinity ? high : 0.5 * (low + high);
}

smo_solution solve_smo(const smo_problem& problem) { return solver(problem).run(); }

}  // namespace millwright::detail
