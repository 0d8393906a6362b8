#pragma once

#include <cstdint>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::detail {

struct extremes {
  double smallest = 0.0;
  double largest = 0.0;
};

/// Share of the range below the largest of `count` > 0 uniform points: its distribution is u^count.
inline double largest_share(std::int32_t count, random_stream& random) noexcept {
  return math::pow(random.uniform(), 1.0 / static_cast<double>(count));
}

/// Smallest and largest of `count` > 0 uniform points on [low, high]; those below the largest are uniform up to it.
inline extremes extremes_of_uniform(double low, double high, std::int32_t count, random_stream& random) noexcept {
  const double largest = low + (high - low) * largest_share(count, random);
  if (count < 2) return {largest, largest};
  return {largest - (largest - low) * largest_share(count - 1, random), largest};
}

/// The same of `count` points, of which one lies at `low` or one at `high`, or both; the others are uniform between.
inline extremes extremes_with(double low, double high, std::int32_t count, bool at_low, bool at_high, random_stream& random) noexcept {
  const std::int32_t others = count - (at_low ? 1 : 0) - (at_high ? 1 : 0);
  if (at_low && at_high) return {low, high};
  if (at_low) return {low, others > 0 ? low + (high - low) * largest_share(others, random) : low};
  if (at_high) return {others > 0 ? high - (high - low) * largest_share(others, random) : high, high};
  return extremes_of_uniform(low, high, count, random);
}

}  // namespace millwright::detail
