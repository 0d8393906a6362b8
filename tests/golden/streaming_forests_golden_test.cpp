// Streaming forests against the package rrcf and the definition of half-space trees (generate_streaming_forests.py), tree by tree.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "millwright/detect/forest/half_space_trees.hpp"
#include "support/paths.hpp"
#include "support/rows_support.hpp"
#include "unit/detect/forest/random_cut_tree_support.hpp"

namespace millwright {
namespace {

std::map<std::string, std::vector<double>> read_reference() {
  std::map<std::string, std::vector<double>> arrays;
  std::ifstream file(test::source_file("tests/golden/streaming_forests_reference.txt"));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (std::string value; words >> value;) arrays[name].push_back(std::strtod(value.c_str(), nullptr));
  }
  return arrays;
}

TEST(streaming_forests_golden, random_cut_trees_displace_as_rrcf_says) {
  auto reference = read_reference();
  const auto& shape = reference.at("rrcf.shape");
  const auto capacity = static_cast<std::size_t>(shape[0]);
  const auto seed = static_cast<std::uint64_t>(shape[1]);
  const auto columns = static_cast<std::size_t>(shape[3]);
  const auto& points = reference.at("rrcf.points");
  test::owned_random_cut_tree tree(capacity, columns);
  for (std::size_t i = 0; i * columns < points.size(); ++i) {
    const auto x = std::span(points).subspan(i * columns, columns);
    if (i >= capacity) tree.view().remove_oldest();
    const double entering = reference.at("rrcf.entering")[i];
    EXPECT_NEAR(tree.view().codisp(x, random_stream(seed, i)), entering, 1e-12 * entering) << "before row " << i << " enters";
    tree.view().insert(x, random_stream(seed, i));
    EXPECT_NEAR(tree.view().codisp_of(tree.newest()), entering, 1e-12 * entering) << "row " << i << " inside";
    ASSERT_TRUE(tree.view().is_valid()) << i;
  }
  const auto& staying = reference.at("rrcf.staying");
  for (std::size_t i = 0; i < staying.size(); ++i) EXPECT_NEAR(tree.view().codisp_of(tree.leaf(i)), staying[i], 1e-12 * staying[i]) << i;
}

TEST(streaming_forests_golden, half_space_trees_score_as_trees_with_counters_do) {
  auto reference = read_reference();
  const auto& shape = reference.at("half_space.shape");
  const auto columns = static_cast<std::size_t>(shape[4]);
  half_space_trees forest;
  forest.trees = static_cast<std::int64_t>(shape[0]);
  forest.depth = static_cast<std::int64_t>(shape[1]);
  forest.window = static_cast<std::int64_t>(shape[2]);
  forest.seed = static_cast<std::int64_t>(shape[3]);
  forest.out_of_box_weight = 0.0;
  forest.learn = "always";
  const auto table = [&](const std::string& name) {
    row_table rows(columns);
    const auto& values = reference.at(name);
    for (std::size_t i = 0; i < values.size(); i += columns) rows.append(std::span(values).subspan(i, columns), {});
    return rows;
  };
  const row_table training = table("half_space.training");
  const row_table stream = table("half_space.stream");
  const auto fitted = test::fitted(forest, test::columns(columns), training.view());
  const row_table scores = test::run(fitted, test::columns(columns), stream.view());
  const auto& expected = reference.at("half_space.scores");
  ASSERT_EQ(scores.rows(), expected.size());
  for (std::size_t r = 0; r < expected.size(); ++r) EXPECT_NEAR(scores.view()[r][0], expected[r], 1e-12) << r;
}

}  // namespace
}  // namespace millwright
