#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "millwright/core/workspace.hpp"

namespace millwright::detail {

/// Shapley values of a tree's leaf value, path-dependent: a column outside the coalition sends the row both ways, by the share of
/// the training rows. Exact; O(leaves x columns on a path squared), without allocation.
///
/// A leaf of value v whose path asks L different columns is the game v * prod over the coalition (one) * prod over the others
/// (zero), with one = share in which the row follows the column's splits and zero = that of the training rows. Its Shapley values
/// need the coefficients of prod (zero_j + one_j t) without one factor: formed once, then divided by that factor.
/// Source: Lundberg et al., Nature Machine Intelligence 2, 2020 (TreeSHAP); Hamming weight polynomials after Yang, 2022.
class tree_shap {
 public:
  void take(std::size_t depth, std::size_t columns, workspace& memory) noexcept {
    const std::size_t longest = std::min(depth, columns);
    steps_ = memory.carve_scratch<step>(depth + 1);
    path_ = memory.carve_scratch<element>(longest);
    product_ = memory.carve_scratch<double>(longest + 1);
    place_ = memory.carve<std::uint32_t>(columns);
  }

  /// Adds the tree's Shapley values and returns its expected value. `tree` gives for node i: is_leaf(i), value(i), column(i),
  /// left(i) (the right child follows), trained_left(i) and goes_left(i): the share of the training rows and of this row.
  template <class Tree>
  double add(const Tree& tree, std::span<double> values) noexcept {
    double expected = 0.0;
    std::size_t level = 0;
    steps_[0] = {tree.root(), 0, 0, 0.0, 0.0};
    for (;;) {
      step& s = steps_[level];
      const std::size_t node = s.node;
      if (s.side == 0 && tree.is_leaf(node)) {
        expected += add_leaf(tree.value(node), values);
        s.side = 2;
      }
      if (s.side == 2) {
        if (level == 0) return expected;
        --level;
        leave(steps_[level]);
        continue;
      }
      const double trained = tree.trained_left(node);
      const double goes = tree.goes_left(node);
      const bool left = s.side == 0;
      enter(s, tree.column(node), left ? trained : 1.0 - trained, left ? goes : 1.0 - goes);
      ++s.side;
      steps_[level + 1] = {tree.left(node) + (left ? 0U : 1U), 0, 0, 0.0, 0.0};
      ++level;
    }
  }

 private:
  struct element {
    std::size_t column;
    double zero, one;
  };
  struct step {
    std::size_t node;
    std::uint32_t side;   // children already entered
    std::uint32_t place;  // of the column's element, which had zero and one before; zero < 0: it was new
    double zero, one;
  };

  void enter(step& s, std::size_t column, double zero, double one) noexcept {
    if (place_[column] == 0) {  // places count from 1
      path_[length_] = {column, zero, one};
      place_[column] = static_cast<std::uint32_t>(++length_);
      s.place = place_[column];
      s.zero = -1.0;
      return;
    }
    s.place = place_[column];
    element& e = path_[s.place - 1];
    s.zero = e.zero;
    s.one = e.one;
    e.zero *= zero;
    e.one *= one;
  }

  void leave(const step& s) noexcept {
    element& e = path_[s.place - 1];
    if (s.zero < 0.0) {
      place_[e.column] = 0;
      --length_;
    } else {
      e.zero = s.zero;
      e.one = s.one;
    }
  }

  double add_leaf(double value, std::span<double> values) noexcept {
    double expected = value;
    product_[0] = 1.0;
    for (std::size_t n = 0; n < length_; ++n) {
      const auto [column, zero, one] = path_[n];
      expected *= zero;
      product_[n + 1] = product_[n] * one;
      for (std::size_t k = n; k > 0; --k) product_[k] = product_[k] * zero + product_[k - 1] * one;
      product_[0] *= zero;
    }
    const double length = static_cast<double>(length_);
    for (std::size_t n = 0; n < length_; ++n) {
      const auto [column, zero, one] = path_[n];
      if (zero == one) continue;
      // Coefficient k of the product without this factor, weighed by k! (L - 1 - k)! / L!. Dividing by the larger of the two
      // numbers keeps rounding errors from growing.
      double sum = 0.0;
      double rest = 0.0;
      double weight = 1.0 / length;
      for (std::size_t i = 0; i < length_; ++i) {
        rest = one >= zero ? (product_[length_ - i] - zero * rest) / one : (product_[i] - one * rest) / zero;
        sum += weight * rest;
        if (i + 1 < length_) weight *= static_cast<double>(i + 1) / (length - static_cast<double>(i + 1));
      }
      values[column] += value * (one - zero) * sum;
    }
    return expected;
  }

  std::span<step> steps_;
  std::span<element> path_;
  std::span<double> product_;
  std::span<std::uint32_t> place_;  // of a column in the path, 0: not in it; all 0 between calls, as carved
  std::size_t length_ = 0;
};

}  // namespace millwright::detail
