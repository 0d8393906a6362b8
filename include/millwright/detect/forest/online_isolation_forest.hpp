#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/detect/forest/seen_box.hpp"
#include "millwright/detect/forest/streaming_forest.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright {

/// Online isolation forest: a detector that follows the stream. Rows in, one score per row out, higher = more anomalous:
///
///   score = 2^(-mean path / c(n)) + out_of_box_weight * mean over columns of the excess over the range of training and learned
///           rows, in training ranges;   path = depth of the row's leaf + c(rows in the leaf),  c(n) = log4(n / leaf_rows), 0 below
///
/// with n the rows in the sliding window. Each tree is a histogram that learns the row which enters the window and forgets the one
/// that leaves it. A leaf of depth k splits when it counts leaf_rows 2^k rows and k < c(n), at a uniform place of a random column
/// that varies; a branch that counts fewer becomes a leaf again. As rows themselves are not kept in leaves, the halves start with
/// the count and box of as many points drawn uniformly from the leaf's box. Rows outside all boxes share the
/// first part of the score with the edge.
/// A row that is not finite or carries quality::not_scored scores NaN and is not learned.
///
/// Counts and boxes of the drawn points come from their binomial and order statistics, so that a split costs O(rows + columns).
/// O(trees x log(window / leaf_rows)) a row that splits nothing; 8 x columns x (window + 4 trees x sqrt(window / leaf_rows) or so) bytes of
/// state. Starting a stream takes `window` rows' work.
/// Source: Leveni, Weigert Cassales, Pfahringer, Bifet & Boracchi, Online isolation forest, ICML 2024.
class online_isolation_forest : public detail::streaming_forest {
 public:
  static constexpr std::string_view id = "online_isolation_forest";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Online isolation forest: histograms that split where the sliding window is dense; rows in shallow leaves score high.";

  std::int64_t trees = 32;
  std::int64_t window = 2048;
  std::int64_t leaf_rows = 32;
  double out_of_box_weight = 1.0;

  std::int64_t fitted_leaf_rows_ = 0;

  static auto params() {
    using self = online_isolation_forest;
    return std::tuple_cat(
        std::tuple{integer("trees", &self::trees, 32, 1, 1000, unit::none, "number of trees"),
                   integer("window", &self::window, 2048, 16, 65536, unit::window, "learned rows before the oldest is forgotten"),
                   integer("leaf_rows", &self::leaf_rows, 32, 2, 8192, unit::window,
                           "rows at which a root splits, doubled at each level; at most an eighth of the rows that it was fitted on"),
                   number("out_of_box_weight", &self::out_of_box_weight, 1.0, 0, 1e6, unit::none,
                          "weight of the mean excess over the range of training and learned rows; 0: the published forest")},
        streaming_forest::params());
  }
  static constexpr auto model() {
    return std::tuple_cat(streaming_forest::model(),
                          std::tuple{learned{"leaf_rows", &online_isolation_forest::fitted_leaf_rows_, "rows at which a root splits"}});
  }

  /// Output: one column "online_isolation_forest". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept;
  void process(const const_rows& in, const rows_view& out) noexcept { process_rows(*this, in, out); }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    seen_.persist(archive);
    archive(filled_, next_, splits_, count_, column_, threshold_, low_, high_, held_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(online_isolation_forest&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies, more than 65534 columns.
  result<void> finish();

  /// Each split on the way to the row's leaf is credited to its column by the bits that the emptier half costs; as trees are
  /// shallow and see few columns, how far the row lies outside its leaf's box is added, in training ranges, and each excess.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  friend class detail::streaming_forest;
  static constexpr std::uint16_t no_column = 0xFFFF;

  /// Nodes of one tree, as a heap: the halves of node i are 2 i + 1 and 2 i + 2.
  struct tree {
    std::span<std::int32_t> count;
    std::span<std::uint16_t> column;  // no_column: a leaf
    std::span<double> threshold;      // at or above it: the second half
    std::span<double> low, high;      // of leaves
  };
  [[nodiscard]] tree tree_at(std::size_t t) const noexcept;
  [[nodiscard]] static std::size_t half_of(const tree& nodes, std::size_t node, std::span<const double> x) noexcept {
    return 2 * node + 1 + (x[nodes.column[node]] >= nodes.threshold[node] ? 1U : 0U);
  }
  [[nodiscard]] bool may_split(std::int64_t count, std::size_t depth) const noexcept;
  [[nodiscard]] double path_beyond(double rows) const noexcept;

  [[nodiscard]] double score(std::span<const double> x) const noexcept;
  void learn_row(std::span<const double> x) noexcept;
  void learn_in(std::size_t t, std::span<const double> x) noexcept;
  void forget_in(std::size_t t, std::span<const double> x) noexcept;
  void draw_box(const tree& nodes, std::size_t node, random_stream& random) const noexcept;
  void split(const tree& nodes, std::size_t node, std::size_t depth, random_stream& random) const noexcept;
  void halve_box(const tree& nodes, std::size_t node, std::size_t column, random_stream& random) const noexcept;
  void join(const tree& nodes, std::size_t node) const noexcept;

  std::size_t tree_count_ = 0;
  std::size_t window_ = 0;
  std::size_t nodes_ = 0;  // of a tree
  std::int64_t leaf_rows_ = 0;

  detail::seen_box seen_;
  std::uint32_t filled_ = 0;  // rows in the window
  std::uint32_t next_ = 0;    // slot that the next learned row takes
  std::span<std::uint64_t> splits_;
  std::span<std::int32_t> count_;
  std::span<std::uint16_t> column_;
  std::span<double> threshold_, low_, high_;
  std::span<double> held_;  // [window, columns], box units
};

static_assert(learner<online_isolation_forest> && explains<online_isolation_forest>);

}  // namespace millwright
