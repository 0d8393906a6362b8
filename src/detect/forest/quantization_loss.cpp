#include "detect/forest/quantization_loss.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/prepare_with_memory.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_measured_rows = 4096;

double path_in(const isolation_forest& forest, std::size_t tree, std::span<const double> row) noexcept {
  const auto root = static_cast<std::size_t>(forest.tree_start_[tree]);
  std::size_t at = root;
  while (forest.node_[2 * at] < row.size())
    at = root + forest.node_[2 * at + 1] + static_cast<std::size_t>(row[forest.node_[2 * at]] >= forest.threshold_[at]);
  return forest.threshold_[at];
}

double threshold_of(std::vector<double> scores, double share) {
  std::sort(scores.begin(), scores.end());
  return scores[static_cast<std::size_t>((1.0 - share) * static_cast<double>(scores.size() - 1))];
}

}  // namespace

result<std::vector<double>> forest_scores(isolation_forest forest, const const_rows& rows) {
  const port in{std::vector<column>(rows.columns)};
  MILLWRIGHT_TRY(const auto memory, prepare_with_memory([&](workspace& w) -> result<void> {
                   MILLWRIGHT_CHECK(forest.prepare(in, w));
                   return {};
                 }));
  std::vector<double> scores(rows.rows);
  forest.process(rows, {scores.data(), rows.rows, 1, 1, nullptr});
  return scores;
}

isolation_forest first_trees(const isolation_forest& forest, std::size_t trees) {
  const auto nodes = static_cast<std::size_t>(forest.tree_start_[trees]);
  const auto part = [](const auto& array, std::size_t count) {
    return std::vector(array.values().begin(), array.values().begin() + static_cast<std::ptrdiff_t>(count));
  };
  isolation_forest first = forest;
  first.threshold_ = learned_array<double>(part(forest.threshold_, nodes));
  first.node_ = learned_array<std::uint16_t>(part(forest.node_, 2 * nodes), {nodes, 2});
  first.tree_start_ = learned_array<std::int32_t>(part(forest.tree_start_, trees + 1));
  return first;
}

forest_convergence convergence_of(const isolation_forest& forest, const const_rows& rows, const isolation_forest& wanted,
                                  double tolerance) {
  const std::size_t count = std::min(rows.rows, most_measured_rows);
  const std::size_t trees = forest.tree_start_.size() - 1;
  const double normalizer = isolation_forest::average_path(forest.sample_size_);
  const auto row = [&](std::size_t i) { return rows[i * rows.rows / count]; };
  const auto score = [&](double path_sum, std::size_t of) { return math::exp2(-(path_sum / static_cast<double>(of)) / normalizer); };

  std::vector<double> target(count, 0.0);
  for (std::size_t t = 0; tolerance > 0.0 && t < trees; ++t) {
    for (std::size_t i = 0; i < count; ++i) target[i] += path_in(wanted, t, row(i));
  }
  for (double& v : target) v = score(v, trees);

  std::vector<double> sum(count, 0.0);
  std::vector<double> squares(count, 0.0);
  forest_convergence found;
  while (found.trees < trees) {
    for (std::size_t i = 0; i < count; ++i) {
      const double path = path_in(forest, found.trees, row(i));
      sum[i] += path;
      squares[i] += path * path;
    }
    ++found.trees;
    if (tolerance == 0.0) continue;
    std::size_t i = 0;
    while (i < count && std::abs(score(sum[i], found.trees) - target[i]) <= tolerance) ++i;
    if (i == count) break;
  }
  const auto kept = static_cast<double>(found.trees);
  for (std::size_t i = 0; i < count; ++i) {
    const double mean = sum[i] / kept;
    const double deviation = std::sqrt(std::max(0.0, squares[i] / kept - mean * mean));
    constexpr double ln2 = 0.6931471805599453;  // d 2^-x = -ln 2 2^-x dx
    found.standard_error += ln2 * score(sum[i], found.trees) * deviation / (normalizer * std::sqrt(kept));
  }
  found.standard_error /= static_cast<double>(count);
  return found;
}

flipped_decisions compare_scores(const std::vector<double>& before, const std::vector<double>& after, double share) {
  flipped_decisions found;
  const double limit = threshold_of(before, share);
  found.threshold = threshold_of(after, share);
  std::size_t flips = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    found.worst_difference = std::max(found.worst_difference, std::abs(after[i] - before[i]));
    flips += (before[i] > limit) != (after[i] > found.threshold) ? 1 : 0;
  }
  found.flip_rate = static_cast<double>(flips) / static_cast<double>(before.size());
  return found;
}

}  // namespace millwright::detail
