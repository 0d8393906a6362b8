#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/detail/function_ref.hpp"

namespace millwright::detail {

/// min 1/2 a' Q a + p' a  with  0 <= a_i <= 1  and  sum a = total: the dual of the one-class SVM (p = 0) and of SVDD.
struct smo_problem {
  std::size_t size = 0;
  /// Writes column i of Q. Must be set. Single precision halves the memory of the cache, as in LIBSVM; sums over it are double.
  function_ref<void(std::size_t i, float* column)> column;
  std::span<const double> diagonal;  ///< of Q
  std::span<const double> linear;    ///< p; none: 0
  std::span<const double> start;     ///< feasible first a; none: LIBSVM's, the first rows at 1
  double total = 0.0;                ///< > 0 and <= size
  double tolerance = 1e-3;           ///< of the violation of the optimality conditions
  std::size_t cache_bytes = 0;       ///< for columns; two always fit
  std::int64_t max_iterations = 0;
};

struct smo_solution {
  std::vector<double> alpha;
  std::vector<double> gradient;  ///< Q a + p
  double rho = 0.0;              ///< rho_of(alpha, gradient)
  double objective = 0.0;
  bool converged = false;
};

/// Sequential minimal optimisation; the pair of each step is chosen by second-order information. Ties are broken
/// as LIBSVM breaks them. No shrinking. Bounded by max_iterations, each O(size).
/// Sources: Fan, Chen & Lin, J. Machine Learning Research 6 (2005), WSS 2; Chang & Lin, ACM Trans. Intell. Syst. Technol. 2 (2011).
[[nodiscard]] smo_solution solve_smo(const smo_problem& problem);

/// The multiplier of the sum: mean gradient of the rows with 0 < a_i < 1; without any, the middle of what the conditions allow.
[[nodiscard]] double rho_of(std::span<const double> alpha, std::span<const double> gradient) noexcept;

}  // namespace millwright::detail
