#include "anomaly/forest_builder.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <thread>
#include <utility>

#include "millwright/random.hpp"

namespace millwright::detail {

/// Grows one tree after another with its own scratch memory.
class forest_builder::worker {
 public:
  explicit worker(const forest_builder& job)
      : job_(job), rows_(job.rows_.rows), sample_(job.samples_ * job.rows_.columns), order_(job.samples_) {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  }

  built_tree grow(std::uint64_t number) {
    random_stream random(job_.seed_, number);
    draw_sample(random);
    tree_ = {};
    pending_.clear();
    open_.resize(job_.rows_.columns);
    std::iota(open_.begin(), open_.end(), std::uint16_t{0});
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    add_node();
    pending_.push_back({0, static_cast<std::uint32_t>(job_.samples_), 0, 0});
    for (std::size_t next = 0; next < pending_.size(); ++next) split(next, random);
    return std::move(tree_);
  }

 private:
  /// Samples order_[first, last) that wait for their split, in node `node`.
  struct part {
    std::uint32_t first, last, node, depth;
  };

  /// `samples` different rows, copied column by column; rows_ is put back in order afterwards.
  void draw_sample(random_stream& random) {
    const std::size_t columns = job_.rows_.columns;
    swaps_.clear();
    for (std::size_t i = 0; i < job_.samples_; ++i) {
      const std::size_t j = i + static_cast<std::size_t>(random.below(rows_.size() - i));
      swaps_.push_back(j);
      std::swap(rows_[i], rows_[j]);
      const auto row = job_.rows_[rows_[i]];
      for (std::size_t c = 0; c < columns; ++c) sample_[c * job_.samples_ + i] = row[c];
    }
    for (std::size_t i = job_.samples_; i-- > 0;) std::swap(rows_[i], rows_[swaps_[i]]);
  }

  std::uint32_t add_node() {
    tree_.threshold.push_back(0.0);
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
      const double* column = sample_.data() + std::size_t{feature} * job_.samples_;
      double low = column[order_[p.first]];
      double high = low;
      for (std::uint32_t i = p.first + 1; i < p.last; ++i) {
        const double v = column[order_[i]];
        if (v < low) low = v;
        if (v > high) high = v;
      }
      if (!(low < high)) {
        std::swap(open_[pick], open_[left - 1]);
        continue;
      }
      double threshold = low + random.uniform() * (high - low);
      if (!(threshold > low && threshold <= high)) threshold = high;  // both children get at least one sample
      const auto middle =
          std::stable_partition(order_.begin() + p.first, order_.begin() + p.last, [&](std::uint32_t i) { return column[i] < threshold; });
      const auto cut = static_cast<std::uint32_t>(middle - order_.begin());
      const std::uint32_t child = add_node();
      add_node();
      tree_.threshold[p.node] = threshold;
      tree_.node[2 * std::size_t{p.node}] = feature;
      tree_.node[2 * std::size_t{p.node} + 1] = static_cast<std::uint16_t>(child);
      pending_.push_back({p.first, cut, child, p.depth + 1});
      pending_.push_back({cut, p.last, child + 1, p.depth + 1});
      return;
    }
    set_leaf(p);
  }

  const forest_builder& job_;
  std::vector<std::size_t> rows_;
  std::vector<std::size_t> swaps_;
  std::vector<double> sample_;  // column by column
  std::vector<std::uint32_t> order_;
  std::vector<std::uint16_t> open_;
  std::vector<part> pending_;
  built_tree tree_;
};

forest_builder::forest_builder(const const_rows& rows, std::int64_t samples, std::int64_t max_depth, std::uint64_t seed)
    : rows_(rows), samples_(static_cast<std::size_t>(samples)), seed_(seed), leaf_path_(samples_ + 1, 0.0) {
  max_depth_ = max_depth > 0 ? static_cast<std::size_t>(max_depth) : static_cast<std::size_t>(std::bit_width(samples_ - 1));
  double harmonic = 0.0;
  for (std::size_t n = 2; n <= samples_; ++n) {
    const double m = static_cast<double>(n);
    harmonic += 1.0 / (m - 1.0);
    leaf_path_[n] = 2.0 * harmonic - 2.0 * (m - 1.0) / m;
  }
}

std::vector<built_tree> forest_builder::build(std::size_t trees, std::size_t threads) const {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, trees);
  std::vector<built_tree> forest(trees);
  const auto work = [&](std::size_t first) {
    worker w(*this);
    for (std::size_t t = first; t < trees; t += threads) forest[t] = w.grow(t);
  };
  std::vector<std::thread> helpers;
  for (std::size_t h = 1; h < threads; ++h) helpers.emplace_back(work, h);
  work(0);
  for (auto& h : helpers) h.join();
  return forest;
}

}  // namespace millwright::detail
