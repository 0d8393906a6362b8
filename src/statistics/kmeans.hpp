#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millwright::detail {

/// Points in rows of `dimensions` values.
struct kmeans_model {
  std::size_t dimensions = 0;
  std::vector<double> centers;        ///< row by row, ascending by first value, then second, ...
  std::vector<std::int32_t> nearest;  ///< for each point; ties go to the lower centre
  [[nodiscard]] std::size_t count() const noexcept { return dimensions == 0 ? 0 : centers.size() / dimensions; }
};

/// Squared distance, summed in order.
[[nodiscard]] double squared_distance(const double* a, const double* b, std::size_t dimensions) noexcept;

/// How long to search; the defaults are for few points.
struct kmeans_effort {
  int starts = 8;
  int most_rounds = 100;
};

/// Lloyd's algorithm from k-means++ starts (Arthur & Vassilvitskii, SODA 2007), the best by sum of squares, the first of equals.
/// At most k clusters: fewer when there are fewer distinct points. Deterministic. points.size() > 0, dimensions > 0, k > 0.
[[nodiscard]] kmeans_model kmeans(std::span<const double> points, std::size_t dimensions, std::size_t k, kmeans_effort effort = {});

}  // namespace millwright::detail
