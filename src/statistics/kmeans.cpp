#include "statistics/kmeans.hpp"

#include <algorithm>
#include <numeric>

#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::detail {

namespace {

constexpr std::uint64_t seed = 0x6d696c6c77726967;

class lloyd {
 public:
  lloyd(std::span<const double> points, std::size_t dimensions, std::size_t k)
      : points_(points.data()),
        count_(points.size() / dimensions),
        dimensions_(dimensions),
        wanted_(k),
        nearest_(count_, -1),
        distance_(count_) {}

  /// One start; afterwards centers, nearest and sum_of_squares hold its result.
  void run(random_stream random, int most_rounds) {
    choose_starts(random);
    std::fill(nearest_.begin(), nearest_.end(), -1);
    for (int round = 0; round < most_rounds; ++round) {
      if (!assign()) break;
      move_centers();
    }
    assign();
  }

  std::vector<double> centers;
  [[nodiscard]] double sum_of_squares() const noexcept {
    double sum = 0.0;
    for (double d : distance_) sum += d;
    return sum;
  }
  [[nodiscard]] const std::vector<std::int32_t>& nearest() const noexcept { return nearest_; }

  /// Assigns every point, drops empty clusters and numbers the rest by ascending centre.
  void put_in_order() {
    assign();
    std::vector<std::size_t> size(centers.size() / dimensions_, 0);
    for (auto c : nearest_) ++size[static_cast<std::size_t>(c)];
    std::vector<std::size_t> order;
    for (std::size_t c = 0; c < size.size(); ++c) {
      if (size[c] > 0) order.push_back(c);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const auto at = [&](std::size_t c) { return centers.begin() + static_cast<std::ptrdiff_t>(c * dimensions_); };
      const auto end = static_cast<std::ptrdiff_t>(dimensions_);
      if (std::equal(at(a), at(a) + end, at(b))) return a < b;
      return std::lexicographical_compare(at(a), at(a) + end, at(b), at(b) + end);
    });
    std::vector<double> sorted;
    for (auto c : order) sorted.insert(sorted.end(), center(c), center(c) + dimensions_);
    centers = std::move(sorted);
    assign();
  }

 private:
  [[nodiscard]] const double* point(std::size_t i) const noexcept { return points_ + i * dimensions_; }
  [[nodiscard]] const double* center(std::size_t c) const noexcept { return centers.data() + c * dimensions_; }

  void choose_starts(random_stream& random) {
    centers.clear();
    add_center(random.below(count_));
    while (centers.size() < wanted_ * dimensions_) {
      double total = 0.0;
      for (double d : distance_) total += d;
      if (!(total > 0.0)) return;  // every point is a centre already
      double left = random.uniform() * total;
      std::size_t chosen = count_;
      for (std::size_t i = 0; i < count_; ++i) {
        if (!(distance_[i] > 0.0)) continue;
        chosen = i;
        left -= distance_[i];
        if (left < 0.0) break;
      }
      add_center(chosen);
    }
  }

  void add_center(std::size_t i) {
    const bool first = centers.empty();
    centers.insert(centers.end(), point(i), point(i) + dimensions_);
    for (std::size_t p = 0; p < count_; ++p) {
      const double d = squared_distance(point(p), point(i), dimensions_);
      if (first || d < distance_[p]) distance_[p] = d;
    }
  }

  /// True when a point changed its cluster.
  bool assign() {
    bool changed = false;
    const std::size_t k = centers.size() / dimensions_;
    for (std::size_t p = 0; p < count_; ++p) {
      std::int32_t best = 0;
      double best_distance = math::infinity;
      for (std::size_t c = 0; c < k; ++c) {
        const double d = squared_distance(point(p), center(c), dimensions_);
        if (d < best_distance) {
          best_distance = d;
          best = static_cast<std::int32_t>(c);
        }
      }
      changed |= nearest_[p] != best;
      nearest_[p] = best;
      distance_[p] = best_distance;
    }
    return changed;
  }

  /// Means of the clusters; an empty one stays where it is.
  void move_centers() {
    std::vector<double> sums(centers.size(), 0.0);
    std::vector<std::size_t> size(centers.size() / dimensions_, 0);
    for (std::size_t p = 0; p < count_; ++p) {
      const auto c = static_cast<std::size_t>(nearest_[p]);
      ++size[c];
      for (std::size_t d = 0; d < dimensions_; ++d) sums[c * dimensions_ + d] += point(p)[d];
    }
    for (std::size_t c = 0; c < size.size(); ++c) {
      if (size[c] == 0) continue;
      for (std::size_t d = 0; d < dimensions_; ++d) centers[c * dimensions_ + d] = sums[c * dimensions_ + d] / static_cast<double>(size[c]);
    }
  }

  const double* points_;
  std::size_t count_;
  std::size_t dimensions_;
  std::size_t wanted_;
  std::vector<std::int32_t> nearest_;
  std::vector<double> distance_;
};

}  // namespace

double squared_distance(const double* a, const double* b, std::size_t dimensions) noexcept {
  double sum = 0.0;
  for (std::size_t d = 0; d < dimensions; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

kmeans_model kmeans(std::span<const double> points, std::size_t dimensions, std::size_t k, kmeans_effort effort) {
  lloyd search(points, dimensions, k);
  std::vector<double> best;
  double best_sum = math::infinity;
  for (int s = 0; s < effort.starts; ++s) {
    search.run(random_stream(seed, static_cast<std::uint64_t>(s)), effort.most_rounds);
    if (const double sum = search.sum_of_squares(); sum < best_sum || best.empty()) {
      best_sum = sum;
      best = search.centers;
    }
  }
  search.centers = std::move(best);
  search.put_in_order();
  return {dimensions, search.centers, search.nearest()};
}

}  // namespace millwright::detail
