#include "detect/forest/random_cut_tree.hpp"

#include <algorithm>

namespace millwright::detail {

using node_id = random_cut_tree::node_id;

void random_cut_tree::clear() noexcept {
  std::fill(parent.begin(), parent.end(), none);
  std::fill(count.begin(), count.end(), std::uint16_t{0});
  std::fill(left.begin(), left.end(), none);
  std::fill(right.begin(), right.end(), none);
  std::fill(cut_column.begin(), cut_column.end(), std::uint16_t{0});
  std::fill(leaf_of.begin(), leaf_of.end(), none);
  for (const auto numbers : {cut, low, high, point}) std::fill(numbers.begin(), numbers.end(), 0.0);
  root = none;
  oldest = 0;
  size = 0;
}

std::span<const double> random_cut_tree::low_of(node_id n) const noexcept {
  return is_leaf(n) ? point.subspan(n * columns, columns) : low.subspan(branch(n) * columns, columns);
}
std::span<const double> random_cut_tree::high_of(node_id n) const noexcept {
  return is_leaf(n) ? point.subspan(n * columns, columns) : high.subspan(branch(n) * columns, columns);
}
node_id random_cut_tree::sibling(node_id n) const noexcept {
  const std::size_t b = branch(parent[n]);
  return left[b] == n ? right[b] : left[b];
}

/// The way of x from the root to where a cut separates it; on_step(node, child, other child) for each branch that it passes.
template <class OnStep>
random_cut_tree::place random_cut_tree::find(std::span<const double> x, random_stream& random, OnStep&& on_step) const noexcept {
  place p;
  node_id at = root;
  for (std::size_t steps = 0; steps < capacity; ++steps) {  // no way is longer
    const auto lowest = low_of(at);
    const auto highest = high_of(at);
    double total = 0.0;
    for (std::size_t c = 0; c < columns; ++c) total += std::max(highest[c], x[c]) - std::min(lowest[c], x[c]);
    p.above = at;
    if (is_leaf(at) && total == 0.0) {
      p.is_equal = true;
      return p;
    }
    // A uniform place on all ranges laid end to end; rounding may miss the last range by a little, so it takes what is left.
    const double place_on_all = random.uniform() * total;
    double end = 0.0;
    std::size_t column = columns;
    for (std::size_t c = 0; c < columns; ++c) {
      const double range = std::max(highest[c], x[c]) - std::min(lowest[c], x[c]);
      if (!(range > 0.0)) continue;
      column = c;
      end += range;
      if (place_on_all <= end) break;
    }
    if (column < columns) {
      p.column = static_cast<std::uint16_t>(column);
      p.cut = std::min(lowest[column], x[column]) + (end - place_on_all);
      // Strictly on either side, whatever rounding does: x <= cut < box, or box <= cut < x.
      if (x[column] < lowest[column] && (p.cut < lowest[column] || is_leaf(at))) {
        if (!(p.cut < lowest[column])) p.cut = x[column];
        p.is_left = true;
        return p;
      }
      if (x[column] > highest[column] && (p.cut >= highest[column] || is_leaf(at))) {
        if (!(p.cut < x[column])) p.cut = highest[column];
        return p;
      }
    }
    if (is_leaf(at)) return p;
    const std::size_t b = branch(at);
    const bool goes_left = x[cut_column[b]] <= cut[b];
    const node_id next = goes_left ? left[b] : right[b];
    on_step(at, next, goes_left ? right[b] : left[b]);
    at = next;
  }
  return p;
}

double random_cut_tree::codisp(std::span<const double> x, random_stream random) const noexcept {
  if (root == none) return 0.0;
  double largest = 0.0;
  const place p = find(x, random, [&](node_id, node_id child, node_id other) {
    largest = std::max(largest, static_cast<double>(count[other]) / (static_cast<double>(count[child]) + 1.0));
  });
  return p.is_equal ? largest : std::max(largest, static_cast<double>(count[p.above]));
}

double random_cut_tree::codisp_of(node_id leaf) const noexcept {
  double largest = 0.0;
  for (node_id at = leaf; parent[at] != none; at = parent[at])
    largest = std::max(largest, static_cast<double>(count[sibling(at)]) / static_cast<double>(count[at]));
  return largest;
}

void random_cut_tree::replace_child(node_id parent_node, node_id from, node_id to) noexcept {
  parent[to] = parent_node;
  if (parent_node == none) {
    root = to;
  } else if (left[branch(parent_node)] == from) {
    left[branch(parent_node)] = to;
  } else {
    right[branch(parent_node)] = to;
  }
}

void random_cut_tree::set_box(node_id n) noexcept {
  const std::size_t b = branch(n);
  const auto left_low = low_of(left[b]), left_high = high_of(left[b]);
  const auto right_low = low_of(right[b]), right_high = high_of(right[b]);
  for (std::size_t c = 0; c < columns; ++c) {
    low[b * columns + c] = std::min(left_low[c], right_low[c]);
    high[b * columns + c] = std::max(left_high[c], right_high[c]);
  }
}

void random_cut_tree::insert(std::span<const double> x, random_stream random) noexcept {
  const auto free_among = [&](std::size_t first, std::size_t last) {
    const auto found = std::find(count.begin() + static_cast<std::ptrdiff_t>(first), count.begin() + static_cast<std::ptrdiff_t>(last), 0);
    return static_cast<node_id>(found - count.begin());
  };
  const auto remember = [&](node_id leaf) {
    leaf_of[(std::size_t{oldest} + size) % capacity] = leaf;
    ++size;
  };
  place p;
  if (root != none) {
    p = find(x, random, [](node_id, node_id, node_id) {});
    if (p.is_equal) {
      for (node_id at = p.above; at != none; at = parent[at]) ++count[at];
      return remember(p.above);
    }
  }
  const node_id leaf = free_among(0, capacity);
  std::copy(x.begin(), x.end(), point.begin() + static_cast<std::ptrdiff_t>(leaf * columns));
  count[leaf] = 1;
  parent[leaf] = none;
  remember(leaf);
  if (root == none) {
    root = leaf;
    return;
  }
  const node_id added = free_among(capacity, 2 * capacity);
  const std::size_t b = branch(added);
  replace_child(parent[p.above], p.above, added);
  parent[p.above] = added;
  parent[leaf] = added;
  left[b] = p.is_left ? leaf : p.above;
  right[b] = p.is_left ? p.above : leaf;
  cut_column[b] = p.column;
  cut[b] = p.cut;
  count[added] = count[p.above];
  for (node_id at = added; at != none; at = parent[at]) {
    ++count[at];
    set_box(at);
  }
}

void random_cut_tree::remove_oldest() noexcept {
  const node_id leaf = leaf_of[oldest];
  leaf_of[oldest] = none;
  oldest = static_cast<std::uint16_t>((std::size_t{oldest} + 1) % capacity);
  --size;
  for (node_id at = leaf; at != none; at = parent[at]) --count[at];
  if (count[leaf] > 0) return;  // others are equal to it
  if (leaf == root) {
    root = none;
    return;
  }
  const node_id removed = parent[leaf];
  replace_child(parent[removed], removed, sibling(leaf));
  count[removed] = 0;
  for (node_id at = parent[removed]; at != none; at = parent[at]) set_box(at);
}

void random_cut_tree::attribute(std::span<const double> x, std::span<double> contributions) const noexcept {
  node_id at = root;
  double reached = 1.0;
  for (std::size_t steps = 0; at != none && steps < capacity; ++steps) {
    const auto lowest = low_of(at);
    const auto highest = high_of(at);
    double total = 0.0;
    for (std::size_t c = 0; c < columns; ++c) total += std::max(highest[c], x[c]) - std::min(lowest[c], x[c]);
    if (total > 0.0) {
      double separated = 0.0;
      for (std::size_t c = 0; c < columns; ++c) {
        const double share = (std::max(lowest[c] - x[c], 0.0) + std::max(x[c] - highest[c], 0.0)) / total;
        contributions[c] += reached * share * static_cast<double>(count[at]);
        separated += share;
      }
      reached *= std::max(1.0 - separated, 0.0);
    }
    if (is_leaf(at)) return;
    const std::size_t b = branch(at);
    at = x[cut_column[b]] <= cut[b] ? left[b] : right[b];
  }
}

bool random_cut_tree::is_valid() const noexcept {
  if (size > capacity || oldest >= capacity) return false;
  const std::size_t nodes = 2 * capacity;
  if ((size == 0) != (root == none) || (root != none && (root >= nodes || count[root] != size || parent[root] != none))) return false;
  // Each used node but the root is the child of its parent, and each used branch the parent of its two children. As counts add up
  // and are positive, a parent counts more than its child, so ways upward end; they can only end at the root.
  for (std::size_t n = 0; n < nodes; ++n) {
    if (count[n] == 0) continue;
    if (count[n] > size) return false;
    if (n != root) {
      const std::size_t p = parent[n];
      if (p < capacity || p >= nodes || count[p] == 0 || (left[p - capacity] == n) == (right[p - capacity] == n)) return false;
    }
    if (n < capacity) {
      for (const double v : point.subspan(n * columns, columns)) {
        if (!(v >= -1e9 && v <= 1e9)) return false;
      }
      continue;
    }
    const std::size_t b = n - capacity;
    if (left[b] >= nodes || right[b] >= nodes || parent[left[b]] != n || parent[right[b]] != n || cut_column[b] >= columns) return false;
    if (count[left[b]] == 0 || count[right[b]] == 0 || count[left[b]] + count[right[b]] != count[n]) return false;
    if (!(cut[b] >= -1e9 && cut[b] <= 1e9)) return false;
  }
  // The ring holds each leaf as often as it counts, so that removing the oldest never removes too much.
  std::fill(scratch.begin(), scratch.end(), std::uint16_t{0});
  for (std::size_t i = 0; i < size; ++i) {
    const node_id leaf = leaf_of[(oldest + i) % capacity];
    if (leaf >= capacity) return false;
    ++scratch[leaf];
  }
  if (!std::equal(scratch.begin(), scratch.end(), count.begin())) return false;
  for (std::size_t n = capacity; n < nodes; ++n) {
    if (count[n] == 0) continue;
    const std::size_t b = n - capacity;
    const auto left_low = low_of(left[b]), left_high = high_of(left[b]);
    const auto right_low = low_of(right[b]), right_high = high_of(right[b]);
    for (std::size_t c = 0; c < columns; ++c) {
      if (low[b * columns + c] != std::min(left_low[c], right_low[c]) || high[b * columns + c] != std::max(left_high[c], right_high[c]))
        return false;
    }
  }
  return true;
}

}  // namespace millwright::detail
