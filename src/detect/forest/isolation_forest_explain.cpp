// Explanations of isolation_forest: depth credit and Shapley values.

#include <algorithm>

#include "detect/forest/forest_layout.hpp"
#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

/// Checks what explanations add to the model.
result<void> isolation_forest::check_explanation() const {
  const auto misfit = [](std::string_view what) {
    return error(errc::corrupt_file, id, what, "save the bundle again from the fitted pipeline");
  };
  if ((explanation == "shap" && !cover_.is_set()) || (missing != "refuse" && !left_share_.is_set())) {
    return error(errc::incompatible, id, "the forest was fitted without what these options need", "fit it again with these options");
  }
  if (cover_.is_set() && (cover_.size() != threshold_.size() || !layout_->is_forest))
    return misfit("the forest's covers do not fit its nodes");
  for (const std::uint16_t rows : cover_.values()) {
    if (rows == 0) return misfit("the forest holds a node without training rows");
  }
  return {};
}

/// Share of the row that goes left: 0, 1, or that of a missing value.
double isolation_forest::share_left(std::size_t node) const noexcept {
  const double x = rows_[nodes_[2 * node]];
  if (x != x) return left_share_[node];
  return x >= thresholds_[node] ? 0.0 : 1.0;
}

/// One tree as tree_shap reads it.
class isolation_forest::tree_view {
 public:
  tree_view(const isolation_forest& forest, std::size_t tree) : forest_(forest), root_(static_cast<std::size_t>(forest.starts_[tree])) {}

  [[nodiscard]] std::size_t root() const noexcept { return root_; }
  [[nodiscard]] bool is_leaf(std::size_t node) const noexcept { return column(node) == forest_.columns_; }
  [[nodiscard]] double value(std::size_t node) const noexcept { return forest_.thresholds_[node]; }
  [[nodiscard]] std::size_t column(std::size_t node) const noexcept { return forest_.nodes_[2 * node]; }
  [[nodiscard]] std::size_t left(std::size_t node) const noexcept { return root_ + forest_.nodes_[2 * node + 1]; }
  [[nodiscard]] double trained_left(std::size_t node) const noexcept {
    const auto rows = static_cast<double>(forest_.cover_[left(node)]);
    return rows / (rows + static_cast<double>(forest_.cover_[left(node) + 1]));
  }
  [[nodiscard]] double goes_left(std::size_t node) const noexcept { return forest_.share_left(node); }

 private:
  const isolation_forest& forest_;
  std::size_t root_;
};

double isolation_forest::shapley_values(std::span<const double> row, std::span<double> values) noexcept {
  const bool able = explanation == "shap" && load_row(row.data(), rows_.data()) != row_kind::not_scored;
  std::fill(values.begin(), values.end(), able ? 0.0 : math::nan);
  if (!able) return math::nan;
  const auto trees_count = static_cast<double>(tree_count_);
  double expected = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) expected += shapley_.add(tree_view(*this, t), values);
  for (double& v : values) v = -v / trees_count;
  return expected / trees_count;
}

/// Columns on the paths that isolate early earn more. A row with missing values follows the likelier side at them, and they earn
/// nothing.
double isolation_forest::credit_paths(std::span<double> credit) const noexcept {
  double path_sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto root = static_cast<std::size_t>(starts_[t]);
    const auto next = [&](std::size_t at) { return root + nodes_[2 * at + 1] + (share_left(at) >= 0.5 ? 0U : 1U); };
    std::size_t leaf = root;
    while (nodes_[2 * leaf] != columns_) leaf = next(leaf);
    const double path = thresholds_[leaf];
    path_sum += path;
    const double earned = path > 0.0 ? 1.0 / path - 1.0 / longest_path_ : 0.0;
    for (std::size_t at = root; at != leaf; at = next(at)) {
      if (rows_[nodes_[2 * at]] == rows_[nodes_[2 * at]]) credit[nodes_[2 * at]] += earned;
    }
  }
  return path_sum;
}

void isolation_forest::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  const row_kind kind = load_row(row.data(), rows_.data());
  if (kind == row_kind::not_scored) return;
  const double followed = credit_paths(contributions);
  const double isolation = isolation_of(kind == row_kind::finite ? followed : incomplete_path_sum_of(rows_.data()));
  if (explanation == "shap") {
    static_cast<void>(shapley_values(row, contributions));
    for (double& c : contributions) c = std::max(c, 0.0);
  }
  double total = 0.0;
  for (const double c : contributions) total += c;
  for (std::size_t c = 0; c < columns_; ++c) {
    const double share = total > 0.0 ? contributions[c] / total : 0.0;
    contributions[c] = isolation * share + out_of_box_weight * (excess(rows_[c], c) / static_cast<double>(columns_));
  }
}

}  // namespace millwright
