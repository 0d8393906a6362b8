#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "detect/forest/row_sampler.hpp"
#include "millwright/data/rows.hpp"

namespace millwright::detail {

enum class split_choice : std::uint8_t { random, averaged_gain, pooled_gain };
enum class leaf_meaning : std::uint8_t { depth, adjusted_depth, density, boxed_density, boxed_ratio };

/// Whether the leaf's value is that of a box, which needs splits of one column.
constexpr bool is_boxed(leaf_meaning m) noexcept { return m == leaf_meaning::boxed_density || m == leaf_meaning::boxed_ratio; }

/// How hyperplane trees grow; the parameters of extended_isolation_forest.
struct hyperplane_options {
  std::size_t samples = 256;
  std::size_t max_depth = 8;
  std::size_t dimensions = 1;
  std::size_t tries = 1;
  bool normal_coefficients = true;
  bool columns_by_range = false;
  bool missing_goes_larger = false;  ///< else to either side at random, by their shares
  split_choice split = split_choice::random;
  leaf_meaning leaf = leaf_meaning::depth;
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> is_categorical;  ///< for each column
};

/// One tree, breadth first: the children of the k-th inner node are nodes 2k + 1 and 2k + 2.
/// All arrays of nodes are of equal length; those of terms belong to the inner nodes in order.
struct hyperplane_tree {
  std::vector<double> threshold;              ///< split position; of a leaf: its value; of categories: 1 if unknown ones go left
  std::vector<std::int32_t> child;            ///< left child; 0: leaf
  std::vector<std::int32_t> terms;            ///< number of terms of each node; 0: leaf
  std::vector<double> left_share;             ///< share of the training rows that a row with a missing value sends left
  std::vector<std::uint16_t> cover;           ///< training rows in the node
  std::vector<double> range;                  ///< highest minus lowest projection in the node
  std::vector<std::int64_t> categories_left;  ///< bit c: category c goes left
  std::vector<std::uint16_t> term_column;
  std::vector<double> term_coefficient;
  std::vector<double> term_center;
};

/// Grows isolation trees that split by a random combination of columns, by one column, or by a set of categories. Values are finite
/// or, with one dimension, NaN; categories are whole numbers 0 .. 63.
class hyperplane_builder {
 public:
  hyperplane_builder(const const_rows& rows, std::span<const double> weights, hyperplane_options options);

  /// The trees in order; the same whatever the number of threads (0: one per processor).
  [[nodiscard]] std::vector<hyperplane_tree> build(std::size_t trees, std::size_t threads) const;

 private:
  class worker;

  const_rows rows_;
  std::span<const double> weights_;
  hyperplane_options options_;
  std::vector<double> leaf_path_;  // average_path(n) for n = 0 .. samples
};

}  // namespace millwright::detail
