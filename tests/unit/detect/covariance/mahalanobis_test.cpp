#include "millwright/detect/covariance/mahalanobis.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/covariance/shrunk_covariance.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using test::fitted;
using test::run;

/// Second column follows the first.
row_table correlated(std::size_t rows, std::uint64_t seed) {
  row_table table = test::normal_rows(rows, 3, seed);
  for (std::size_t r = 0; r < rows; ++r) table.view()[r][1] = table.view()[r][0] + 0.1 * table.view()[r][1];
  return table;
}

TEST(inverse_cholesky, whitens) {
  const std::vector<double> s{4.0, 2.0, 2.0, 3.0};
  const auto w = detail::inverse_cholesky(s, 2);
  ASSERT_EQ(w.size(), 4U);
  EXPECT_DOUBLE_EQ(w[0], 0.5);
  EXPECT_EQ(w[1], 0.0);
  EXPECT_NEAR(w[2], -0.5 / std::sqrt(2.0), 1e-15);
  EXPECT_NEAR(w[3], 1.0 / std::sqrt(2.0), 1e-15);
}

TEST(inverse_cholesky, ridges_what_is_nearly_singular_and_gives_up_on_nonsense) {
  EXPECT_EQ(detail::inverse_cholesky(std::vector<double>{1.0, 1.0, 1.0, 1.0}, 2).size(), 4U);
  EXPECT_TRUE(detail::inverse_cholesky(std::vector<double>{1.0, 3.0, 3.0, 1.0}, 2).empty());
  EXPECT_TRUE(detail::inverse_cholesky(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}, 1).empty());
  EXPECT_TRUE(detail::inverse_cholesky(std::vector<double>{0.0}, 1).empty());
}

TEST(mahalanobis, finds_rows_that_break_a_correlation) {
  const auto stage = fitted(mahalanobis(), test::columns(3), correlated(2000, 1).view());
  row_table probe(3);
  probe.append(std::vector<double>{2.0, 2.0, 0.0}, {});
  probe.append(std::vector<double>{2.0, -2.0, 0.0}, {});
  const row_table scores = run(stage, test::columns(3), probe.view());
  EXPECT_LT(scores.view()[0][0], 3.0);
  EXPECT_GT(scores.view()[1][0], 10.0);
}

TEST(mahalanobis, squared_scores_of_normal_rows_average_the_number_of_columns) {
  const row_table rows = test::normal_rows(5000, 6, 2);
  const row_table scores = run(fitted(mahalanobis(), test::columns(6), rows.view()), test::columns(6), rows.view());
  double sum = 0.0;
  for (std::size_t r = 0; r < rows.rows(); ++r) sum += scores.view()[r][0] * scores.view()[r][0];
  EXPECT_NEAR(sum / 5000.0, 6.0, 0.1);
}

TEST(mahalanobis, a_few_bad_training_rows_do_not_hide_faults) {
  row_table rows = test::normal_rows(1000, 4, 3);
  for (std::size_t r = 0; r < 20; ++r) rows.view()[r][0] = 1000.0;
  row_table probe(4);
  probe.append(std::vector<double>{8.0, 0.0, 0.0, 0.0}, {});
  mahalanobis unprotected;
  unprotected.winsor.reset();
  EXPECT_GT(run(fitted(mahalanobis(), test::columns(4), rows.view()), test::columns(4), probe.view()).view()[0][0], 5.0);
  EXPECT_LT(run(fitted(unprotected, test::columns(4), rows.view()), test::columns(4), probe.view()).view()[0][0], 1.0);
}

TEST(mahalanobis, columns_that_do_not_vary_take_no_part) {
  row_table rows = test::normal_rows(200, 3, 4);
  for (std::size_t r = 0; r < rows.rows(); ++r) rows.view()[r][1] = 5.0;
  row_table probe(3);
  probe.append(std::vector<double>{0.0, 5.0, 0.0}, {});
  probe.append(std::vector<double>{0.0, 500.0, 0.0}, {});
  const row_table scores = run(fitted(mahalanobis(), test::columns(3), rows.view()), test::columns(3), probe.view());
  EXPECT_EQ(scores.view()[0][0], scores.view()[1][0]);
}

TEST(mahalanobis, works_with_fewer_rows_than_columns) {
  const row_table rows = test::normal_rows(20, 50, 5);
  for (const char* estimator : {"oas", "ledoit_wolf"}) {
    mahalanobis m;
    m.estimator = estimator;
    const auto stage = fitted(m, test::columns(50), rows.view());
    EXPECT_GT(stage.shrinkage_, 0.1);
    const row_table scores = run(stage, test::columns(50), test::normal_rows(20, 50, 6).view());
    for (std::size_t r = 0; r < 20; ++r) EXPECT_LT(scores.view()[r][0], 20.0);
  }
  mahalanobis bare;
  bare.estimator = "fixed";
  bare.shrinkage = 0.0;
  const auto singular = fitted(bare, test::columns(50), rows.view());
  EXPECT_TRUE(detail::all_finite(singular.whitening_.values())) << "the ridge keeps it finite";
}

TEST(mahalanobis, scores_nan_for_rows_that_are_not_finite) {
  const auto stage = fitted(mahalanobis(), test::columns(2), test::normal_rows(100, 2, 5).view());
  row_table probe(2);
  probe.append(std::vector<double>{std::numeric_limits<double>::quiet_NaN(), 0.0}, {});
  probe.append(std::vector<double>{0.0, -std::numeric_limits<double>::infinity()}, {});
  const row_table scores = run(stage, test::columns(2), probe.view());
  EXPECT_TRUE(std::isnan(scores.view()[0][0]));
  EXPECT_TRUE(std::isnan(scores.view()[1][0]));
}

TEST(mahalanobis, explains_a_shifted_feature) {
  const row_table rows = test::normal_rows(1000, 20, 7);
  test::ready<mahalanobis> stage(fitted(mahalanobis(), test::columns(20), rows.view()), test::columns(20));
  random_stream random(8, 0);
  int right = 0;
  for (int i = 0; i < 200; ++i) {
    row_table probe = test::normal_rows(1, 20, 100 + static_cast<std::uint64_t>(i));
    const auto shifted = random.below(20);
    probe.view().values[shifted] += 6.0;
    std::vector<double> contributions(20, -1.0);
    stage.stage.explain(probe.view()[0], contributions);
    EXPECT_GE(*std::min_element(contributions.begin(), contributions.end()), 0.0);
    right +=
        static_cast<std::uint64_t>(std::max_element(contributions.begin(), contributions.end()) - contributions.begin()) == shifted ? 1 : 0;
  }
  EXPECT_GE(right, 190);
}

TEST(mahalanobis, merging_parts_equals_observing_all) {
  const row_table rows = test::normal_rows(300, 4, 9);
  mahalanobis a;
  mahalanobis b;
  test::must(b.observe(test::columns(4), rows.slice(0, 300)));
  test::must(a.merge(std::move(b)));
  test::must(a.finish());
  EXPECT_TRUE(test::same_model(a, fitted(mahalanobis(), test::columns(4), rows.view())));
}

TEST(mahalanobis, says_why_it_cannot_learn_and_refuses_hostile_models) {
  mahalanobis m;
  EXPECT_EQ(test::refusal(m, test::columns(2)), errc::not_fitted);
  row_table constant(2);
  for (int r = 0; r < 50; ++r) constant.append(std::vector<double>{1.0, 2.0}, {});
  test::must(m.observe(test::columns(2), constant.view()));
  EXPECT_FALSE(m.finish());
  row_table unscored(2);
  for (int r = 0; r < 50; ++r) unscored.append(std::vector<double>{1.0, 2.0}, {0, bits(quality::not_scored), -1});
  test::must(m.observe(test::columns(2), unscored.view()));
  EXPECT_FALSE(m.finish());
  m.estimator = "best";
  EXPECT_FALSE(m.finish());

  const auto good = fitted(mahalanobis(), test::columns(2), test::normal_rows(100, 2, 5).view());
  EXPECT_EQ(test::refusal(good, test::columns(3)), errc::incompatible);
  EXPECT_EQ(test::refusal(test::with_learned<mahalanobis, double>(good, "whitening", {1.0, 2.0, 3.0}, {3}), test::columns(2)),
            errc::corrupt_file);
  EXPECT_EQ(test::refusal(test::with_learned<mahalanobis, double>(good, "whitening",
                                                                  std::vector<double>(4, std::numeric_limits<double>::infinity()), {2, 2}),
                          test::columns(2)),
            errc::corrupt_file);
}

}  // namespace
}  // namespace millwright
