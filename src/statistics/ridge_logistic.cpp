#include "statistics/ridge_logistic.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr int most_steps = 200;
constexpr int most_halvings = 50;
constexpr double gradient_is_zero = 1e-11;

/// log(1 + exp(-margin)) and its share 1 / (1 + exp(margin)).
double loss_of(double margin) noexcept {
  const double tail = math::log1p(math::exp(-std::fabs(margin)));
  return margin > 0.0 ? tail : tail - margin;
}
double doubt_of(double margin) noexcept {
  const double e = math::exp(-std::fabs(margin));
  return margin > 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
}

double weight_of_negatives(const logistic_problem& p) noexcept {
  const auto positives = static_cast<std::size_t>(std::count_if(p.positive.begin(), p.positive.end(), [](auto v) { return v != 0; }));
  return static_cast<double>(positives) / static_cast<double>(p.positive.size() - positives);
}

/// v[0] is the intercept, the coefficients follow.
double objective_at(const logistic_problem& p, std::span<const double> v, double negatives) noexcept {
  double sum = 0.0;
  for (std::size_t i = 0; i < p.positive.size(); ++i) {
    double z = v[0];
    for (std::size_t j = 0; j < p.width; ++j) z += p.x[i * p.width + j] * v[j + 1];
    sum += p.positive[i] != 0 ? loss_of(z) : negatives * loss_of(-z);
  }
  double penalty = 0.0;
  for (std::size_t j = 0; j < p.width; ++j) penalty += (v[j + 1] - p.prior) * (v[j + 1] - p.prior);
  return sum + 0.5 * p.ridge * penalty;
}

/// Solves the symmetric positive definite system in place by Cholesky; `a` is n x n.
void solve(std::vector<double>& a, std::vector<double>& b, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / a[j * n + j];
    }
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

}  // namespace

double objective_of(const logistic_problem& problem, double intercept, std::span<const double> coefficients) noexcept {
  std::vector<double> v = {intercept};
  v.insert(v.end(), coefficients.begin(), coefficients.end());
  return objective_at(problem, v, weight_of_negatives(problem));
}

logistic_fit fit_ridge_logistic(const logistic_problem& p) {
  const std::size_t n = p.width + 1;
  const double negatives = weight_of_negatives(p);
  std::vector<double> v(n, p.prior);
  v[0] = 0.0;
  double objective = objective_at(p, v, negatives);
  std::vector<double> row(n, 1.0);
  for (int step = 0; step < most_steps; ++step) {
    std::vector<double> gradient(n, 0.0);
    std::vector<double> hessian(n * n, 0.0);
    for (std::size_t i = 0; i < p.positive.size(); ++i) {
      double z = v[0];
      for (std::size_t j = 1; j < n; ++j) {
        row[j] = p.x[i * p.width + j - 1];
        z += row[j] * v[j];
      }
      const bool positive = p.positive[i] != 0;
      const double doubt = doubt_of(positive ? z : -z);
      const double slope = positive ? -doubt : negatives * doubt;
      const double curvature = (positive ? 1.0 : negatives) * doubt * (1.0 - doubt);
      for (std::size_t j = 0; j < n; ++j) {
        gradient[j] += slope * row[j];
        for (std::size_t k = 0; k <= j; ++k) hessian[j * n + k] += curvature * row[j] * row[k];
      }
    }
    for (std::size_t j = 1; j < n; ++j) {
      gradient[j] += p.ridge * (v[j] - p.prior);
      hessian[j * n + j] += p.ridge;
    }
    // Coefficients that rest on their bound and would be pushed through it keep still; Newton's step moves the others.
    std::vector<std::size_t> moving;
    double steepest = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      if (j > 0 && v[j] == 0.0 && gradient[j] > 0.0) continue;
      moving.push_back(j);
      steepest = std::max(steepest, std::fabs(gradient[j]));
    }
    if (steepest <= gradient_is_zero) break;
    const std::size_t m = moving.size();
    std::vector<double> part(m * m, 0.0);
    std::vector<double> direction(m);
    for (std::size_t a = 0; a < m; ++a) {
      direction[a] = -gradient[moving[a]];
      for (std::size_t b = 0; b <= a; ++b) part[a * m + b] = hessian[moving[a] * n + moving[b]];
    }
    part[0] += 1e-12;  // the intercept of rows that are told apart perfectly has next to no curvature; it is always moving[0]
    solve(part, direction, m);

    bool improved = false;
    double length = 1.0;
    for (int halving = 0; halving < most_halvings && !improved; ++halving, length *= 0.5) {
      std::vector<double> next = v;
      double expected = 0.0;
      for (std::size_t a = 0; a < m; ++a) {
        const std::size_t j = moving[a];
        next[j] = v[j] + length * direction[a];
        if (j > 0) next[j] = std::max(0.0, next[j]);
        expected += gradient[j] * (next[j] - v[j]);
      }
      const double value = objective_at(p, next, negatives);
      if (value <= objective + 1e-4 * std::min(expected, 0.0) && value < objective) {
        v = std::move(next);
        objective = value;
        improved = true;
      }
    }
    if (!improved) break;  // rounding hides what is left to gain
  }
  return {v[0], std::vector<double>(v.begin() + 1, v.end()), objective};
}

}  // namespace millwright::detail
