#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "kernels/forest_kernels.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"

namespace millwright::detail {

inline constexpr std::size_t most_forest_columns = 65534;  ///< a leaf's feature is the number of columns, in 16 bits

/// An isolation forest checked and rewritten for scoring; made once for a model and shared by all streams that use it.
///
/// Blocks of rows are scored without walking: only the order of the values counts, so a value becomes its rank among the thresholds
/// of its feature, a byte, and a tree is evaluated from its leaves upwards, every node a compare and a choice between bytes for
/// 16 to 64 rows per instruction. Which leaf is chosen, and so every bit of the score, is the same as when walking. Nodes whose leaves
/// all have one path length decide nothing and are left out. Trees are taken in groups within which no feature has more than
/// 255 thresholds and no more than 256 path lengths occur.
class forest_layout {
 public:
  struct ranked_feature {
    std::uint32_t column;
    std::uint32_t thresholds;  ///< where their table begins, see forest_kernels
    std::uint32_t steps;       ///< of the search in it
  };
  struct ranked_tree {
    std::uint32_t end;   ///< behind its last node; it begins where the tree before ends
    std::uint16_t root;  ///< slot that then holds the leaf's path length, as a byte
  };
  struct tree_group {
    std::uint32_t first_feature, end_feature, first_tree, end_tree, paths;
  };

  /// Errors: indices that leave their tree, values that are not finite, leaves that are none.
  static result<std::shared_ptr<const forest_layout>> make(std::span<const double> threshold, std::span<const std::uint16_t> node,
                                                           std::span<const std::int32_t> tree_start, std::size_t columns);

  std::size_t depth = 0;  ///< of the deepest leaf
  double longest_path = 0.0;
  bool is_forest = true;          ///< no node has two parents
  bool has_ranks = false;         ///< what follows is there: every tree is small enough
  std::size_t most_features = 0;  ///< of one group
  std::vector<tree_group> groups;
  std::vector<ranked_feature> features;
  std::vector<double> thresholds;     ///< tables of 2^steps - 1 numbers, the last ones +infinity
  std::vector<float> thresholds_f32;  ///< the smallest floats not below them: a float is >= one of these when it is >= the double
  std::vector<ranked_tree> trees;
  std::vector<forest_node> nodes;
  std::vector<double> paths;  ///< 256 for each group, by the byte of a slot

 private:
  result<void> check(std::span<const double> threshold, std::span<const std::uint16_t> node, std::span<const std::int32_t> tree_start,
                     std::size_t columns);
};

/// Adds the path lengths of up to 64 rows to sums[0 .. 63]; the sums of further rows are undefined. `ranks` has room for
/// 64 * most_features bytes, aligned to 64.
template <class Input>
void add_paths_of_block(const forest_layout& layout, const forest_kernels& kernels, const Input* rows, std::size_t count,
                        std::size_t stride, bool round_to_float32, std::int8_t* ranks, double* sums) noexcept;

/// What copies of a stage share: the layout of the model that they have learned, made by the first of them that needs it.
class forest_layout_slot {
 public:
  result<std::shared_ptr<const forest_layout>> layout_of(const learned_array<double>& threshold, const learned_array<std::uint16_t>& node,
                                                         const learned_array<std::int32_t>& tree_start, std::size_t columns);

 private:
  std::mutex mutex_;
  // The arrays that the layout was made of. Holding them keeps their addresses theirs.
  learned_array<double> threshold_;
  learned_array<std::uint16_t> node_;
  learned_array<std::int32_t> tree_start_;
  std::size_t columns_ = 0;
  std::shared_ptr<const forest_layout> layout_;
};

}  // namespace millwright::detail
