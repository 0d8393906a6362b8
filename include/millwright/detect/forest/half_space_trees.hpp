#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/detect/forest/seen_box.hpp"
#include "millwright/detect/forest/streaming_forest.hpp"

namespace millwright {

/// Half-space trees: a detector that follows the stream. Rows in, one score per row out, higher = more anomalous:
///
///   score = 1 - log2(sum over trees of mass 2^depth + 1) / log2(trees x rows of the reference window)
///           + out_of_box_weight * mean over columns of the excess over the range of training and learned rows, in training ranges
///
/// The first part is the logarithm of the density of the last full window around the row: 1 where there was nothing, 0 where it was as
/// dense as if spread evenly over the work range, negative where it was denser. It cannot tell far from very far; the second can.
/// A tree halves its work range (at least twice the training range, placed at random) `depth` times,
/// each time along a random column. `mass` is the number of reference rows in the row's cell at the first level where it is no more
/// than a tenth of the window. Learned rows fill the latest window; when it is full it becomes the reference.
/// A row that is not finite or carries quality::not_scored scores NaN and is not learned.
///
/// A cell is a sequence of binary digits, so a window is kept as sorted cells of the deepest level, 2 bytes a row and tree, and the
/// mass at any depth is a search: the same masses as in trees of 2^(depth + 1) nodes with counters, and no step that a full window
/// makes longer. O(trees x (depth^2 + window)) a row; 4 x trees x window bytes of state.
/// The digit of level k of tree t below cell c comes from random_stream(seed, (t + 1) 2^32 + c'), c' the cell at the even level at or
/// above k, counted from 1 as in a heap: 32 bits for the cell itself and for each of its two halves.
/// Source: Tan, Ting & Liu, Fast anomaly detection for streaming data, IJCAI 2011.
class half_space_trees : public detail::streaming_forest {
 public:
  static constexpr std::string_view id = "half_space_trees";
  static constexpr std::uint16_t version = 1;
  static constexpr stage_role role = stage_role::detector;
  static constexpr std::string_view doc =
      "Half-space trees: rows where the last full window of learned rows was sparse score high; follows the stream.";

  std::int64_t trees = 25;
  std::int64_t depth = 15;
  std::int64_t window = 250;
  double out_of_box_weight = 4.0;

  static auto params() {
    using self = half_space_trees;
    return std::tuple_cat(
        std::tuple{integer("trees", &self::trees, 25, 1, 1000, unit::none, "number of trees"),
                   integer("depth", &self::depth, 15, 1, 16, unit::none, "halvings of the work range"),
                   integer("window", &self::window, 250, 8, 8192, unit::window,
                           "learned rows after which the latest window becomes the reference"),
                   number("out_of_box_weight", &self::out_of_box_weight, 4.0, 0, 1e6, unit::none,
                          "weight of the mean excess over the range of training and learned rows; 0: the published trees")},
        streaming_forest::params());
  }

  /// Output: one column "half_space_trees". Errors: not fitted, another number of columns, a model that does not fit.
  result<port> prepare(const port& in, workspace& memory);
  void take(workspace& memory) noexcept;
  void reset() noexcept;
  void process(const const_rows& in, const rows_view& out) noexcept { process_rows(*this, in, out); }

  template <class Archive>
  void persist(Archive& archive) noexcept {
    seen_.persist(archive);
    archive(reference_, reference_rows_, latest_rows_, cell_);
  }
  [[nodiscard]] bool state_is_valid() const noexcept;

  result<void> observe(const port& in, const const_rows& rows) { return training_.observe(id, in, rows); }
  result<void> merge(half_space_trees&& other) { return training_.merge(id, std::move(other.training_)); }
  /// Errors: fewer than 8 usable rows, no column that varies, more than 65534 columns.
  result<void> finish();

  /// Each halving on the way to the row's cell is credited to its column by the bits of density that it costs; each column's
  /// excess is added.
  void explain(std::span<const double> row, std::span<double> contributions) noexcept;

 private:
  friend class detail::streaming_forest;

  static constexpr std::size_t deepest = 16;
  struct path;

  void fill_ranges() noexcept;
  [[nodiscard]] double score(std::span<const double> x) noexcept;
  void learn_row(std::span<const double> x) noexcept;
  [[nodiscard]] double normalizer() const noexcept;
  [[nodiscard]] path path_of(std::size_t tree, std::span<const double> x) const noexcept;
  [[nodiscard]] std::span<std::uint16_t> cells_of(std::size_t profile, std::size_t tree) const noexcept;
  template <class OnLevel>
  double descend(std::size_t tree, const path& p, OnLevel&& on_level) const noexcept;

  std::size_t tree_count_ = 0;
  std::size_t depth_ = 0;
  std::size_t window_ = 0;
  table<double> range_start_;           // [trees, columns], box units
  table<double> range_inverse_;         // 2^16 / width
  std::span<std::uint16_t> path_cell_;  // of the row scored last, one a tree; scratch

  detail::seen_box seen_;
  std::uint8_t reference_ = 0;  // which of the two profiles is the reference
  std::uint32_t reference_rows_ = 0;
  std::uint32_t latest_rows_ = 0;
  std::span<std::uint16_t> cell_;  // [2, trees, window], sorted
};

static_assert(learner<half_space_trees> && explains<half_space_trees>);

}  // namespace millwright
