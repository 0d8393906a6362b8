#include "millwright/detect/forest/online_isolation_forest.hpp"

#include <algorithm>
#include <utility>

#include "detect/forest/streaming_forest_fit.hpp"
#include "detect/forest/uniform_extremes.hpp"

namespace millwright {

namespace {
constexpr std::size_t fewest_rows = 8;
}

result<port> online_isolation_forest::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  tree_count_ = static_cast<std::size_t>(trees);
  window_ = static_cast<std::size_t>(window);
  MILLWRIGHT_CHECK(prepare_rows(id, in, window_));
  leaf_rows_ = fitted_leaf_rows_;
  if (leaf_rows_ < 2 || static_cast<std::uint64_t>(leaf_rows_) > std::max<std::uint64_t>(2, model_rows_ / 2))
    return error(errc::corrupt_file, id, "the forest's leaves do not fit its rows", "save the bundle again from the fitted pipeline");
  // The deepest leaf: no node of that depth may split even when the window is full.
  std::size_t deepest = 0;
  for (std::int64_t rows = leaf_rows_; rows < window; rows *= 4) ++deepest;
  nodes_ = (std::size_t{2} << deepest) - 1;
  take(memory);
  return port::of({std::string(id)});
}

void online_isolation_forest::take(workspace& memory) noexcept {
  take_row(memory);
  splits_ = memory.carve<std::uint64_t>(tree_count_);
  count_ = memory.carve<std::int32_t>(tree_count_ * nodes_);
  column_ = memory.carve<std::uint16_t>(tree_count_ * nodes_);
  threshold_ = memory.carve<double>(tree_count_ * nodes_);
  for (auto* each : {&low_, &high_}) *each = memory.carve<double>(tree_count_ * nodes_ * columns_);
  seen_.take(columns_, memory);
  held_ = memory.carve<double>(window_ * columns_);
}

void online_isolation_forest::reset() noexcept {
  seen_.reset();
  filled_ = 0;
  next_ = 0;
  std::fill(splits_.begin(), splits_.end(), std::uint64_t{0});
  std::fill(count_.begin(), count_.end(), 0);
  std::fill(column_.begin(), column_.end(), no_column);
  for (const auto numbers : {threshold_, low_, high_, held_}) std::fill(numbers.begin(), numbers.end(), 0.0);
  learn_model_rows(*this);
}

bool online_isolation_forest::state_is_valid() const noexcept {
  // Halves start from drawn points, not from the rows that will leave them, so that each level may be off by a window.
  const auto most = static_cast<std::int32_t>(32 * window_);
  if (filled_ < model_rows_ || filled_ > window_ || next_ >= window_ || !seen_.is_valid()) return false;
  const auto limited = [](double v) { return v >= -1e9 && v <= 1e9; };
  for (const auto numbers : {threshold_, low_, high_, held_}) {
    if (!std::all_of(numbers.begin(), numbers.end(), limited)) return false;
  }
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const tree nodes = tree_at(t);
    if (nodes.count[0] != static_cast<std::int32_t>(filled_)) return false;
    for (std::size_t i = 0; i < nodes_; ++i) {
      if (nodes.count[i] < -most || nodes.count[i] > most) return false;
      if (nodes.column[i] == no_column) continue;
      if (nodes.column[i] >= columns_ || 2 * i + 2 >= nodes_ ||
          std::int64_t{nodes.count[2 * i + 1]} + nodes.count[2 * i + 2] != nodes.count[i])
        return false;
    }
  }
  return true;
}

online_isolation_forest::tree online_isolation_forest::tree_at(std::size_t t) const noexcept {
  const auto part = [t](auto values, std::size_t size) { return values.subspan(t * size, size); };
  return {part(count_, nodes_), part(column_, nodes_), part(threshold_, nodes_), part(low_, nodes_ * columns_),
          part(high_, nodes_ * columns_)};
}

/// count >= leaf_rows 2^depth and depth < log4(filled / leaf_rows)
bool online_isolation_forest::may_split(std::int64_t count, std::size_t depth) const noexcept {
  return count >= leaf_rows_ << depth && leaf_rows_ << (2 * depth) < static_cast<std::int64_t>(filled_);
}

double online_isolation_forest::path_beyond(double rows) const noexcept {
  const double leaves = rows / static_cast<double>(leaf_rows_);
  return leaves > 1.0 ? 0.5 * math::log2(leaves) : 0.0;
}

double online_isolation_forest::score(std::span<const double> x) const noexcept {
  double sum = 0.0;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const tree nodes = tree_at(t);
    std::size_t node = 0;
    double depth = 0.0;
    for (; nodes.column[node] != no_column; depth += 1.0) node = half_of(nodes, node, x);
    sum += depth + path_beyond(static_cast<double>(nodes.count[node]));
  }
  const double normal = path_beyond(static_cast<double>(filled_));
  const double isolation = normal > 0.0 ? math::exp2(-(sum / static_cast<double>(tree_count_)) / normal) : 1.0;
  return isolation + out_of_box_weight * seen_.mean_excess(x);
}

// ---- learning and forgetting --------------------------------------------------------------------------------------------

void online_isolation_forest::learn_row(std::span<const double> x) noexcept {
  seen_.extend(x);
  const std::span<double> slot = held_.subspan(next_ * columns_, columns_);
  if (filled_ == window_) {
    for (std::size_t t = 0; t < tree_count_; ++t) forget_in(t, slot);
    --filled_;
  }
  std::copy(x.begin(), x.end(), slot.begin());
  next_ = static_cast<std::uint32_t>((std::size_t{next_} + 1) % window_);
  ++filled_;
  for (std::size_t t = 0; t < tree_count_; ++t) learn_in(t, x);
}

void online_isolation_forest::learn_in(std::size_t t, std::span<const double> x) noexcept {
  const tree nodes = tree_at(t);
  std::size_t node = 0;
  std::size_t depth = 0;
  ++nodes.count[0];
  for (; nodes.column[node] != no_column; ++depth) {
    node = half_of(nodes, node, x);
    ++nodes.count[node];
  }
  const bool first = filled_ == 1;
  for (std::size_t c = 0; c < columns_; ++c) {
    double& low = nodes.low[node * columns_ + c];
    double& high = nodes.high[node * columns_ + c];
    low = first ? x[c] : std::min(low, x[c]);
    high = first ? x[c] : std::max(high, x[c]);
  }
  if (!may_split(nodes.count[node], depth)) return;
  random_stream random(static_cast<std::uint64_t>(seed), splits_[t] * tree_count_ + t);
  ++splits_[t];
  draw_box(nodes, node, random);
  split(nodes, node, depth, random);
}

void online_isolation_forest::forget_in(std::size_t t, std::span<const double> x) noexcept {
  const tree nodes = tree_at(t);
  std::size_t node = 0;
  for (std::size_t depth = 0;; ++depth) {
    --nodes.count[node];
    if (nodes.column[node] == no_column) return;
    if (nodes.count[node] < leaf_rows_ << depth) return join(nodes, node);
    node = half_of(nodes, node, x);
  }
}

/// Makes a leaf of a branch; its box is that of the leaves below. As deep as a tree.
void online_isolation_forest::join(const tree& nodes, std::size_t node) const noexcept {
  if (nodes.column[node] == no_column) return;
  nodes.column[node] = no_column;
  const std::size_t first = 2 * node + 1;
  join(nodes, first);
  join(nodes, first + 1);
  for (std::size_t c = 0; c < columns_; ++c) {
    nodes.low[node * columns_ + c] = std::min(nodes.low[first * columns_ + c], nodes.low[(first + 1) * columns_ + c]);
    nodes.high[node * columns_ + c] = std::max(nodes.high[first * columns_ + c], nodes.high[(first + 1) * columns_ + c]);
  }
}

/// Shrinks the box of a leaf to that of as many points, drawn uniformly from it, as the leaf counts rows.
void online_isolation_forest::draw_box(const tree& nodes, std::size_t node, random_stream& random) const noexcept {
  for (std::size_t c = 0; c < columns_; ++c) {
    double& low = nodes.low[node * columns_ + c];
    double& high = nodes.high[node * columns_ + c];
    const detail::extremes drawn = detail::extremes_of_uniform(low, high, nodes.count[node], random);
    low = drawn.smallest;
    high = drawn.largest;
  }
}

/// Splits a leaf whose box is the hull of its points, and its halves, as long as they may be split. As deep as a tree.
void online_isolation_forest::split(const tree& nodes, std::size_t node, std::size_t depth, random_stream& random) const noexcept {
  if (!may_split(nodes.count[node], depth)) return;
  const auto low = nodes.low.subspan(node * columns_, columns_);
  const auto high = nodes.high.subspan(node * columns_, columns_);
  std::uint64_t varying = 0;
  for (std::size_t c = 0; c < columns_; ++c) varying += low[c] < high[c] ? 1U : 0U;
  if (varying == 0) return;
  std::uint64_t left = random.below(varying);
  std::size_t column = 0;
  for (;; ++column) {
    if (low[column] < high[column] && left-- == 0) break;
  }
  const double at = low[column] + random.uniform() * (high[column] - low[column]);
  const double threshold = at > low[column] ? at : high[column];  // each half gets one of the extreme points at least
  nodes.column[node] = static_cast<std::uint16_t>(column);
  nodes.threshold[node] = threshold;
  const double share = (threshold - low[column]) / (high[column] - low[column]);
  std::int32_t first = 1;
  for (std::int32_t i = 2; i < nodes.count[node]; ++i) first += random.uniform() < share ? 1 : 0;
  for (const std::size_t half : {std::size_t{1}, std::size_t{2}}) {
    nodes.column[2 * node + half] = no_column;
    nodes.count[2 * node + half] = half == 1 ? first : nodes.count[node] - first;
  }
  for (std::size_t c = 0; c < columns_; ++c) halve_box(nodes, node, c, random);
  split(nodes, 2 * node + 1, depth + 1, random);
  split(nodes, 2 * node + 2, depth + 1, random);
}

/// The extent of both halves' points in one column. In the column of the split the halves share the range; in any other, each
/// point is as likely to be the smallest or the largest.
void online_isolation_forest::halve_box(const tree& nodes, std::size_t node, std::size_t column, random_stream& random) const noexcept {
  const double low = nodes.low[node * columns_ + column];
  const double high = nodes.high[node * columns_ + column];
  const double threshold = nodes.threshold[node];
  const std::int32_t count = nodes.count[node];
  const std::int32_t first = nodes.count[2 * node + 1];
  detail::extremes of[2];
  if (column == nodes.column[node]) {
    of[0] = detail::extremes_with(low, threshold, first, true, false, random);
    of[1] = detail::extremes_with(threshold, high, count - first, false, true, random);
  } else {
    const bool smallest_first = random.below(static_cast<std::uint64_t>(count)) < static_cast<std::uint64_t>(first);
    const std::int32_t others = first - (smallest_first ? 1 : 0);
    const bool largest_first = random.below(static_cast<std::uint64_t>(count - 1)) < static_cast<std::uint64_t>(others);
    of[0] = detail::extremes_with(low, high, first, smallest_first, largest_first, random);
    of[1] = detail::extremes_with(low, high, count - first, !smallest_first, !largest_first, random);
  }
  for (std::size_t half = 0; half < 2; ++half) {
    nodes.low[(2 * node + 1 + half) * columns_ + column] = of[half].smallest;
    nodes.high[(2 * node + 1 + half) * columns_ + column] = of[half].largest;
  }
}

// ---- explaining and fitting ---------------------------------------------------------------------------------------------

void online_isolation_forest::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!load(row)) return;
  for (std::size_t t = 0; t < tree_count_; ++t) {
    const tree nodes = tree_at(t);
    std::size_t node = 0;
    while (nodes.column[node] != no_column) {
      const std::size_t half = half_of(nodes, node, x_);
      const double rows = std::max(nodes.count[half], 0);
      const double bits = math::log2((static_cast<double>(std::max(nodes.count[node], 0)) + 1.0) / (2.0 * rows + 1.0));
      contributions[nodes.column[node]] += std::max(bits, 0.0);
      node = half;
    }
    for (std::size_t c = 0; c < columns_; ++c) {
      contributions[c] += std::max({0.0, x_[c] - nodes.high[node * columns_ + c], nodes.low[node * columns_ + c] - x_[c]});
    }
  }
  for (std::size_t c = 0; c < columns_; ++c) {
    contributions[c] =
        contributions[c] / static_cast<double>(tree_count_) + out_of_box_weight * seen_.excess(x_, c) / static_cast<double>(columns_);
  }
}

result<void> online_isolation_forest::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  return detail::finish_forest(*this, rows, static_cast<std::size_t>(window), [](online_isolation_forest& f, std::size_t count) {
    f.fitted_leaf_rows_ = std::max<std::int64_t>(2, std::min(f.leaf_rows, static_cast<std::int64_t>(count) / 8));
  });
}

}  // namespace millwright
