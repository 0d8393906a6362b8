#include "numeric/symmetric_eigen.hpp"

#include <cmath>

#include "numeric/private_eigen.hpp"

namespace millwright::detail {

symmetric_eigen eigen_of(std::span<const double> matrix, std::size_t d) {
  fix_block_sizes();
  const auto size = static_cast<eigen::Index>(d);
  const eigen_matrix copy = eigen::Map<const eigen_matrix>(matrix.data(), size, size);
  const eigen::SelfAdjointEigenSolver<eigen_matrix> solver(copy);
  symmetric_eigen found;
  if (solver.info() != eigen::Success) return found;
  for (eigen::Index j = size; j-- > 0;) {  // Eigen sorts ascending
    found.values.push_back(solver.eigenvalues()(j));
    eigen::Index largest = 0;
    for (eigen::Index i = 1; i < size; ++i) {
      if (std::fabs(solver.eigenvectors()(i, j)) > std::fabs(solver.eigenvectors()(largest, j))) largest = i;
    }
    const double sign = solver.eigenvectors()(largest, j) < 0.0 ? -1.0 : 1.0;
    for (eigen::Index i = 0; i < size; ++i) found.vectors.push_back(sign * solver.eigenvectors()(i, j) + 0.0);
  }
  return found;
}

std::vector<double> eigenvalues_of(std::span<const double> matrix, std::size_t d) {
  fix_block_sizes();
  const auto size = static_cast<eigen::Index>(d);
  const eigen_matrix copy = eigen::Map<const eigen_matrix>(matrix.data(), size, size);
  const eigen::SelfAdjointEigenSolver<eigen_matrix> solver(copy, eigen::EigenvaluesOnly);
  std::vector<double> values;
  if (solver.info() != eigen::Success) return values;
  for (eigen::Index j = size; j-- > 0;) values.push_back(solver.eigenvalues()(j));
  return values;
}

}  // namespace millwright::detail
