#include "millwright/detect/distance/knn_distance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "millwright/detect/distance/kmeans_distance.hpp"
#include "statistics/kmeans.hpp"
#include "statistics/standardized_rows.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

/// Distances of a row to all training rows, on the scale that the stage learned, ascending.
std::vector<double> distances_by_hand(const knn_distance& stage, std::span<const double> row, const row_table& training) {
  std::vector<double> list;
  for (std::size_t r = 0; r < training.rows(); ++r) {
    double sum = 0.0;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double difference = (row[c] - training.view()[r][c]) / stage.scale_[c];
      sum += difference * difference;
    }
    list.push_back(std::sqrt(sum));
  }
  std::sort(list.begin(), list.end());
  return list;
}

TEST(knn_distance, equals_a_search_by_hand) {
  const row_table training = test::normal_rows(700, 5, 1);
  const row_table probes = test::normal_rows(40, 5, 2);
  for (const char* aggregate : {"mean", "largest", "median"}) {
    for (const std::int64_t neighbors : {1, 4, 5, 1000}) {
      knn_distance stage;
      stage.aggregate = aggregate;
      stage.neighbors = neighbors;
      stage = fitted(stage, test::columns(5), training.view());
      const row_table scores = run(stage, test::columns(5), probes.view());
      for (std::size_t r = 0; r < probes.rows(); ++r) {
        std::vector<double> near = distances_by_hand(stage, probes.view()[r], training);
        near.resize(std::min<std::size_t>(near.size(), static_cast<std::size_t>(neighbors)));
        const std::size_t n = near.size();
        double expected = near.back();
        if (stage.aggregate == "median") expected = 0.5 * (near[(n - 1) / 2] + near[n / 2]);
        if (stage.aggregate == "mean") {
          expected = 0.0;
          for (double d : near) expected += d / static_cast<double>(n);
        }
        EXPECT_NEAR(scores.view()[r][0], expected, 1e-10 * expected) << aggregate << " " << neighbors;
      }
    }
  }
}

TEST(knn_distance, a_condensed_set_changes_no_score_by_more_than_its_covering_radius) {
  const row_table training = test::normal_rows(3000, 3, 3);
  const row_table probes = test::normal_rows(200, 3, 4);
  knn_distance full;
  full.neighbors = 1;
  full.max_reference = 65536;
  knn_distance condensed = full;
  condensed.max_reference = 300;
  full = fitted(full, test::columns(3), training.view());
  condensed = fitted(condensed, test::columns(3), training.view());
  EXPECT_EQ(condensed.reference_.shape(), (std::vector<std::size_t>{3, 300}));
  const row_table of_training = run(condensed, test::columns(3), training.view());
  double radius = 0.0;
  for (std::size_t r = 0; r < training.rows(); ++r) radius = std::max(radius, of_training.view()[r][0]);
  const row_table a = run(full, test::columns(3), probes.view());
  const row_table b = run(condensed, test::columns(3), probes.view());
  for (std::size_t r = 0; r < probes.rows(); ++r) {
    EXPECT_GE(b.view()[r][0], a.view()[r][0]);
    EXPECT_LE(b.view()[r][0], a.view()[r][0] + radius);
  }
  EXPECT_LT(radius, 0.7);
}

TEST(k_center, chooses_at_most_twice_the_best_radius_and_no_point_twice) {
  // Three tight groups: any three centres that leave one out would have a radius of 10.
  std::vector<double> points;
  random_stream random(5, 0);
  for (int i = 0; i < 60; ++i) points.push_back(10.0 * (i % 3) + 0.1 * random.uniform());
  const auto chosen = detail::k_center(points, 1, 3);
  ASSERT_EQ(chosen.size(), 3U);
  std::vector<std::size_t> groups;
  for (std::size_t i : chosen) groups.push_back(i % 3);
  std::sort(groups.begin(), groups.end());
  EXPECT_EQ(groups, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(detail::k_center(std::vector<double>{1.0, 2.0, 1.0, 2.0, 2.0}, 1, 5).size(), 2U);
}

TEST(covering_sample, is_half_as_dense_as_the_points_and_covers_what_that_misses) {
  // One dense group and five points far from it and from each other, which a sample at even distances does not see.
  std::vector<double> points;
  random_stream random(9, 0);
  for (int i = 0; i < 1000; ++i) points.push_back(random.uniform());
  for (int i = 0; i < 5; ++i) points[static_cast<std::size_t>(100 * i + 51)] = 100.0 * (i + 1);
  const auto chosen = detail::covering_sample(points, 1, 20);
  ASSERT_EQ(chosen.size(), 20U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(chosen[i], 100 * i);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(std::count(chosen.begin(), chosen.end(), 100 * i + 51), 1);
  EXPECT_EQ(detail::covering_sample(std::vector<double>{1.0, 2.0, 1.0, 2.0, 2.0}, 1, 4), (std::vector<std::size_t>{0, 2, 1}));
}

TEST(knn_distance, a_condensed_set_keeps_dense_places_apart_from_sparse_ones) {
  // Nine rows of ten lie in a narrow group, the others around it; a place counts as ordinary where many were.
  row_table training = test::normal_rows(4000, 2, 10);
  for (std::size_t r = 0; r < training.rows(); ++r) {
    for (double& v : training.view()[r]) v *= r % 10 == 0 ? 5.0 : 0.5;
  }
  knn_distance stage;
  stage.max_reference = 400;
  stage = fitted(stage, test::columns(2), training.view());
  const row_table scores = run(stage, test::columns(2), training.view());
  std::size_t in_order = 0;
  for (std::size_t r = 0; r + 1 < training.rows(); r += 10) in_order += scores.view()[r + 1][0] < scores.view()[r][0] ? 1 : 0;
  EXPECT_GT(in_order, 380U);
}

TEST(knn_distance, training_rows_that_are_references_count_themselves) {
  const row_table training = test::normal_rows(50, 2, 6);
  knn_distance stage;
  stage.neighbors = 1;
  const row_table scores = run(fitted(stage, test::columns(2), training.view()), test::columns(2), training.view());
  for (std::size_t r = 0; r < training.rows(); ++r) EXPECT_EQ(scores.view()[r][0], 0.0);
}

TEST(kmeans_distance, equals_a_search_by_hand_and_averages_one) {
  const row_table training = test::normal_rows(500, 4, 7);
  for (const std::int64_t clusters : {1, 7, 40}) {
    kmeans_distance stage;
    stage.clusters = clusters;
    stage = fitted(stage, test::columns(4), training.view());
    const std::size_t count = stage.clusters_.shape()[1];
    EXPECT_EQ(count, static_cast<std::size_t>(clusters));
    const row_table scores = run(stage, test::columns(4), training.view());
    double squares = 0.0;
    for (std::size_t r = 0; r < training.rows(); ++r) {
      double nearest = 1e300;
      for (std::size_t k = 0; k < count; ++k) {
        double sum = 0.0;
        for (std::size_t c = 0; c < 4; ++c) {
          const double difference = (training.view()[r][c] - stage.center_[c]) / stage.scale_[c] - stage.clusters_[c * count + k];
          sum += difference * difference;
        }
        nearest = std::min(nearest, sum);
      }
      EXPECT_NEAR(scores.view()[r][0], std::sqrt(nearest) / stage.spread_, 1e-12);
      squares += scores.view()[r][0] * scores.view()[r][0];
    }
    EXPECT_NEAR(squares / 500.0, 1.0, 1e-9);
  }
}

template <class Stage>
void refuses_hostile_models(std::string_view array, std::size_t shape_of_a_row) {
  const port in = test::columns(2);
  EXPECT_EQ(test::refusal(Stage(), in), errc::not_fitted);
  const auto good = fitted(Stage(), in, test::normal_rows(100, 2, 8).view());
  EXPECT_EQ(test::refusal(good, test::columns(3)), errc::incompatible);
  const auto refused = [&](std::string_view name, std::vector<double> values, std::vector<std::size_t> shape) {
    return test::refusal(test::with_learned<Stage, double>(good, name, std::move(values), std::move(shape)), in) == errc::corrupt_file;
  };
  EXPECT_TRUE(refused("center", {0.0, std::nan("")}, {2}));
  EXPECT_TRUE(refused("scale", {1.0, -1.0}, {2}));
  EXPECT_TRUE(refused("scale", {0.0, 0.0}, {2}));
  EXPECT_TRUE(refused("scale", {1.0}, {1}));
  EXPECT_TRUE(refused(array, {}, {0}));
  EXPECT_TRUE(refused(array, std::vector<double>(2 * shape_of_a_row + 1, 0.0), {2 * shape_of_a_row + 1}));
  EXPECT_TRUE(refused(array, std::vector<double>(2, HUGE_VAL), {2, 1}));
  EXPECT_TRUE(refused(array, std::vector<double>(2, 1e200), {2, 1})) << "squares would overflow";
}

TEST(knn_distance, refuses_hostile_models) { refuses_hostile_models<knn_distance>("reference", 100); }
TEST(kmeans_distance, refuses_hostile_models) { refuses_hostile_models<kmeans_distance>("clusters", 10); }

}  // namespace
}  // namespace millwright
