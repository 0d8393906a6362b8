#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace millwright::detail {

/// min 1/2 |w|^2 - total rho + sum over rows of max(0, rho - w.x): w = sum a_i x_i with 0 <= a_i <= 1, sum a = total.
struct linear_one_class {
  std::vector<double> weights;
  double rho = 0.0;
  std::size_t vector_count = 0;  ///< rows with a_i > 0
  bool converged = false;
};

/// `rows` has n rows of `width` values. Decomposition: the dual is solved exactly on the rows that violate its conditions most, then
/// all gradients are computed anew, until no violation exceeds tolerance * total. Bounded rounds, O(n width) each. Deterministic.
/// Source: Joachims, Making large-scale SVM learning practical, in Advances in Kernel Methods (1999).
[[nodiscard]] linear_one_class solve_linear_one_class(const double* rows, std::size_t n, std::size_t width, double total, double tolerance);

}  // namespace millwright::detail
