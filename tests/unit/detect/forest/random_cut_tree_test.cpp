#include "detect/forest/random_cut_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "random_cut_tree_support.hpp"

namespace millwright {
namespace {

using points = std::vector<std::vector<double>>;

/// The points below a node, by walking down; checks boxes and counts against them.
std::vector<std::uint16_t> leaves_below(const detail::random_cut_tree& tree, std::uint16_t node) {
  std::vector<std::uint16_t> leaves;
  if (node < tree.capacity) {
    leaves.assign(1, node);
  } else {
    const std::size_t b = node - tree.capacity;
    leaves = leaves_below(tree, tree.left[b]);
    const auto right = leaves_below(tree, tree.right[b]);
    for (const auto leaf : leaves) EXPECT_LE(tree.point[leaf * tree.columns + tree.cut_column[b]], tree.cut[b]);
    for (const auto leaf : right) EXPECT_GT(tree.point[leaf * tree.columns + tree.cut_column[b]], tree.cut[b]);
    leaves.insert(leaves.end(), right.begin(), right.end());
    for (std::size_t c = 0; c < tree.columns; ++c) {
      const auto less = [&](std::uint16_t i, std::uint16_t j) {
        return tree.point[i * tree.columns + c] < tree.point[j * tree.columns + c];
      };
      const auto [low, high] = std::minmax_element(leaves.begin(), leaves.end(), less);
      EXPECT_EQ(tree.low[b * tree.columns + c], tree.point[*low * tree.columns + c]);
      EXPECT_EQ(tree.high[b * tree.columns + c], tree.point[*high * tree.columns + c]);
    }
  }
  std::size_t count = 0;
  for (const auto leaf : leaves) count += tree.count[leaf];
  EXPECT_EQ(count, tree.count[node]);
  return leaves;
}

TEST(random_cut_tree, boxes_counts_and_cuts_are_those_of_the_points_after_any_sequence) {
  test::owned_random_cut_tree tree(17, 3);
  random_stream random(1, 0);
  std::vector<std::vector<double>> held;
  for (std::uint64_t step = 0; step < 1500; ++step) {
    const bool removes = held.size() == 17 || (!held.empty() && random.uniform() < 0.45);
    if (removes) {
      tree.view().remove_oldest();
      held.erase(held.begin());
    } else {
      std::vector<double> x(3);
      for (double& v : x) v = step % 3 == 0 ? random.normal() : static_cast<double>(random.below(3));  // every now and then equal
      tree.view().insert(x, random_stream(2, step));
      held.push_back(x);
    }
    const auto view = tree.view();
    ASSERT_EQ(view.size, held.size());
    ASSERT_TRUE(view.is_valid()) << step;
    if (held.empty()) continue;
    leaves_below(view, view.root);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const auto point = view.point.subspan(tree.leaf(i) * 3U, 3);
      ASSERT_TRUE(std::equal(point.begin(), point.end(), held[i].begin())) << "point " << i << " after step " << step;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

/// Displacement by the definition: how much deeper the others are without the group, over all groups that hold the point.
TEST(random_cut_tree, a_score_is_the_displacement_after_insertion) {
  test::owned_random_cut_tree tree(64, 2);
  random_stream random(3, 0);
  for (std::uint64_t i = 0; i < 300; ++i) {
    if (tree.view().size == 64) tree.view().remove_oldest();
    const std::vector<double> x = {std::floor(8.0 * random.uniform()), random.uniform()};
    const double before = tree.view().codisp(x, random_stream(4, i));
    tree.view().insert(x, random_stream(4, i));
    EXPECT_EQ(tree.view().codisp_of(tree.newest()), before);
  }
}

/// Three points on a line at 0, 1 and 3: the first cut parts {0} | {1, 3} with probability 1/3, else {0, 1} | {3}.
double share_with_single_low(const points& order, bool removes) {
  int single = 0;
  constexpr int trees = 6000;
  for (int t = 0; t < trees; ++t) {
    test::owned_random_cut_tree tree(5, 1);
    std::uint64_t number = 0;
    for (const auto& x : order) tree.view().insert(x, random_stream(static_cast<std::uint64_t>(t), number++));
    if (removes) tree.view().remove_oldest();
    const auto view = tree.view();
    const double cut = view.cut[view.root - view.capacity];
    single += cut < 1.0 ? 1 : 0;
  }
  return single / static_cast<double>(trees);
}

TEST(random_cut_tree, insertion_and_removal_keep_the_distribution_of_trees) {
  constexpr double tolerance = 4.0 * 0.0061;  // standard deviations of a share of 1/3 in 6000
  EXPECT_NEAR(share_with_single_low({{0.0}, {1.0}, {3.0}}, false), 1.0 / 3.0, tolerance);
  EXPECT_NEAR(share_with_single_low({{3.0}, {0.0}, {1.0}}, false), 1.0 / 3.0, tolerance);
  EXPECT_NEAR(share_with_single_low({{1.0}, {3.0}, {0.0}}, false), 1.0 / 3.0, tolerance);
  EXPECT_NEAR(share_with_single_low({{0.5}, {0.0}, {1.0}, {3.0}}, true), 1.0 / 3.0, tolerance);
  EXPECT_NEAR(share_with_single_low({{9.0}, {1.0}, {3.0}, {0.0}}, true), 1.0 / 3.0, tolerance);
}

TEST(random_cut_tree, hostile_contents_are_found) {
  const auto grown = [] {
    test::owned_random_cut_tree tree(8, 2);
    random_stream random(5, 0);
    for (std::uint64_t i = 0; i < 7; ++i) tree.view().insert(std::vector<double>{random.uniform(), random.uniform()}, random_stream(6, i));
    return tree;
  };
  ASSERT_TRUE(grown().view().is_valid());
  const auto expect_refused = [&](auto&& spoil) {
    auto tree = grown();
    spoil(tree.view());
    EXPECT_FALSE(tree.view().is_valid());
  };
  expect_refused([](auto t) { t.root = 65535; });
  expect_refused([](auto t) { t.root = 3; });
  expect_refused([](auto t) { t.size = 9; });
  expect_refused([](auto t) { t.size = 6; });
  expect_refused([](auto t) { t.oldest = 8; });
  expect_refused([](auto t) { t.left[t.root - 8U] = 16; });
  expect_refused([](auto t) { t.left[t.root - 8U] = t.root; });
  expect_refused([](auto t) { t.right[t.root - 8U] = t.left[t.root - 8U]; });
  expect_refused([](auto t) { t.parent[0] = 4; });
  expect_refused([](auto t) { t.count[0] = 2; });
  expect_refused([](auto t) { t.count[t.root] = 8; });
  expect_refused([](auto t) { t.cut_column[t.root - 8U] = 2; });
  expect_refused([](auto t) { t.cut[t.root - 8U] = std::nan(""); });
  expect_refused([](auto t) { t.point[0] = 1e300; });
  expect_refused([](auto t) { t.low[2U * (t.root - 8U)] -= 1.0; });
  expect_refused([](auto t) { t.leaf_of[1] = t.leaf_of[2]; });
  expect_refused([](auto t) { t.leaf_of[1] = 900; });
}

}  // namespace
}  // namespace millwright
