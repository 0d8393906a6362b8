#include "detect/forest/split_gain.hpp"

#include <algorithm>
#include <cmath>

namespace millwright::detail {

namespace {

/// Running mean and sum of squared deviations (Welford): no cancellation.
struct spread {
  double count = 0.0;
  double mean = 0.0;
  double squares = 0.0;

  void add(double v) {
    count += 1.0;
    const double from_old = v - mean;
    mean += from_old / count;
    squares += from_old * (v - mean);
  }
  [[nodiscard]] double variance() const { return squares / count; }
};

}  // namespace

best_split split_by_gain(std::span<double> values, bool pooled, std::vector<double>& left_spread) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  best_split best;
  if (n < 2 || !(values.front() < values.back())) return best;
  // On [0, 1], where nothing can overflow; halves first, because a range itself may.
  const double low = values.front();
  const double half_range = 0.5 * values.back() - 0.5 * low;
  const auto scaled = [&](double v) { return (0.5 * v - 0.5 * low) / half_range; };
  const auto of = [&](const spread& side) { return pooled ? side.variance() : std::sqrt(side.variance()); };
  left_spread.resize(n);
  spread left;
  for (std::size_t i = 0; i < n; ++i) {
    left.add(scaled(values[i]));
    left_spread[i] = of(left);
  }
  const double whole = left_spread[n - 1];
  spread right;
  for (std::size_t i = n - 1; i > 0; --i) {
    right.add(scaled(values[i]));
    if (!(values[i - 1] < values[i])) continue;
    const double left_share = pooled ? static_cast<double>(i) / static_cast<double>(n) : 0.5;
    const double remaining = left_share * left_spread[i - 1] + (1.0 - left_share) * of(right);
    const double gain = (whole - remaining) / whole;
    if (gain >= best.gain) {  // going down, so that the lowest of equals is left over
      const double middle = 0.5 * values[i - 1] + 0.5 * values[i];
      best = {middle > values[i - 1] && middle <= values[i] ? middle : values[i], gain};
    }
  }
  return best;
}

}  // namespace millwright::detail
