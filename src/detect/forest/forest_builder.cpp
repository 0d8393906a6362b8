#include "detect/forest/forest_builder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "detect/forest/forest_growth.hpp"
#include "detect/forest/row_sampler.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::detail {

/// Grows one tree after another with its own scratch memory.
class forest_builder::worker {
 public:
  explicit worker(const forest_builder& job)
      : job_(job),
        sampler_(job.rows_.rows, job.weights_),
        picked_(job.samples_),
        sample_(job.samples_ * job.rows_.columns),
        order_(job.samples_),
        values_(job.samples_),
        unknown_(job.samples_),
        right_(job.samples_) {}

  built_tree grow(std::uint64_t number) {
    random_stream random(job_.seed_, number);
    draw_sample(random);
    tree_ = {};
    pending_.clear();
    open_.resize(job_.rows_.columns);
    std::iota(open_.begin(), open_.end(), std::uint16_t{0});
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    add_node(static_cast<std::uint32_t>(job_.samples_));
    pending_.push_back({0, static_cast<std::uint32_t>(job_.samples_), 0, 0});
    for (std::size_t next = 0; next < pending_.size(); ++next) split(next, random);
    return std::move(tree_);
  }

 private:
  /// Samples order_[first, last) that wait for their split, in node `node`.
  struct part {
    std::uint32_t first, last, node, depth;
  };

  /// `samples` different rows, copied, because most of a tree's look at them are later ones.
  void draw_sample(random_stream& random) {
    sampler_.draw(random, picked_);
    for (std::size_t i = 0; i < job_.samples_; ++i) {
      const auto row = job_.rows_[picked_[i]];
      std::copy(row.begin(), row.end(), sample_.begin() + static_cast<std::ptrdiff_t>(i * row.size()));
    }
  }

  std::uint32_t add_node(std::uint32_t cover) {
    tree_.threshold.push_back(0.0);
    tree_.left_share.push_back(0.0);
    tree_.cover.push_back(static_cast<std::uint16_t>(cover));
    tree_.node.insert(tree_.node.end(), {0, 0});
    return static_cast<std::uint32_t>(tree_.threshold.size() - 1);
  }

  void set_leaf(const part& p) {
    tree_.threshold[p.node] = static_cast<double>(p.depth) + job_.leaf_path_[p.last - p.first];
    tree_.node[2 * std::size_t{p.node}] = static_cast<std::uint16_t>(job_.rows_.columns);
    tree_.node[2 * std::size_t{p.node} + 1] = static_cast<std::uint16_t>(p.node);
  }

  void split(std::size_t index, random_stream& random) {
    const part p = pending_[index];
    if (p.last - p.first < 2 || p.depth >= job_.max_depth_) return set_leaf(p);
    // A feature drawn from those not yet known to be constant here; drawing again when it turns out to be makes the choice
    // uniform over the varying ones.
    for (std::size_t left = open_.size(); left > 0; --left) {
      const auto pick = static_cast<std::size_t>(random.below(left));
      const std::uint16_t feature = open_[pick];
      double low = math::infinity;
      double high = -math::infinity;
      for (std::uint32_t i = p.first; i < p.last; ++i) {
        const double v = sample_[std::size_t{order_[i]} * job_.rows_.columns + feature];
        values_[i] = v;
        low = v < low ? v : low;
        high = v > high ? v : high;
      }
      if (!(low < high)) {
        std::swap(open_[pick], open_[left - 1]);
        continue;
      }
      double threshold = low + random.uniform() * (high - low);
      if (!(threshold > low && threshold <= high)) threshold = high;  // both children get at least one sample
      const std::uint32_t cut = divide(p, threshold, random);
      const std::uint32_t child = add_node(cut - p.first);
      add_node(p.last - cut);
      tree_.threshold[p.node] = threshold;
      tree_.node[2 * std::size_t{p.node}] = feature;
      tree_.node[2 * std::size_t{p.node} + 1] = static_cast<std::uint16_t>(child);
      pending_.push_back({p.first, cut, child, p.depth + 1});
      pending_.push_back({cut, p.last, child + 1, p.depth + 1});
      return;
    }
    set_leaf(p);
  }

  /// Puts the samples that go left first, otherwise in their order; where the others begin. Those without a value are sent to either
  /// side at random, by the share of the known ones there. values_ holds the values.
  std::uint32_t divide(const part& p, double threshold, random_stream& random) {
    std::uint32_t left = p.first;
    std::uint32_t unknown = 0;
    std::uint32_t right = 0;
    for (std::uint32_t i = p.first; i < p.last; ++i) {  // without branches: which way a value goes cannot be predicted
      const double v = values_[i];
      const std::uint32_t sample = order_[i];
      order_[left] = sample;
      unknown_[unknown] = sample;
      right_[right] = sample;
      left += static_cast<std::uint32_t>(v < threshold);
      unknown += static_cast<std::uint32_t>(v != v);
      right += static_cast<std::uint32_t>(v >= threshold);
    }
    const double known_left = static_cast<double>(left - p.first);
    double& share = tree_.left_share[p.node];
    share = known_left / (known_left + static_cast<double>(right));
    if (job_.missing_goes_larger_) share = share >= 0.5 ? 1.0 : 0.0;
    std::uint32_t unknown_right = 0;
    for (std::uint32_t i = 0; i < unknown; ++i) {
      if (random.uniform() < share) {
        order_[left++] = unknown_[i];
      } else {
        unknown_[unknown_right++] = unknown_[i];
      }
    }
    const auto others = std::copy_n(unknown_.begin(), unknown_right, order_.begin() + left);
    std::copy_n(right_.begin(), right, others);
    return left;
  }

  const forest_builder& job_;
  row_sampler sampler_;
  std::vector<std::size_t> picked_;
  std::vector<double> sample_;  // row by row
  std::vector<std::uint32_t> order_;
  std::vector<double> values_;  // of the feature at hand, in the order of order_
  std::vector<std::uint32_t> unknown_, right_;
  std::vector<std::uint16_t> open_;
  std::vector<part> pending_;
  built_tree tree_;
};

forest_builder::forest_builder(const const_rows& rows, std::span<const double> weights, std::int64_t samples, std::int64_t max_depth,
                               std::uint64_t seed, bool missing_goes_larger)
    : rows_(rows),
      weights_(weights),
      samples_(static_cast<std::size_t>(samples)),
      max_depth_(static_cast<std::size_t>(max_depth)),
      seed_(seed),
      missing_goes_larger_(missing_goes_larger),
      leaf_path_(average_paths(samples_)) {}

std::vector<built_tree> forest_builder::build(std::size_t trees, std::size_t threads) const {
  return grow_trees<built_tree>(trees, threads, [this] { return worker(*this); });
}

}  // namespace millwright::detail
