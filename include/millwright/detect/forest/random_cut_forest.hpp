#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/detect/forest/streaming_forest.hpp"

namespace millwright {

namespace detail {
struct random_cut_tree;
}

/// Robust random cut forest: a detector that follows the stream. Rows in, one score per row out, higher = more anomalous: the mean
/// over the trees of the row's collusive displacement, the largest ratio of rows pushed down to rows taken away, over all groups
/// that the row would belong to were it inserted; about 1 to `samples`. It grows with the distance from what is known.
///
/// Columns are taken in units of their training range, as cuts prefer columns that spread wide. A learned row enters each tree
/// with probability samples / window and there takes the place of the oldest row, so a tree is a random sample of about the last
/// `window` learned rows; window = samples is the plain sliding window of the paper. A row that is not finite or carries
/// quality::not_scored scores NaN and is not learned.
///
/// The random numbers of a row depend on the tree and on how many rows it has taken, so the same row scores the same until the tree
/// changes. O(trees x depth x columns) a row; 24 x trees x samples x columns bytes of state and little more.
/// Source: Guha, Mishra, Roy & Schrijvers, Robust random cut forest based anomaly detection on streams, ICML 2016.
class random_cut_forest : public detail::streaming_forest {
 public:
  static constexpr std::string_view id = "random_cut_forest";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Robust random cut forest: rows that push many learned rows down in random trees score high; follows the stream.";

  std::int64_t trees = 40;
  std::int64_t samples = 256;
  std::int64_t window = 2048;

  static auto params() {
    using self = random_cut_forest;
    return std::tuple_cat(
        std::tuple{integer("trees", &self::trees, 40, 1, 1000, unit::none, "number of trees"),
                   integer("samples", &self::samples, 256, 2, 4096, unit::window, "rows that a tree holds"),
                   integer("window", &self::window, 2048, 2, 1e9, unit::window,
                           "learned rows that a tree's rows are a sample of; not below `samples`, which makes it the last rows")},
        streaming_forest::params());
  }

  /// Output: one column "random_cut_forest". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept;
  void process(const const_rows& in, const rows_view& out) noexcept { process_rows(*this, in, out); }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    archive(offered_, taken_, root_, oldest_, size_, parent_, count_, left_, right_, cut_column_, cut_, low_, high_, point_, leaf_of_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(random_cut_forest&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies, more than 65534 columns.
  result<void> finish();

  /// Expected share of each column in separating the row from the rows that it displaces; no randomness of its own.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  friend class detail::streaming_forest;

  [[nodiscard]] double score(std::span<const double> x) const noexcept;
  void learn_row(std::span<const double> x) noexcept;
  [[nodiscard]] detail::random_cut_tree tree(std::size_t t) const noexcept;
  [[nodiscard]] std::uint64_t stream_of(std::size_t t) const noexcept { return taken_[t] * tree_count_ + t; }

  std::size_t tree_count_ = 0;
  std::size_t samples_ = 0;
  double rate_ = 1.0;  // probability that a tree takes a learned row

  std::uint64_t offered_ = 0;       // learned rows so far
  std::span<std::uint64_t> taken_;  // rows that each tree took
  std::span<std::uint16_t> root_, oldest_, size_, parent_, count_, left_, right_, cut_column_, leaf_of_;
  std::span<double> cut_, low_, high_, point_;
  std::span<std::uint16_t> scratch_;
};

static_assert(learner<random_cut_forest> && explains<random_cut_forest>);

}  // namespace millwright
