#include "detect/forest/hyperplane_builder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "detect/forest/forest_growth.hpp"
#include "detect/forest/split_gain.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

class hyperplane_builder::worker {
 public:
  explicit worker(const hyperplane_builder& job)
      : job_(job),
        options_(job.options_),
        sampler_(job.rows_.rows, job.weights_),
        picked_(options_.samples),
        sample_(options_.samples * job.rows_.columns),
        order_(options_.samples),
        projected_(options_.samples),
        candidate_projected_(options_.samples),
        open_(job.rows_.columns),
        span_(job.rows_.columns) {}

  hyperplane_tree grow(std::uint64_t number) {
    random_stream random(options_.seed, number);
    sampler_.draw(random, picked_);
    for (std::size_t i = 0; i < picked_.size(); ++i) {
      const auto row = job_.rows_[picked_[i]];
      if (i == 0) box_low_.assign(row.size(), math::infinity);
      if (i == 0) box_high_.assign(row.size(), -math::infinity);
      for (std::size_t c = 0; c < row.size(); ++c) {
        sample_[c * options_.samples + i] = row[c];
        if (row[c] < box_low_[c]) box_low_[c] = row[c];
        if (row[c] > box_high_[c]) box_high_[c] = row[c];
      }
    }
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    tree_ = {};
    pending_.clear();
    add_node({0, static_cast<std::uint32_t>(options_.samples), 0, 0, 0.0});
    for (std::size_t next = 0; next < pending_.size(); ++next) split(next, random);
    return std::move(tree_);
  }

 private:
  /// Samples order_[first, last) in the node of the same index; value is what the splits above have added to the leaf's value.
  struct part {
    std::uint32_t first, last, depth, parent;
    double value;
  };
  struct term {
    std::uint16_t column;
    double coefficient, center;
  };
  /// A combination of columns over the samples of a part: where to split it, its range and what the split gains.
  struct candidate {
    std::vector<term> terms;
    double threshold = 0.0, low = 0.0, high = 0.0, gain = -1.0;
    std::size_t known = 0;
  };

  [[nodiscard]] double value_of(std::uint16_t column, std::uint32_t i) const { return sample_[std::size_t{column} * options_.samples + i]; }

  void add_node(const part& p) {
    pending_.push_back(p);
    tree_.threshold.push_back(0.0);
    tree_.child.push_back(0);
    tree_.terms.push_back(0);
    tree_.left_share.push_back(0.0);
    tree_.cover.push_back(static_cast<std::uint16_t>(p.last - p.first));
    tree_.range.push_back(0.0);
    tree_.categories_left.push_back(0);
  }

  void set_leaf(std::size_t node) {
    const part& p = pending_[node];
    const double share = static_cast<double>(p.last - p.first) / static_cast<double>(options_.samples);
    double& value = tree_.threshold[node];
    switch (options_.leaf) {
      case leaf_meaning::depth:
      case leaf_meaning::adjusted_depth: value = p.value + job_.leaf_path_[p.last - p.first]; break;
      case leaf_meaning::density: value = p.value; break;
      case leaf_meaning::boxed_density: value = math::log(share) - p.value; break;
      case leaf_meaning::boxed_ratio: value = -math::exp(p.value); break;
    }
  }

  // ---- which columns ----------------------------------------------------------------------------------------------------

  /// Half the range of the known values, which cannot overflow; 0: constant.
  [[nodiscard]] double half_range(const part& p, std::uint16_t column) const {
    double low = math::infinity;
    double high = -math::infinity;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      const double v = value_of(column, order_[i]);
      if (v < low) low = v;
      if (v > high) high = v;
    }
    return low < high ? 0.5 * high - 0.5 * low : 0.0;
  }

  /// The next column of open_[0, left) that varies; it changes places with the last. Uniform over those that do, or by range.
  [[nodiscard]] bool next_column(const part& p, std::size_t& left, random_stream& random, std::uint16_t& column) {
    while (left > 0) {
      std::size_t pick = 0;
      if (options_.columns_by_range) {
        double sum = 0.0;
        for (std::size_t c = 0; c < left; ++c) sum += span_[open_[c]];
        if (!(sum > 0.0)) return false;
        double point = random.uniform() * sum;
        for (std::size_t c = 0; c < left; ++c) {
          if (!(span_[open_[c]] > 0.0)) continue;
          pick = c;
          point -= span_[open_[c]];
          if (point < 0.0) break;
        }
      } else {
        pick = static_cast<std::size_t>(random.below(left));
      }
      column = open_[pick];
      std::swap(open_[pick], open_[--left]);
      if (options_.columns_by_range || half_range(p, column) > 0.0) return true;
    }
    return false;
  }

  // ---- where to split ---------------------------------------------------------------------------------------------------

  /// The column standardised over the part, times a random coefficient; false where that has no finite numbers.
  [[nodiscard]] bool standardised(const part& p, std::uint16_t column, random_stream& random, term& made) const {
    const double draw = options_.normal_coefficients ? random.normal() : 2.0 * random.uniform() - 1.0;
    double low = math::infinity;
    double high = -math::infinity;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      low = std::min(low, value_of(column, order_[i]));
      high = std::max(high, value_of(column, order_[i]));
    }
    const double half = 0.5 * high - 0.5 * low;
    const double count = static_cast<double>(p.last - p.first);
    double mean = 0.0;
    for (std::uint32_t i = p.first; i < p.last; ++i) mean += (0.5 * value_of(column, order_[i]) - 0.5 * low) / half;
    mean /= count;
    double squares = 0.0;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      const double d = (0.5 * value_of(column, order_[i]) - 0.5 * low) / half - mean;
      squares += d * d;
    }
    const double deviation = std::sqrt(squares / count);
    made = {column, draw / deviation / 2.0 / half, low + mean * half + mean * half};
    return made.coefficient - made.coefficient == 0.0 && made.center - made.center == 0.0 && made.coefficient != 0.0;
  }

  [[nodiscard]] double project(const std::vector<term>& terms, std::uint32_t i) const {
    double sum = 0.0;
    for (const term& t : terms) sum += t.coefficient * (value_of(t.column, i) - t.center);
    return sum;
  }

  /// Fills candidate_projected_ and chooses the threshold; false when the combination does not vary.
  [[nodiscard]] bool place(const part& p, candidate& c, random_stream& random) {
    c.low = math::infinity;
    c.high = -math::infinity;
    known_.clear();
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      const double z = project(c.terms, order_[i]);
      candidate_projected_[i] = z;
      if (z != z) continue;
      known_.push_back(z);
      c.low = std::min(c.low, z);
      c.high = std::max(c.high, z);
    }
    c.known = known_.size();
    if (!(c.low < c.high) || c.low == -math::infinity || c.high == math::infinity) return false;
    if (options_.split == split_choice::random) {
      c.threshold = c.low + random.uniform() * (c.high - c.low);
      c.gain = 0.0;
    } else {
      const best_split best = split_by_gain(known_, options_.split == split_choice::pooled_gain, spread_);
      c.threshold = best.threshold;
      c.gain = best.gain;
    }
    if (!(c.threshold > c.low && c.threshold <= c.high)) c.threshold = c.high;  // both children get at least one sample
    return true;
  }

  void split(std::size_t node, random_stream& random) {
    const part p = pending_[node];
    // Two rows stay together: a depth counts their split as made, a density needs more than one row.
    if (p.last - p.first < 3 || p.depth >= options_.max_depth) return set_leaf(node);
    if (options_.columns_by_range) {
      for (std::size_t c = 0; c < span_.size(); ++c)
        span_[c] = half_range(p, static_cast<std::uint16_t>(c)) / static_cast<double>(span_.size());
    }
    candidate best;
    const std::size_t tries = options_.split == split_choice::random ? 1 : options_.tries;
    std::iota(open_.begin(), open_.end(), std::uint16_t{0});
    std::size_t left = open_.size();
    for (std::size_t n = 0; n < tries; ++n) {
      // Different single columns from try to try; combinations may share some.
      if (options_.dimensions > 1) left = open_.size();
      candidate c;
      std::uint16_t column = 0;
      if (!next_column(p, left, random, column)) break;
      if (options_.is_categorical[column] != 0) {
        if (n == 0) return split_categories(node, column, random);
        continue;
      }
      if (options_.dimensions == 1) {
        c.terms.push_back({column, 1.0, 0.0});
      } else {
        do {
          term made{};
          if (options_.is_categorical[column] == 0 && standardised(p, column, random, made)) c.terms.push_back(made);
        } while (c.terms.size() < options_.dimensions && next_column(p, left, random, column));
      }
      if (c.terms.empty() || !place(p, c, random)) continue;
      if (best.terms.empty() || c.gain > best.gain) {
        best = std::move(c);
        std::swap(projected_, candidate_projected_);
      }
    }
    if (best.terms.empty()) return set_leaf(node);

    const auto range = best.high - best.low;
    tree_.range[node] = std::min(range, 1.7976931348623157e308);
    for (const term& t : best.terms) {
      tree_.term_column.push_back(t.column);
      tree_.term_coefficient.push_back(t.coefficient);
      tree_.term_center.push_back(t.center);
    }
    tree_.terms[node] = static_cast<std::int32_t>(best.terms.size());
    tree_.threshold[node] = best.threshold;
    const double half = 0.5 * best.high - 0.5 * best.low;
    double left_range = (0.5 * best.threshold - 0.5 * best.low) / half;
    if (is_boxed(options_.leaf)) left_range = left_in_box(node, best.terms[0].column, best.threshold);
    divide(node, best.known, left_range, random, [&](std::uint32_t place) {
      const double z = projected_[place];
      return z != z ? side::unknown : z >= best.threshold ? side::right : side::left;
    });
  }

  /// A random part of the categories found here goes left, neither none nor all. Others follow the smaller side: they are rare.
  void split_categories(std::size_t node, std::uint16_t column, random_stream& random) {
    const part p = pending_[node];
    std::uint64_t present = 0;
    std::size_t known = 0;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      const double v = value_of(column, order_[i]);
      if (v != v) continue;
      present |= std::uint64_t{1} << static_cast<unsigned>(v);
      ++known;
    }
    const auto kinds = static_cast<unsigned>(std::popcount(present));
    // 2^kinds - 2 subsets; for 64 kinds that is 2^64 - 2.
    const std::uint64_t subsets = (kinds == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kinds) - 1) - 1;
    std::uint64_t subset = random.below(subsets) + 1;
    std::uint64_t goes_left = 0;
    for (unsigned c = 0; c < 64; ++c) {
      if ((present >> c & 1) == 0) continue;
      goes_left |= (subset & 1) << c;
      subset >>= 1;
    }
    const double left_range = static_cast<double>(std::popcount(goes_left)) / static_cast<double>(kinds);
    tree_.term_column.push_back(column);
    tree_.term_coefficient.push_back(1.0);
    tree_.term_center.push_back(0.0);
    tree_.terms[node] = 1;
    const std::size_t left = divide(node, known, left_range, random, [&](std::uint32_t place) {
      const double v = value_of(column, order_[place]);
      return v != v ? side::unknown : (goes_left >> static_cast<unsigned>(v) & 1) != 0 ? side::left : side::right;
    });
    const bool others_left = left < p.last - p.first - left;
    if (others_left) goes_left |= ~present;
    tree_.threshold[node] = others_left ? 1.0 : 0.0;
    tree_.categories_left[node] = std::bit_cast<std::int64_t>(goes_left);
  }

  /// Share of the node's box, the bounds its ancestors set on the column, that lies left of the threshold.
  [[nodiscard]] double left_in_box(std::size_t node, std::uint16_t column, double threshold) const {
    double low = -math::infinity;
    double high = math::infinity;
    for (std::size_t at = node; at != 0;) {
      const std::size_t above = pending_[at].parent;
      // With one dimension inner nodes have one term each, in order: the k-th inner node has children 2k + 1 and 2k + 2.
      const std::size_t term_of_above = (static_cast<std::size_t>(tree_.child[above]) - 1) / 2;
      if (tree_.term_column[term_of_above] == column) {
        const bool went_left = at == static_cast<std::size_t>(tree_.child[above]);
        if (went_left) high = std::min(high, tree_.threshold[above]);
        if (!went_left) low = std::max(low, tree_.threshold[above]);
      }
      at = above;
    }
    low = std::max(low, box_low_[column]);
    high = std::min(high, box_high_[column]);
    return (0.5 * threshold - 0.5 * low) / (0.5 * high - 0.5 * low);
  }

  // ---- dividing ---------------------------------------------------------------------------------------------------------

  enum class side : std::uint8_t { left, right, unknown };

  /// Sends the samples to two new children and returns how many went left. `left_range`: share of the range on the left.
  template <class SideOf>
  std::size_t divide(std::size_t node, std::size_t known, double left_range, random_stream& random, const SideOf& side_of) {
    const part p = pending_[node];
    sides_.clear();
    std::size_t known_left = 0;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      sides_.push_back(side_of(i));
      known_left += sides_.back() == side::left ? 1 : 0;
    }
    double left_share = static_cast<double>(known_left) / static_cast<double>(known);
    if (options_.missing_goes_larger) left_share = 2 * known_left >= known ? 1.0 : 0.0;
    moved_.clear();
    std::uint32_t middle = p.first;
    for (std::uint32_t i = p.first; i < p.last; ++i) {
      side s = sides_[i - p.first];
      if (s == side::unknown) s = random.uniform() < left_share ? side::left : side::right;
      if (s == side::left) {
        order_[middle++] = order_[i];
      } else {
        moved_.push_back(order_[i]);
      }
    }
    std::copy(moved_.begin(), moved_.end(), order_.begin() + middle);
    tree_.left_share[node] = left_share;
    const double left_count = static_cast<double>(middle - p.first) / static_cast<double>(p.last - p.first);
    tree_.child[node] = static_cast<std::int32_t>(pending_.size());
    const auto self = static_cast<std::uint32_t>(node);
    add_node({p.first, middle, p.depth + 1, self, p.value + added(left_count, left_range)});
    add_node({middle, p.last, p.depth + 1, self, p.value + added(1.0 - left_count, 1.0 - left_range)});
    return middle - p.first;
  }

  /// What a step to a child with these shares of the rows and of the range adds to the leaf's value.
  [[nodiscard]] double added(double rows, double range) const {
    range = std::max(range, 2.2250738585072014e-308);
    switch (options_.leaf) {
      case leaf_meaning::depth: return 1.0;
      case leaf_meaning::adjusted_depth: return 2.0 / (1.0 + 0.5 * (range / rows));
      case leaf_meaning::density: return math::log(rows) - math::log(range);
      case leaf_meaning::boxed_density:
      case leaf_meaning::boxed_ratio: return math::log(range);
    }
    return 1.0;
  }

  const hyperplane_builder& job_;
  const hyperplane_options& options_;
  row_sampler sampler_;
  std::vector<std::size_t> picked_;
  std::vector<double> sample_;  // column by column
  std::vector<std::uint32_t> order_;
  std::vector<double> projected_, candidate_projected_;  // by place in order_
  std::vector<std::uint16_t> open_;
  std::vector<double> span_;  // half the range of each column in the part, where columns are drawn by it
  std::vector<double> known_, spread_;
  std::vector<side> sides_;
  std::vector<std::uint32_t> moved_;
  std::vector<part> pending_;
  std::vector<double> box_low_, box_high_;  // of the tree's sample
  hyperplane_tree tree_;
};

hyperplane_builder::hyperplane_builder(const const_rows& rows, std::span<const double> weights, hyperplane_options options)
    : rows_(rows), weights_(weights), options_(std::move(options)), leaf_path_(average_paths(options_.samples)) {}

std::vector<hyperplane_tree> hyperplane_builder::build(std::size_t trees, std::size_t threads) const {
  return grow_trees<hyperplane_tree>(trees, threads, [this] { return worker(*this); });
}

}  // namespace millwright::detail
