#include "millwright/detect/forest/extended_isolation_forest.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr std::size_t most_columns = 65535;
constexpr std::size_t deepest = 16384;
constexpr unsigned categories = 64;

error misfit(std::string_view what) {
  return {errc::corrupt_file, extended_isolation_forest::id, what, "save the bundle again from the fitted pipeline"};
}

error contradiction(std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, extended_isolation_forest::id, what, mend};
}

}  // namespace

// ---- checking -----------------------------------------------------------------------------------------------------------

result<void> extended_isolation_forest::check_options() const {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (dimensions > 1) {
    if (missing == "divide" || missing == "larger")
      return contradiction("a hyperplane has no side for a missing value", "choose missing = impute, or one dimension");
    if (explanation == "shap")
      return contradiction("Shapley values need splits of one column", "choose explanation = path, or one dimension");
    if (scoring == "boxed_density" || scoring == "boxed_ratio")
      return contradiction("a box needs splits of one column", "choose another scoring, or one dimension");
  }
  if (penalize_range && scoring != "depth" && scoring != "adjusted_depth")
    return contradiction("penalize_range takes from a depth, densities and volumes have none", "choose scoring = depth or adjusted_depth");
  if (penalize_range && explanation == "shap")
    return contradiction("Shapley values do not know of penalize_range", "choose explanation = path");
  if (!categorical.empty() && column_choice == "range") return contradiction("categories have no range", "choose column_choice = uniform");
  return {};
}

/// What a node may hold besides its children.
result<void> extended_isolation_forest::check_node(std::size_t node, std::size_t first_term, std::size_t last_term) const {
  const bool leaf = child_[node] == 0;
  if (leaf != (first_term == last_term)) return misfit("the forest holds a split without columns");
  const double threshold = threshold_[node];
  if (!(threshold - threshold == 0.0)) return misfit("the forest holds a threshold that is not finite");
  if (cover_.is_set() && cover_[node] == 0) return misfit("the forest holds a node without training rows");
  if (leaf) return {};
  if (left_share_.is_set() && !(left_share_[node] >= 0.0 && left_share_[node] <= 1.0))
    return misfit("the forest holds a share outside 0 to 1");
  if (range_.is_set() && !(range_[node] >= 0.0 && range_[node] <= math::infinity)) return misfit("the forest holds a negative range");
  for (std::size_t t = first_term; t < last_term; ++t) {
    if (term_column_[t] >= columns_) return misfit("the forest splits a column that it does not have");
    if (!detail::all_finite({&term_coefficient_.values()[t], 1}) || !detail::all_finite({&term_center_.values()[t], 1}))
      return misfit("the forest holds a term that is not finite");
    if (is_category(term_column_[t]) && last_term - first_term != 1) return misfit("the forest combines categories");
  }
  if ((divides_ || shap_) && last_term - first_term != 1) return misfit("the forest combines columns where it must not");
  return {};
}

/// Nodes lie breadth first, so that every one has one parent before it: walks end, and both sides together visit a node once.
result<void> extended_isolation_forest::check_model(std::size_t width) {
  const auto starts = tree_start_.values();
  const auto terms = term_start_.values();
  const std::size_t nodes = threshold_.size();
  const auto fits = [](const auto& array, std::size_t count) { return !array.is_set() || array.size() == count; };
  if (starts.size() < 2 || starts.front() != 0 || nodes == 0 || static_cast<std::size_t>(std::max(starts.back(), 0)) != nodes ||
      child_.size() != nodes || terms.size() != nodes + 1 || terms.front() != 0 ||
      static_cast<std::size_t>(std::max(terms.back(), 0)) != term_column_.size() || term_coefficient_.size() != term_column_.size() ||
      term_center_.size() != term_column_.size() || !fits(left_share_, nodes) || !fits(cover_, nodes) || !fits(range_, nodes) ||
      !fits(categories_left_, nodes) || !fits(is_categorical_, width) || !fits(fill_, width) ||
      is_categorical_.is_set() != categories_left_.is_set()) {
    return misfit("the forest's arrays disagree in size");
  }
  if (sample_size_ < 2 || sample_size_ > 16384) return misfit("the forest's sample size is out of range");
  depth_ = 0;
  longest_path_ = 0.0;
  std::vector<std::uint32_t> depth;
  for (std::size_t t = 0; t + 1 < starts.size(); ++t) {
    if (starts[t] < 0 || starts[t + 1] <= starts[t] || static_cast<std::size_t>(starts[t + 1]) > nodes)
      return misfit("the forest's trees overlap");
    const auto root = static_cast<std::size_t>(starts[t]);
    const std::size_t size = static_cast<std::size_t>(starts[t + 1]) - root;
    depth.assign(size, 0);
    std::size_t next = 1;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t node = root + i;
      if (terms[node] < 0 || terms[node + 1] < terms[node] || static_cast<std::size_t>(terms[node + 1]) > term_column_.size())
        return misfit("the forest's terms overlap");
      MILLWRIGHT_CHECK(check_node(node, static_cast<std::size_t>(terms[node]), static_cast<std::size_t>(terms[node + 1])));
      if (child_[node] == 0) {
        depth_ = std::max<std::size_t>(depth_, depth[i]);
        longest_path_ = std::max(longest_path_, threshold_[node]);
        continue;
      }
      if (child_[node] < 0 || static_cast<std::size_t>(child_[node]) != next || next + 1 >= size || depth[i] >= deepest)
        return misfit("the forest holds a node that points outside its tree");
      depth[next] = depth[next + 1] = depth[i] + 1;
      next += 2;
    }
    if (next != size) return misfit("the forest holds a node without a parent");
  }
  return {};
}

result<port> extended_isolation_forest::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (!tree_start_.is_set() || !child_.is_set() || !threshold_.is_set() || !term_start_.is_set() || !term_column_.is_set() ||
      !term_coefficient_.is_set() || !term_center_.is_set() || !box_low_.is_set() || !box_high_.is_set()) {
    return error(errc::not_fitted, id, "the isolation forest has not learned yet", "fit the pipeline first");
  }
  MILLWRIGHT_CHECK(check_options());
  const std::size_t width = box_low_.size();
  if (in.columns.size() != width) {
    return error(errc::incompatible, id,
                 "the isolation forest learned " + std::to_string(width) + " columns, the input has " + std::to_string(in.columns.size()),
                 "use the features that it was fitted with");
  }
  if (width == 0 || width > most_columns || box_high_.size() != width || !detail::all_finite(box_low_.values()) ||
      !detail::all_finite(box_high_.values()) || !detail::all_finite(fill_.values())) {
    return misfit("the forest's training box does not fit");
  }
  columns_ = width;
  tree_count_ = tree_start_.size() - 1;
  shap_ = explanation == "shap";
  divides_ = missing == "divide" || missing == "larger";
  imputes_ = missing == "impute";
  if ((shap_ && !cover_.is_set()) || (divides_ && !left_share_.is_set()) || (imputes_ && !fill_.is_set()) ||
      (penalize_range && !range_.is_set())) {
    return error(errc::incompatible, id, "the forest was fitted without what these options need", "fit it again with these options");
  }
  MILLWRIGHT_CHECK(check_model(width));
  numeric_columns_ = 0;
  for (std::size_t c = 0; c < width; ++c) numeric_columns_ += is_category(c) ? 0 : 1;
  normalizer_ = isolation_forest::average_path(sample_size_);
  depth_scored_ = scoring == "depth" || scoring == "adjusted_depth";
  if (!depth_scored_) longest_path_ = static_cast<double>(depth_ + 1);
  take(memory);
  return port::of({std::string(id)});
}

void extended_isolation_forest::take(workspace& memory) noexcept {
  row_ = memory.carve_scratch<double>(columns_);
  branches_ = memory.carve_scratch<branch>(depth_ + 1);
  if (shap_) shapley_.take(depth_, columns_, memory);
}

// ---- running ------------------------------------------------------------------------------------------------------------

/// Copies the row, missing values filled in where they are imputed.
extended_isolation_forest::loaded extended_isolation_forest::load_row(std::span<const double> row) const noexcept {
  std::size_t unknown = 0;
  for (std::size_t c = 0; c < columns_; ++c) {
    row_[c] = row[c];
    if (row[c] != row[c]) {
      ++unknown;
      if (imputes_) row_[c] = fill_[c];
    } else if (row[c] - row[c] != 0.0) {
      return loaded::refused;
    }
  }
  if (unknown == 0) return loaded::complete;
  return unknown < columns_ && (divides_ || imputes_) ? loaded::with_missing : loaded::refused;
}

/// Share of the row that goes left: 0 or 1, or that of a missing value; and how far from the threshold it passes.
double extended_isolation_forest::goes_left(std::size_t node, double& distance) const noexcept {
  const auto first = static_cast<std::size_t>(term_start_[node]);
  const auto last = static_cast<std::size_t>(term_start_[node + 1]);
  distance = 0.0;
  const double x = row_[term_column_[first]];
  if (is_category(term_column_[first])) {
    if (x != x) return left_share_[node];
    const bool known = x >= 0.0 && x < static_cast<double>(categories) && x == static_cast<double>(static_cast<unsigned>(x));
    if (!known) return threshold_[node] > 0.5 ? 1.0 : 0.0;
    return static_cast<double>(static_cast<std::uint64_t>(categories_left_[node]) >> static_cast<unsigned>(x) & 1U);
  }
  if (divides_ && x != x) return left_share_[node];
  double z = 0.0;
  for (std::size_t t = first; t < last; ++t) z += term_coefficient_[t] * (row_[term_column_[t]] - term_center_[t]);
  distance = std::fabs(z - threshold_[node]);
  return z >= threshold_[node] ? 0.0 : 1.0;
}

double extended_isolation_forest::tree_value(std::size_t root) const noexcept {
  double value = 0.0;
  std::size_t waiting = 0;
  branch at{root, 1.0, 0.0};
  for (;;) {
    if (child_[at.node] == 0) {
      value += at.weight * (threshold_[at.node] - at.penalty);
      if (waiting == 0) return value;
      at = branches_[--waiting];
      continue;
    }
    double distance = 0.0;
    const double left = goes_left(at.node, distance);
    if (penalize_range && distance > range_[at.node]) at.penalty += 1.0;
    const std::size_t child = root + static_cast<std::size_t>(child_[at.node]);
    if (left > 0.0 && left < 1.0) branches_[waiting++] = {child + 1, at.weight * (1.0 - left), at.penalty};
    at.node = child + (left > 0.0 ? 0 : 1);
    if (left > 0.0) at.weight *= left;
  }
}

double extended_isolation_forest::mean_value() const noexcept {
  double sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) sum += tree_value(static_cast<std::size_t>(tree_start_[t]));
  return sum / static_cast<double>(tree_count_);
}

double extended_isolation_forest::isolation(double mean) const noexcept {
  if (depth_scored_) return math::exp2(-mean / normalizer_);
  return -mean;
}

/// The column's part of the out-of-box term.
double extended_isolation_forest::out_of_box(std::size_t column) const noexcept {
  const double low = box_low_[column];
  const double high = box_high_[column];
  const double x = row_[column];
  if (out_of_box_weight == 0.0 || is_category(column) || !(low < high)) return 0.0;
  const double excess = x > high ? (x - high) / (high - low) : x < low ? (low - x) / (high - low) : 0.0;
  return out_of_box_weight * (excess / static_cast<double>(numeric_columns_));
}

void extended_isolation_forest::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    const loaded how = load_row(in[r]);
    double score = math::nan;
    if (how != loaded::refused) {
      score = isolation(mean_value());
      for (std::size_t c = 0; c < columns_; ++c) score += out_of_box(c);
    }
    out[r][0] = score;
    if (how == loaded::with_missing && out.meta != nullptr) out.meta[r].quality |= bits(quality::undefined_feature);
  }
}

// ---- explaining ---------------------------------------------------------------------------------------------------------

/// One tree as tree_shap reads it.
class extended_isolation_forest::tree_view {
 public:
  tree_view(const extended_isolation_forest& forest, std::size_t tree)
      : forest_(forest), root_(static_cast<std::size_t>(forest.tree_start_[tree])) {}

  [[nodiscard]] std::size_t root() const noexcept { return root_; }
  [[nodiscard]] bool is_leaf(std::size_t node) const noexcept { return forest_.child_[node] == 0; }
  [[nodiscard]] double value(std::size_t node) const noexcept { return forest_.threshold_[node]; }
  [[nodiscard]] std::size_t left(std::size_t node) const noexcept { return root_ + static_cast<std::size_t>(forest_.child_[node]); }
  [[nodiscard]] std::size_t column(std::size_t node) const noexcept {
    return forest_.term_column_[static_cast<std::size_t>(forest_.term_start_[node])];
  }
  [[nodiscard]] double trained_left(std::size_t node) const noexcept {
    const auto left_rows = static_cast<double>(forest_.cover_[left(node)]);
    return left_rows / (left_rows + static_cast<double>(forest_.cover_[left(node) + 1]));
  }
  [[nodiscard]] double goes_left(std::size_t node) const noexcept {
    double distance = 0.0;
    return forest_.goes_left(node, distance);
  }

 private:
  const extended_isolation_forest& forest_;
  std::size_t root_;
};

double extended_isolation_forest::shapley_values(std::span<const double> row, std::span<double> values) noexcept {
  const bool able = shap_ && load_row(row) != loaded::refused;
  std::fill(values.begin(), values.end(), able ? 0.0 : math::nan);
  if (!able) return math::nan;
  double expected = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) expected += shapley_.add(tree_view(*this, t), values);
  for (double& v : values) v /= static_cast<double>(tree_count_);
  return expected / static_cast<double>(tree_count_);
}

/// Columns on the paths that isolate early earn more; a column whose value is missing earns nothing.
void extended_isolation_forest::credit_paths(std::span<double> credit) const noexcept {
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const auto root = static_cast<std::size_t>(tree_start_[t]);
    double distance = 0.0;
    const auto next = [&](std::size_t at) {
      return root + static_cast<std::size_t>(child_[at]) + (goes_left(at, distance) >= 0.5 ? 0U : 1U);
    };
    std::size_t leaf = root;
    std::size_t steps = 0;
    for (; child_[leaf] != 0; leaf = next(leaf)) ++steps;
    const double path = depth_scored_ ? threshold_[leaf] : static_cast<double>(steps);
    const double earned = path > 0.0 ? 1.0 / path - 1.0 / longest_path_ : 0.0;
    for (std::size_t at = root; at != leaf; at = next(at)) {
      const auto first = static_cast<std::size_t>(term_start_[at]);
      const auto last = static_cast<std::size_t>(term_start_[at + 1]);
      if (last - first == 1) {
        if (row_[term_column_[first]] == row_[term_column_[first]]) credit[term_column_[first]] += earned;
        continue;
      }
      const auto pull = [&](std::size_t term) {
        return std::fabs(term_coefficient_[term] * (row_[term_column_[term]] - term_center_[term]));
      };
      double sum = 0.0;
      for (std::size_t i = first; i < last; ++i) sum += pull(i);
      if (!(sum > 0.0 && sum < math::infinity)) continue;
      for (std::size_t i = first; i < last; ++i) credit[term_column_[i]] += earned * (pull(i) / sum);
    }
  }
}

void extended_isolation_forest::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (load_row(row) == loaded::refused) return;
  const double share_out = std::max(isolation(mean_value()), 0.0);
  if (shap_) {
    static_cast<void>(shapley_values(row, contributions));
    for (double& c : contributions) c = std::max(-c, 0.0);
  } else {
    credit_paths(contributions);
  }
  double total = 0.0;
  for (double c : contributions) total += c;
  for (std::size_t c = 0; c < columns_; ++c)
    contributions[c] = (total > 0.0 ? share_out * (contributions[c] / total) : 0.0) + out_of_box(c);
}

}  // namespace millwright
