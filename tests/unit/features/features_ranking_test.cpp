#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "millwright/features/ranking.hpp"

namespace millwright {
namespace {

using runs = std::vector<std::vector<double>>;

TEST(Ranking, AStraightRiseToTheSameEndScoresOne) {
  const auto scores = score_prognostics(runs{{0, 1, 2, 3, 4}, {1, 1.5, 2, 2.5, 3, 3.5, 4}});
  ASSERT_TRUE(scores);
  EXPECT_DOUBLE_EQ(scores->monotonicity, 1.0);
  EXPECT_NEAR(scores->trendability, 1.0, 1e-15);
  EXPECT_DOUBLE_EQ(scores->prognosability, 1.0);
}

TEST(Ranking, FollowsTheDefinitionsByHand) {
  // Steps +, -, + and +, +: (1/3 + 1) / 2. Ends 2 and 4: std sqrt(2); changes 2 and 3: mean 2.5.
  const auto scores = score_prognostics(runs{{0, 3, 1, 2}, {1, 2, 4}});
  ASSERT_TRUE(scores);
  EXPECT_DOUBLE_EQ(scores->monotonicity, 2.0 / 3.0);
  EXPECT_NEAR(scores->prognosability, std::exp(-std::sqrt(2.0) / 2.5), 1e-15);
  // numpy.corrcoef([0, 3, 1, 2], numpy.interp([0, 2/3, 4/3, 2], [0, 1, 2], [1, 2, 4]))
  EXPECT_NEAR(scores->trendability, 0.32969023669789344, 1e-12);
}

TEST(Ranking, ValuesThatAreNotFiniteAreLeftOut) {
  const auto with = score_prognostics(runs{{0, std::nan(""), 1, 2, HUGE_VAL}, {0, 1, 2}});
  const auto without = score_prognostics(runs{{0, 1, 2}, {0, 1, 2}});
  ASSERT_TRUE(with && without);
  EXPECT_EQ(with->monotonicity, without->monotonicity);
  EXPECT_EQ(with->trendability, without->trendability);
}

TEST(Ranking, OneRunHasNoTrendabilityAndAConstantNoTrend) {
  const auto one = score_prognostics(runs{{1, 2, 3}});
  ASSERT_TRUE(one);
  EXPECT_TRUE(std::isnan(one->trendability));
  EXPECT_TRUE(std::isnan(one->prognosability));
  const auto flat = score_prognostics(runs{{1, 1, 1}, {1, 1}});
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->monotonicity, 0.0);
  EXPECT_EQ(flat->trendability, 0.0);
  EXPECT_EQ(flat->prognosability, 0.0);
}

TEST(Ranking, RefusesRunsWithoutValues) {
  EXPECT_FALSE(score_prognostics(runs{}));
  const auto verdict = score_prognostics(runs{{1, 2}, {std::nan(""), 1}});
  ASSERT_FALSE(verdict);
  EXPECT_NE(verdict.error().message().find("run 1"), std::string::npos);
}

TEST(Selection, KeepsTheBestAndLeavesOutWhatSaysTheSame) {
  // Column 1 is a monotone function of column 0, column 2 is constant, column 3 is something else.
  std::vector<double> values;
  for (int r = 0; r < 20; ++r) {
    const double v = r;
    values.insert(values.end(), {v, v * v * v, 5.0, static_cast<double>((r * 7) % 20)});
  }
  const const_rows rows{values.data(), 20, 4, 4, nullptr};
  const auto kept = select_features(rows, std::vector<double>{0.5, 0.9, 1.0, 0.1});
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, (std::vector<std::size_t>{1, 3}));
  const auto one = select_features(rows, std::vector<double>{0.5, std::nan(""), 1.0, 0.1}, {1, 0.95});
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, (std::vector<std::size_t>{0}));
}

TEST(Selection, RefusesWhatDoesNotFit) {
  const std::vector<double> values(12, 1.0);
  const const_rows rows{values.data(), 3, 4, 4, nullptr};
  EXPECT_FALSE(select_features(rows, std::vector<double>{1, 2}));
  EXPECT_FALSE(select_features(rows, std::vector<double>{1, 2, 3, 4}, {0, 0.9}));
  EXPECT_FALSE(select_features({values.data(), 2, 4, 4, nullptr}, std::vector<double>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace millwright
