#include "detect/covariance/shrunk_covariance.hpp"

#include <algorithm>

#include "millwright/detail/kernels.hpp"
#include "numeric/private_eigen.hpp"

namespace millwright::detail {

namespace {

double trace_of(std::span<const double> matrix, std::size_t d) {
  double trace = 0.0;
  for (std::size_t i = 0; i < d; ++i) trace += matrix[i * d + i];
  return trace;
}

/// Share of the identity by the OAS formula.
double oas_shrinkage(std::span<const double> s, std::size_t d, double n) {
  const double p = static_cast<double>(d);
  double squares = 0.0;
  for (double v : s) squares += v * v;
  const double mean_square = squares / (p * p);
  const double mu = trace_of(s, d) / p;
  const double above = mean_square + mu * mu;
  const double below = (n + 1.0) * (mean_square - mu * mu / p);
  return below > 0.0 ? std::min(above / below, 1.0) : 1.0;
}

/// Share of the identity by the Ledoit-Wolf formula.
double ledoit_wolf_shrinkage(std::span<const double> centered, std::span<const double> s, std::size_t d, std::size_t rows) {
  const double n = static_cast<double>(rows);
  const double p = static_cast<double>(d);
  double fourth = 0.0;  // sum over rows of |x|^4, which is the sum over all pairs of columns of sum x_i^2 x_j^2
  for (std::size_t r = 0; r < rows; ++r) {
    double squares = 0.0;
    for (std::size_t c = 0; c < d; ++c) squares += centered[c * rows + r] * centered[c * rows + r];
    fourth += squares * squares;
  }
  double squares = 0.0;
  for (double v : s) squares += v * v;
  const double trace = trace_of(s, d);
  const double mu = trace / p;
  const double delta = (squares - 2.0 * mu * trace + p * mu * mu) / p;
  const double beta = std::min((fourth / n - squares) / (p * n), delta);
  return beta > 0.0 ? beta / delta : 0.0;
}

}  // namespace

shrunk_covariance shrink_covariance(std::span<const double> centered, std::size_t columns, shrinkage_rule rule, double fixed) {
  const std::size_t rows = centered.size() / columns;
  const double n = static_cast<double>(rows);
  const kernel_table& kernels = active_kernels();
  shrunk_covariance result;
  result.values.resize(columns * columns);
  for (std::size_t i = 0; i < columns; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double value = kernels.dot(&centered[i * rows], &centered[j * rows], rows) / n;
      result.values[i * columns + j] = result.values[j * columns + i] = value;
    }
  }
  switch (rule) {
    case shrinkage_rule::oas: result.shrinkage = columns == 1 ? 0.0 : oas_shrinkage(result.values, columns, n); break;
    case shrinkage_rule::ledoit_wolf:
      result.shrinkage = columns == 1 ? 0.0 : ledoit_wolf_shrinkage(centered, result.values, columns, rows);
      break;
    case shrinkage_rule::fixed: result.shrinkage = fixed; break;
  }
  const double identity = result.shrinkage * trace_of(result.values, columns) / static_cast<double>(columns);
  for (double& v : result.values) v *= 1.0 - result.shrinkage;
  for (std::size_t i = 0; i < columns; ++i) result.values[i * columns + i] += identity;
  return result;
}

std::vector<double> inverse_cholesky(std::span<const double> matrix, std::size_t d) {
  fix_block_sizes();
  const auto size = static_cast<eigen::Index>(d);
  const double mean_variance = trace_of(matrix, d) / static_cast<double>(d);
  for (double ridge : {0.0, 1e-10, 1e-8, 1e-6}) {
    eigen_matrix s = eigen::Map<const eigen_matrix>(matrix.data(), size, size);
    s.diagonal().array() += ridge * mean_variance;
    const eigen::LLT<eigen_matrix, eigen::Lower> factor(s);
    if (factor.info() != eigen::Success) continue;
    const eigen_matrix lower = factor.matrixL();
    if (!(lower.diagonal().array().square().minCoeff() > 1e-12 * mean_variance)) continue;
    std::vector<double> inverse(d * d);
    eigen::Map<eigen_matrix> target(inverse.data(), size, size);
    target.setIdentity();
    lower.triangularView<eigen::Lower>().solveInPlace(target);
    return inverse;
  }
  return {};
}

}  // namespace millwright::detail
