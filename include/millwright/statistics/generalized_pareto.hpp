#pragma once

#include <cstddef>
#include <span>

#include "millwright/core/error.hpp"

namespace millwright {

/// The generalised Pareto distribution of excesses y >= 0 over a high threshold: P(Y > y) = (1 + shape y / scale)^(-1 / shape),
/// and exp(-y / scale) for shape 0. Negative shapes end at y = -scale / shape.
struct generalized_pareto {
  double shape = 0.0;
  double scale = 1.0;

  /// log P(Y > y); -infinity beyond the end of the support. Keeps its precision however small the probability is.
  [[nodiscard]] double log_survival(double excess) const noexcept;
  /// Sum of log densities; -infinity when an excess is outside the support.
  [[nodiscard]] double log_likelihood(std::span<const double> excesses) const noexcept;

  struct fit_options {
    double lowest_shape = -0.5;  ///< above -1, so that the likelihood is bounded
    double highest_shape = 0.5;
    /// With fewer excesses than this, a normal prior on the shape is added; 0: never.
    std::size_t prior_below = 100;
    double prior_mean = 0.1;
    double prior_deviation = 0.2;
  };

  /// Maximum (penalised) likelihood within the bounds on the shape. For a given shape the scale solves a monotone equation
  /// (Grimshaw, Technometrics 35, 1993, reduces the problem to one dimension likewise); the shape is then found by a scan and
  /// golden sections. So a maximum always exists and is found; no start value, no failure to converge.
  /// Excesses that are not positive are refused. Errors: no excess, an excess that is not positive and finite, bad bounds.
  static result<generalized_pareto> fit(std::span<const double> excesses, const fit_options& options);
  static result<generalized_pareto> fit(std::span<const double> excesses) { return fit(excesses, fit_options()); }
};

}  // namespace millwright
