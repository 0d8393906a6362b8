#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace millwright::detail {

struct symmetric_eigen {
  std::vector<double> values;   ///< largest first
  std::vector<double> vectors;  ///< row j: unit vector of value j; its entry of largest size, the first of equals, is positive
};

/// Eigenvalues and -vectors of the symmetric d x d matrix, row-major, finite. The same bytes everywhere. Empty when it did not converge.
[[nodiscard]] symmetric_eigen eigen_of(std::span<const double> matrix, std::size_t d);

/// Eigenvalues only, largest first.
[[nodiscard]] std::vector<double> eigenvalues_of(std::span<const double> matrix, std::size_t d);

}  // namespace millwright::detail
