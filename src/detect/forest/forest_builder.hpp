#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/data/rows.hpp"

namespace millwright::detail {

/// One isolation tree, breadth first: siblings side by side, children behind their parent, the root first.
struct built_tree {
  std::vector<double> threshold;     ///< split position; of a leaf: path length
  std::vector<std::uint16_t> node;   ///< feature, left child; a leaf has feature = columns and is its own child
  std::vector<double> left_share;    ///< share in which a row without a value for the node's feature goes left
  std::vector<std::uint16_t> cover;  ///< training rows in the node
};

/// Grows isolation trees on rows that hold finite values or NaN. A sample without a value for a node's feature goes to its larger side
/// (`missing_goes_larger`) or, by the shares of the others, to either at random. `weights`: see row_sampler.
class forest_builder {
 public:
  forest_builder(const const_rows& rows, std::span<const double> weights, std::int64_t samples, std::int64_t max_depth, std::uint64_t seed,
                 bool missing_goes_larger);

  /// The trees in order; the same whatever the number of threads (0: one per processor).
  [[nodiscard]] std::vector<built_tree> build(std::size_t trees, std::size_t threads) const;

 private:
  class worker;

  const_rows rows_;
  std::span<const double> weights_;
  std::size_t samples_;
  std::size_t max_depth_;
  std::uint64_t seed_;
  bool missing_goes_larger_;
  std::vector<double> leaf_path_;  // average_path(n) for n = 0 .. samples
};

}  // namespace millwright::detail
