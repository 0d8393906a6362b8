#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/core/workspace.hpp"
#include "millwright/numeric/random.hpp"

namespace millwright::detail {

/// One robust random cut tree over at most `capacity` points in memory of someone else; points can be inserted and the oldest be
/// removed. Equal points share a leaf. Leaves are the nodes 0 .. capacity - 1, branches those behind; a node with count 0 is free.
/// A point whose value is at most the cut goes left. The box of a branch is that of the points below it.
/// Insertion and removal keep the distribution of trees: after any sequence the tree is one drawn over the points that are left.
/// Source: Guha, Mishra, Roy & Schrijvers, Robust random cut forest based anomaly detection on streams, ICML 2016.
struct random_cut_tree {
  using node_id = std::uint16_t;
  static constexpr node_id none = 0xFFFF;
  static constexpr std::size_t most_points = 4096;

  std::size_t capacity = 0;
  std::size_t columns = 0;

  // Of all nodes.
  std::span<node_id> parent;
  std::span<std::uint16_t> count;  // points below; of a leaf: how many equal ones
  // Of branches, counted from `capacity`.
  std::span<node_id> left, right;
  std::span<std::uint16_t> cut_column;
  std::span<double> cut;
  std::span<double> low, high;  // [capacity, columns]
  // Of leaves.
  std::span<double> point;  // [capacity, columns]
  // The points' leaves, oldest first, as a ring.
  std::span<node_id> leaf_of;
  std::span<std::uint16_t> scratch;  // [capacity], for is_valid; trees may share it

  node_id& root;
  std::uint16_t& oldest;  // where the ring begins
  std::uint16_t& size;

  void clear() noexcept;
  /// Collusive displacement that x would have after insert(x, random) with the same random numbers; the tree stays as it is.
  [[nodiscard]] double codisp(std::span<const double> x, random_stream random) const noexcept;
  /// Collusive displacement of a leaf that is in the tree.
  [[nodiscard]] double codisp_of(node_id leaf) const noexcept;
  /// The tree has room for one more point.
  void insert(std::span<const double> x, random_stream random) noexcept;
  /// The tree has a point.
  void remove_oldest() noexcept;
  /// Every index inside, every link both ways, counts and boxes those of the leaves below: whatever a file may hold.
  [[nodiscard]] bool is_valid() const noexcept;

  /// Adds to contributions[c] what column c brings to the expected displacement of x: at each box on its way x is separated with
  /// the probability that a cut falls beyond the box, in proportion to each column's part of it.
  void attribute(std::span<const double> x, std::span<double> contributions) const noexcept;

 private:
  struct place {
    node_id above = none;  // node that the new branch is put above; a leaf equal to x: the leaf itself
    bool is_equal = false;
    bool is_left = false;  // the new leaf is the left child
    std::uint16_t column = 0;
    double cut = 0.0;
  };
  template <class OnStep>
  place find(std::span<const double> x, random_stream& random, OnStep&& on_step) const noexcept;
  [[nodiscard]] bool is_leaf(node_id n) const noexcept { return n < capacity; }
  [[nodiscard]] std::size_t branch(node_id n) const noexcept { return n - capacity; }
  [[nodiscard]] std::span<const double> low_of(node_id n) const noexcept;
  [[nodiscard]] std::span<const double> high_of(node_id n) const noexcept;
  [[nodiscard]] node_id sibling(node_id n) const noexcept;
  void replace_child(node_id parent_node, node_id from, node_id to) noexcept;
  void set_box(node_id n) noexcept;
};

}  // namespace millwright::detail
