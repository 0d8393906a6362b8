#include "millwright/statistics/generalized_pareto.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "millwright/numeric/math.hpp"

namespace millwright {

double generalized_pareto::log_survival(double excess) const noexcept {
  if (!(excess > 0.0)) return excess != excess ? excess : 0.0;
  if (shape == 0.0) return -excess / scale;
  const double t = shape * (excess / scale);
  return t > -1.0 ? -math::log1p(t) / shape : -math::infinity;
}

double generalized_pareto::log_likelihood(std::span<const double> excesses) const noexcept {
  double sum = 0.0;
  for (double y : excesses) {
    if (shape == 0.0) {
      sum += y / scale;
    } else {
      const double t = shape * (y / scale);
      if (!(t > -1.0)) return -math::infinity;
      sum += (1.0 + 1.0 / shape) * math::log1p(t);
    }
  }
  return -sum - static_cast<double>(excesses.size()) * math::log(scale);
}

namespace {

/// Profile of the likelihood over the shape, for excesses divided by their mean.
class profile {
 public:
  profile(std::span<const double> excesses, const generalized_pareto::fit_options& options)
      : options_(options), y_(excesses.begin(), excesses.end()) {
    for (double y : y_) largest_ = std::max(largest_, y);  // scaled twice, so that no sum can overflow
    double sum = 0.0;
    for (double y : y_) sum += y / largest_;
    mean_ = sum / static_cast<double>(y_.size());
    for (double& y : y_) y = y / largest_ / mean_;
    highest_ = 1.0 / mean_;
    penalised_ = y_.size() < options.prior_below;
  }

  [[nodiscard]] generalized_pareto in_original_units(generalized_pareto d) const noexcept { return {d.shape, d.scale * mean_ * largest_}; }

  /// The scale that maximises the likelihood for this shape: the root of (1 + shape) mean(y / (scale + shape y)) = 1, whose left
  /// side falls as the scale grows, for every shape above -1.
  [[nodiscard]] generalized_pareto best_for(double shape) const noexcept {
    double low = std::max(0.0, -shape * highest_);
    double high = std::max(1.0 + std::fabs(shape), low * 2.0) * 2.0;
    while (slope_at(shape, high).value > 0.0) high *= 2.0;
    double scale = std::max(1.0, 0.5 * (low + high));
    for (int i = 0; i < 100; ++i) {  // Newton, by halves where it leaves the bracket
      const slope f = slope_at(shape, scale);
      (f.value > 0.0 ? low : high) = scale;
      double next = scale - f.value / f.derivative;
      if (!(next > low && next < high)) next = low + 0.5 * (high - low);
      const bool settled = std::fabs(next - scale) <= 1e-15 * scale;
      scale = next;
      if (settled) break;
    }
    return {shape, scale};
  }

  [[nodiscard]] double value(double shape) const noexcept {
    const double log_likelihood = best_for(shape).log_likelihood(y_);
    if (!penalised_) return log_likelihood;
    const double z = (shape - options_.prior_mean) / options_.prior_deviation;
    return log_likelihood - 0.5 * z * z;
  }

 private:
  struct slope {
    double value, derivative;
  };
  [[nodiscard]] slope slope_at(double shape, double scale) const noexcept {
    double sum = 0.0;
    double squares = 0.0;
    for (double y : y_) {
      const double inverse = 1.0 / (scale + shape * y);
      sum += y * inverse;
      squares += y * inverse * inverse;
    }
    const double weight = (1.0 + shape) / static_cast<double>(y_.size());
    return {weight * sum - 1.0, -weight * squares};
  }

  generalized_pareto::fit_options options_;
  std::vector<double> y_;
  double largest_ = 0.0;
  double mean_ = 1.0;
  double highest_ = 0.0;
  bool penalised_ = false;
};

}  // namespace

result<generalized_pareto> generalized_pareto::fit(std::span<const double> excesses, const fit_options& options) {
  constexpr std::string_view where = "generalized_pareto";
  if (excesses.empty())
    return error(errc::invalid_data, where, "there are no excesses to fit a tail to", "use a lower threshold or more data");
  for (double y : excesses) {
    if (!(y > 0.0) || std::isinf(y))
      return error(errc::invalid_data, where, "an excess is " + std::to_string(y),
                   "pass differences above the threshold that are positive and finite");
  }
  if (!(options.lowest_shape > -1.0 && options.lowest_shape <= options.highest_shape && options.highest_shape <= 10.0) ||
      (options.prior_below > 0 && !(options.prior_deviation > 0.0))) {
    return error(errc::invalid_argument, where, "the bounds on the shape or its prior are out of range",
                 "use -1 < lowest <= highest <= 10 and a positive deviation");
  }
  const profile likelihood(excesses, options);
  constexpr int points = 32;
  const double step = (options.highest_shape - options.lowest_shape) / points;
  int best = 0;
  double best_value = -math::infinity;
  for (int i = 0; i <= points; ++i) {
    const double value = likelihood.value(options.lowest_shape + i * step);
    if (value > best_value) {
      best_value = value;
      best = i;
    }
  }
  double low = options.lowest_shape + std::max(best - 1, 0) * step;
  double high = std::min(options.lowest_shape + std::min(best + 1, points) * step, options.highest_shape);
  constexpr double golden = 0.6180339887498949;
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double value_left = likelihood.value(left);
  double value_right = likelihood.value(right);
  for (int i = 0; i < 48 && high - low > 1e-10; ++i) {
    if (value_left >= value_right) {
      high = right;
      right = left;
      value_right = value_left;
      left = high - golden * (high - low);
      value_left = likelihood.value(left);
    } else {
      low = left;
      left = right;
      value_left = value_right;
      right = low + golden * (high - low);
      value_right = likelihood.value(right);
    }
  }
  double shape = value_left >= value_right ? left : right;
  // The interior search cannot reach a maximum at an end of the interval.
  for (double end : {options.lowest_shape, options.highest_shape}) {
    if (likelihood.value(end) >= likelihood.value(shape)) shape = end;
  }
  return likelihood.in_original_units(likelihood.best_for(shape));
}

}  // namespace millwright
