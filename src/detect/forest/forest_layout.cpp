#include "detect/forest/forest_layout.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "millwright/detect/forest/isolation_forest.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_inner_nodes = 255;  // of a tree that is worth evaluating whole
constexpr std::size_t most_thresholds = 255;   // of one feature in a group
constexpr std::size_t most_paths = 256;        // in a group

error misfit(std::string_view what) {
  return {errc::corrupt_file, isolation_forest::id, what, "save the bundle again from the fitted pipeline"};
}

float float_not_below(double x) noexcept {
  constexpr float largest = std::numeric_limits<float>::max();
  if (x > static_cast<double>(largest)) return std::numeric_limits<float>::infinity();
  if (x < -static_cast<double>(largest)) return -largest;
  const float rounded = static_cast<float>(x);
  return static_cast<double>(rounded) < x ? std::nextafter(rounded, std::numeric_limits<float>::infinity()) : rounded;
}

/// A test or a path length, as the tree holds it.
struct inner {
  std::uint32_t column;
  double threshold;
  std::uint32_t left, right;  ///< of the tree's nodes
  bool operator==(const inner&) const = default;
};

/// A tree without the nodes that decide nothing.
struct pruned_tree {
  std::vector<std::uint32_t> order;  ///< inner nodes, children before their parents
  std::vector<inner> nodes;          ///< by number in the tree; those of leaves mean nothing
  std::vector<double> path;          ///< of leaves, NaN of inner nodes
};

pruned_tree prune(std::span<const double> threshold, std::span<const std::uint16_t> node, std::size_t columns) {
  const std::size_t size = threshold.size();
  pruned_tree tree;
  tree.nodes.resize(size);
  tree.path.assign(size, math::nan);
  std::vector<bool> reached(size, false);
  reached[0] = true;
  for (std::size_t i = 0; i < size; ++i) {
    if (!reached[i] || node[2 * i] == columns) continue;
    reached[node[2 * i + 1]] = reached[node[2 * i + 1] + std::size_t{1}] = true;
  }
  for (std::size_t i = size; i-- > 0;) {
    if (!reached[i]) continue;
    if (node[2 * i] == columns) {
      tree.path[i] = threshold[i];
      continue;
    }
    const std::uint32_t left = node[2 * i + 1];
    if (tree.path[left] == tree.path[left + 1]) {
      tree.path[i] = tree.path[left];
    } else {
      tree.nodes[i] = {node[2 * i], threshold[i], left, left + 1};
      tree.order.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return tree;
}

/// The sorted numbers of a group, each with its place.
bool add_number(std::vector<double>& sorted, double x) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), x);
  if (at != sorted.end() && *at == x) return false;
  sorted.insert(at, x);
  return true;
}
std::size_t place_of(const std::vector<double>& sorted, double x) {
  return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), x) - sorted.begin());
}

/// The numbers as the middles of ever smaller halves, level after level, from the second place on; +infinity where there are none.
void append_search_tree(std::vector<double>& table, const std::vector<double>& sorted, unsigned steps) {
  const std::size_t first = table.size();
  table.resize(first + forest_table_size(steps), math::infinity);
  for (unsigned level = 0; level < steps; ++level) {
    const std::size_t half = std::size_t{1} << (steps - level - 1);
    for (std::size_t i = 0; i < std::size_t{1} << level; ++i) {
      const std::size_t middle = (2 * i + 1) * half - 1;
      if (middle < sorted.size()) table[first + (std::size_t{1} << level) + i] = sorted[middle];
    }
  }
}

/// Gathers trees as long as they fit together, then writes them into the layout.
class group_builder {
 public:
  group_builder(forest_layout& layout, std::size_t columns) : layout_(layout), by_column_(columns) {}

  /// False when the tree does not fit any more; nothing has changed then.
  bool add(pruned_tree&& tree) {
    std::vector<std::pair<std::uint32_t, double>> tests;
    std::vector<double> lengths;
    for (const std::uint32_t i : tree.order) {
      const inner& test = tree.nodes[i];
      if (add_number(by_column_[test.column], test.threshold)) tests.emplace_back(test.column, test.threshold);
    }
    for (const double path : tree.path) {
      if (path == path && add_number(paths_, path)) lengths.push_back(path);
    }
    bool fits = paths_.size() <= most_paths;
    for (const auto& test : tests) fits = fits && by_column_[test.first].size() <= most_thresholds;
    if (!fits) {
      for (const auto& test : tests) std::erase(by_column_[test.first], test.second);
      for (const double path : lengths) std::erase(paths_, path);
      return false;
    }
    trees_.push_back(std::move(tree));
    return true;
  }

  void finish() {
    const auto mark = [](const auto& v) { return static_cast<std::uint32_t>(v.size()); };
    forest_layout::tree_group group{mark(layout_.features), 0, mark(layout_.trees), 0, mark(layout_.paths)};
    std::vector<std::uint32_t> number_of_column(by_column_.size(), 0);
    for (std::size_t c = 0; c < by_column_.size(); ++c) {
      const auto& sorted = by_column_[c];
      if (sorted.empty()) continue;
      number_of_column[c] = mark(layout_.features) - group.first_feature;
      const auto steps = static_cast<std::uint32_t>(std::bit_width(sorted.size()));
      layout_.features.push_back({static_cast<std::uint32_t>(c), mark(layout_.thresholds), steps});
      append_search_tree(layout_.thresholds, sorted, steps);
    }
    for (const auto& tree : trees_) write(tree, number_of_column);
    layout_.paths.resize(layout_.paths.size() + most_paths, 0.0);
    for (std::size_t p = 0; p < paths_.size(); ++p) layout_.paths[group.paths + (p ^ 128U)] = paths_[p];
    group.end_feature = mark(layout_.features);
    group.end_tree = mark(layout_.trees);
    layout_.most_features = std::max<std::size_t>(layout_.most_features, group.end_feature - group.first_feature);
    layout_.groups.push_back(group);
    for (auto& sorted : by_column_) sorted.clear();
    paths_.clear();
    trees_.clear();
  }

 private:
  /// Nodes from the leaves upwards. A result takes the place of one of those it was chosen from, so there are never more of them than
  /// nodes with two leaves, 128.
  void write(const pruned_tree& tree, const std::vector<std::uint32_t>& number_of_column) {
    std::vector<std::uint16_t> slot(tree.path.size(), 0);
    std::vector<std::uint16_t> free;
    auto next = static_cast<std::uint16_t>(forest_constants);
    for (std::size_t i = 0; i < tree.path.size(); ++i) {
      if (tree.path[i] == tree.path[i]) slot[i] = static_cast<std::uint16_t>(place_of(paths_, tree.path[i]));
    }
    for (const std::uint32_t i : tree.order) {
      const inner& test = tree.nodes[i];
      const std::uint16_t left = slot[test.left];
      const std::uint16_t right = slot[test.right];
      if (left >= forest_constants) {
        slot[i] = left;
        if (right >= forest_constants) free.push_back(right);
      } else if (right >= forest_constants) {
        slot[i] = right;
      } else if (!free.empty()) {
        slot[i] = free.back();
        free.pop_back();
      } else {
        slot[i] = next++;
      }
      const std::size_t place = place_of(by_column_[test.column], test.threshold);
      layout_.nodes.push_back(
          {number_of_column[test.column], left, right, slot[i], static_cast<std::int8_t>(static_cast<int>(place) - 128)});
    }
    layout_.trees.push_back({static_cast<std::uint32_t>(layout_.nodes.size()), slot[0]});
  }

  forest_layout& layout_;
  std::vector<std::vector<double>> by_column_;
  std::vector<double> paths_;
  std::vector<pruned_tree> trees_;
};

}  // namespace

/// Every child lies behind its parent and inside its tree, so walks end and stay in bounds.
result<void> forest_layout::check(std::span<const double> threshold, std::span<const std::uint16_t> node,
                                  std::span<const std::int32_t> starts, std::size_t columns) {
  if (starts.size() < 2 || starts.front() != 0 || node.size() != 2 * threshold.size() ||
      static_cast<std::size_t>(std::max(starts.back(), 0)) != threshold.size()) {
    return misfit("the forest's arrays disagree in size");
  }
  std::vector<std::uint8_t> level;
  std::vector<std::uint8_t> parents;
  for (std::size_t t = 0; t + 1 < starts.size(); ++t) {
    if (starts[t + 1] <= starts[t] || starts[t] < 0 || static_cast<std::size_t>(starts[t + 1]) > threshold.size())
      return misfit("the forest's trees overlap");
    const auto root = static_cast<std::size_t>(starts[t]);
    const std::size_t size = static_cast<std::size_t>(starts[t + 1]) - root;
    level.assign(size, 0);
    parents.assign(size, 0);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t column = node[2 * (root + i)];
      const std::size_t left = node[2 * (root + i) + 1];
      const double value = threshold[root + i];
      if (!(value - value == 0.0)) return misfit("the forest holds a threshold that is not finite");
      if (column == columns) {
        if (left != i || value < 0.0) return misfit("the forest holds a leaf that is none");
        depth = std::max<std::size_t>(depth, level[i]);
        longest_path = std::max(longest_path, value);
        continue;
      }
      if (column > columns || left <= i || left + 1 >= size || level[i] >= deepest)
        return misfit("the forest holds a node that points outside its tree");
      for (std::size_t child = left; child < left + 2; ++child) {
        level[child] = std::max<std::uint8_t>(level[child], static_cast<std::uint8_t>(level[i] + 1));
        if (parents[child] != 0) is_forest = false;
        parents[child] = 1;
      }
    }
  }
  return {};
}

result<std::shared_ptr<const forest_layout>> forest_layout::make(std::span<const double> threshold, std::span<const std::uint16_t> node,
                                                                 std::span<const std::int32_t> starts, std::size_t columns) {
  auto layout = std::make_shared<forest_layout>();
  MILLWRIGHT_CHECK(layout->check(threshold, node, starts, columns));
  if (!layout->is_forest) return std::shared_ptr<const forest_layout>(std::move(layout));
  group_builder group(*layout, columns);
  bool fits = true;
  for (std::size_t t = 0; t + 1 < starts.size() && fits; ++t) {
    const auto root = static_cast<std::size_t>(starts[t]);
    const std::size_t size = static_cast<std::size_t>(starts[t + 1]) - root;
    pruned_tree tree = prune(threshold.subspan(root, size), node.subspan(2 * root, 2 * size), columns);
    fits = tree.order.size() <= most_inner_nodes;
    if (!fits || group.add(std::move(tree))) continue;
    group.finish();
    static_cast<void>(group.add(std::move(tree)));
  }
  if (fits) {
    group.finish();
    layout->has_ranks = true;
    layout->thresholds_f32.reserve(layout->thresholds.size());
    for (const double t : layout->thresholds) layout->thresholds_f32.push_back(float_not_below(t));
  } else {
    auto plain = std::make_shared<forest_layout>();
    plain->depth = layout->depth;
    plain->longest_path = layout->longest_path;
    layout = std::move(plain);
  }
  return std::shared_ptr<const forest_layout>(std::move(layout));
}

// ---- a block of rows ----------------------------------------------------------------------------------------------------

template <class Input>
void add_paths_of_block(const forest_layout& layout, const forest_kernels& kernels, const Input* rows, std::size_t count,
                        std::size_t stride, bool round_to_float32, std::int8_t* ranks, double* sums) noexcept {
  constexpr std::size_t trees_at_once = 8;
  alignas(64) std::int8_t slots[(forest_constants + forest_temporaries) * forest_block];
  alignas(64) std::int8_t kept[trees_at_once * forest_block];
  for (std::size_t k = 0; k < forest_constants; ++k)
    std::fill_n(slots + k * forest_block, forest_block, static_cast<std::int8_t>(static_cast<int>(k) - 128));
  for (const auto& group : layout.groups) {
    for (std::uint32_t f = group.first_feature; f < group.end_feature; ++f) {
      const auto& feature = layout.features[f];
      std::int8_t* rank = ranks + forest_block * (f - group.first_feature);
      const Input* x = rows + feature.column;
      if constexpr (sizeof(Input) == sizeof(float)) {
        kernels.rank_f32(x, stride, count, layout.thresholds_f32.data() + feature.thresholds, feature.steps, rank);
      } else if (round_to_float32) {
        kernels.rank_rounded(x, stride, count, layout.thresholds_f32.data() + feature.thresholds, feature.steps, rank);
      } else {
        kernels.rank_f64(x, stride, count, layout.thresholds.data() + feature.thresholds, feature.steps, rank);
      }
    }
    std::uint32_t node = group.first_tree == 0 ? 0 : layout.trees[group.first_tree - 1].end;
    const std::int8_t* roots[trees_at_once];
    std::size_t pending = 0;
    for (std::uint32_t t = group.first_tree; t < group.end_tree; ++t) {
      const auto& tree = layout.trees[t];
      kernels.select(layout.nodes.data() + node, tree.end - node, ranks, slots);
      node = tree.end;
      std::int8_t* root = kept + pending * forest_block;
      std::copy_n(slots + std::size_t{tree.root} * forest_block, forest_block, root);
      roots[pending++] = root;
      if (pending < trees_at_once && t + 1 < group.end_tree) continue;
      kernels.add_paths(roots, pending, layout.paths.data() + group.paths, sums);
      pending = 0;
    }
  }
}

template void add_paths_of_block(const forest_layout&, const forest_kernels&, const double*, std::size_t, std::size_t, bool, std::int8_t*,
                                 double*) noexcept;
template void add_paths_of_block(const forest_layout&, const forest_kernels&, const float*, std::size_t, std::size_t, bool, std::int8_t*,
                                 double*) noexcept;

// ---- sharing ------------------------------------------------------------------------------------------------------------

result<std::shared_ptr<const forest_layout>> forest_layout_slot::layout_of(const learned_array<double>& threshold,
                                                                           const learned_array<std::uint16_t>& node,
                                                                           const learned_array<std::int32_t>& tree_start,
                                                                           std::size_t columns) {
  const std::scoped_lock lock(mutex_);
  if (layout_ == nullptr || threshold.data() != threshold_.data() || node.data() != node_.data() ||
      tree_start.data() != tree_start_.data() || columns != columns_) {
    layout_ = nullptr;
    MILLWRIGHT_TRY(layout_, forest_layout::make(threshold.values(), node.values(), tree_start.values(), columns));
    threshold_ = threshold;
    node_ = node;
    tree_start_ = tree_start;
    columns_ = columns;
  }
  return layout_;
}

}  // namespace millwright::detail
