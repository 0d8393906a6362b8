// One-class SVM, SVDD and their approximation: what follows from their definitions. Values: tests/golden/one_class_golden_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "detect/kernel/smo.hpp"
#include "kernels/exp.inl.hpp"
#include "kernels/svm_kernels.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/detect/kernel/approximate_one_class_svm.hpp"
#include "millwright/detect/kernel/one_class_svm.hpp"
#include "millwright/detect/kernel/svdd.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

constexpr std::size_t width = 5;

row_table rows_of(std::size_t count, std::uint64_t seed) {
  row_table rows(width);
  random_stream random(seed, 0);
  std::vector<double> values(width);
  for (std::size_t r = 0; r < count; ++r) {
    for (double& v : values) v = random.normal();
    rows.append(values, {});
  }
  return rows;
}

template <class Stage>
row_table scores_of(const Stage& s, const row_table& train, const row_table& rows) {
  return test::run(test::fitted(s, test::columns(width), train.view()), test::columns(width), rows.view());
}

TEST(one_class, nu_bounds_outliers_and_support_vectors) {
  const row_table rows = rows_of(400, 1);
  for (const double nu : {0.01, 0.1, 0.5, 0.9, 1.0}) {
    one_class_svm s;
    s.nu = nu;
    s.tolerance = 1e-6;
    const one_class_svm fitted = test::fitted(s, test::columns(width), rows.view());
    EXPECT_GE(static_cast<double>(fitted.vector_count_), nu * 400 - 1e-9) << nu;
    const row_table scores = test::run(fitted, test::columns(width), rows.view());
    int outside = 0;
    for (std::size_t r = 0; r < rows.rows(); ++r) outside += scores.view()[r][0] > 1e-4 ? 1 : 0;
    EXPECT_LE(outside, nu * 400 + 1e-9) << nu;
  }
}

TEST(one_class, svdd_with_an_rbf_kernel_is_the_svm_up_to_a_factor) {
  const row_table train = rows_of(200, 2);
  const row_table rows = rows_of(50, 3);
  one_class_svm s;
  svdd ball;
  s.tolerance = ball.tolerance = 1e-8;
  const row_table a = scores_of(s, train, rows);
  const row_table b = scores_of(ball, train, rows);
  for (std::size_t r = 0; r < rows.rows(); ++r) EXPECT_NEAR(b.view()[r][0], a.view()[r][0] * 2.0 / (0.1 * 200), 1e-8);
}

TEST(one_class, svdd_with_a_linear_kernel_is_the_smallest_ball) {
  row_table rows(2);
  for (const auto& p : {std::vector{0.0, 0.0}, {2.0, 0.0}, {1.0, 1.0}, {1.0, -0.5}, {1.0, 0.2}}) rows.append(p, {});
  svdd ball;
  ball.kernel = "linear";
  ball.nu = 0.2;  // one row's worth: no row may lie outside
  ball.tolerance = 1e-10;
  const svdd fitted = test::fitted(ball, test::columns(2), rows.view());
  EXPECT_NEAR(fitted.radius_, 1.0, 1e-5);
  const row_table scores = test::run(fitted, test::columns(2), rows.view());
  for (const std::size_t on_the_ball : {0, 1, 2}) EXPECT_NEAR(scores.view()[on_the_ball][0], 0.0, 1e-5);
  EXPECT_NEAR(scores.view()[3][0], 0.25 - 1.0, 1e-5);
}

TEST(one_class, nystroem_with_every_row_a_landmark_is_exact) {
  const row_table train = rows_of(60, 4);
  const row_table rows = rows_of(30, 5);
  one_class_svm exact;
  approximate_one_class_svm near;
  exact.tolerance = 1e-7;
  near.tolerance = 1e-7;
  near.features = 60;
  const row_table a = scores_of(exact, train, rows);
  const row_table b = scores_of(near, train, rows);
  for (std::size_t r = 0; r < rows.rows(); ++r) EXPECT_NEAR(a.view()[r][0], b.view()[r][0], 1e-4);
}

TEST(one_class, a_row_of_a_large_offset_is_scored_as_without_it) {
  row_table train = rows_of(100, 6);
  row_table moved = train;
  for (std::size_t r = 0; r < moved.rows(); ++r) {
    for (double& v : moved.view()[r]) v += 0x1p30;
    for (std::size_t c = 0; c < width; ++c) train.view()[r][c] = moved.view()[r][c] - 0x1p30;
  }
  one_class_svm s;
  s.gamma = 0.2;
  const row_table a = scores_of(s, train, train);
  const row_table b = scores_of(s, moved, moved);
  for (std::size_t r = 0; r < train.rows(); ++r) EXPECT_NEAR(a.view()[r][0], b.view()[r][0], 1e-6);
}

TEST(one_class, a_wide_and_a_narrow_kernel_use_either_form_of_the_distance) {
  const row_table train = rows_of(100, 7);
  for (const double gamma : {1e-3, 1e6}) {
    one_class_svm s;
    s.gamma = gamma;
    const row_table scores = scores_of(s, train, train);
    for (std::size_t r = 0; r < train.rows(); ++r) EXPECT_TRUE(std::isfinite(scores.view()[r][0])) << gamma;
  }
}

TEST(one_class, says_what_is_wrong_with_settings_and_rows) {
  one_class_svm s;
  s.gamma = "wide";
  test::must(s.observe(test::columns(width), rows_of(20, 8).view()));
  const auto gamma = s.finish();
  ASSERT_FALSE(gamma);
  EXPECT_NE(gamma.error().message().find("wide"), std::string::npos) << gamma.error().message();

  row_table many(1);
  many.resize(100'001);
  one_class_svm large;
  test::must(large.observe(test::columns(1), many.view()));
  const auto limit = large.finish();
  ASSERT_FALSE(limit);
  EXPECT_EQ(limit.error().code, errc::limit_exceeded);

  one_class_svm impatient;
  impatient.max_iterations = 3;
  test::must(impatient.observe(test::columns(width), rows_of(200, 9).view()));
  const auto steps = impatient.finish();
  ASSERT_FALSE(steps);
  EXPECT_NE(steps.error().message().find("3 steps"), std::string::npos) << steps.error().message();
}

TEST(one_class, a_small_cache_gives_the_same_model) {
  const std::size_t n = 200;
  std::vector<double> q(n * n);
  std::vector<double> diagonal(n, 1.0);
  const row_table rows = rows_of(n, 10);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double d = 0.0;
      for (std::size_t c = 0; c < width; ++c) d += (rows.view()[i][c] - rows.view()[j][c]) * (rows.view()[i][c] - rows.view()[j][c]);
      q[i * n + j] = math::exp(-0.2 * d);
    }
  }
  const auto column = [&](std::size_t i, float* out) {
    for (std::size_t j = 0; j < n; ++j) out[j] = static_cast<float>(q[i * n + j]);
  };
  const auto solve = [&](std::size_t bytes) {
    return detail::solve_smo({.size = n,
                              .column = column,
                              .diagonal = diagonal,
                              .linear = {},
                              .start = {},
                              .total = 30.0,
                              .tolerance = 1e-5,
                              .cache_bytes = bytes,
                              .max_iterations = 100'000});
  };
  const auto small = solve(0);
  const auto large = solve(std::size_t{1} << 30);
  EXPECT_TRUE(small.converged);
  EXPECT_EQ(small.alpha, large.alpha);
  EXPECT_EQ(small.rho, large.rho);
}

TEST(one_class, exponentials_of_negative_numbers_are_close_to_the_exact_ones) {
  using pack = detail::scalar_pack<double>;
  double worst = 0.0;
  for (double x = 0.0; x > -700.0; x = 1.01 * x - 1e-3) {
    const double exact = math::exp(x);
    worst = std::max(worst, std::fabs(detail::exp_of_negative(pack(x)).value - exact) / exact);
  }
  EXPECT_LE(worst, 2 * 0x1p-52);
  EXPECT_EQ(detail::exp_of_negative(pack(0.0)).value, 1.0);
  EXPECT_EQ(detail::exp_of_negative(pack(-708.5)).value, 0.0);
  EXPECT_EQ(detail::exp_of_negative(pack(-math::infinity)).value, 0.0);
  EXPECT_EQ(detail::exp_of_negative(pack(math::nan)).value, 0.0);
}

TEST(one_class, every_level_gives_the_same_bits) {
  constexpr std::size_t tiles = 3;
  constexpr std::size_t n = tiles * detail::svm_tile;
  constexpr std::size_t rows = 7;
  constexpr std::size_t columns = 11;
  random_stream random(12, 0);
  std::vector<double> vectors(n * columns);
  std::vector<double> x(rows * columns);
  std::vector<double> squares(n);
  for (double& v : vectors) v = random.normal();
  for (double& v : x) v = random.normal();
  for (double& v : squares) v = 4.0 + random.uniform();
  vectors[5] = math::nan;
  vectors[40] = 1e200;
  const auto all_of = [&](const detail::svm_kernels& k) {
    std::vector<double> products(rows * n);
    k.products(vectors.data(), tiles, columns, x.data(), rows, products.data());
    std::vector<double> all = products;
    for (std::size_t r = 0; r < rows; ++r) k.rbf_of_products(squares.data(), 5.0, 0.7, n, products.data() + r * n);
    all.insert(all.end(), products.begin(), products.end());
    return all;
  };
  const std::vector<double> expected = all_of(*detail::kernels_of(kernel_level::scalar)->svm);
  for (const kernel_level level : {kernel_level::sse2, kernel_level::avx2, kernel_level::avx512, kernel_level::neon64}) {
    const detail::kernel_table* kernels = detail::kernels_of(level);
    if (kernels == nullptr) continue;
    const std::vector<double> found = all_of(*kernels->svm);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const bool both_nan = std::isnan(expected[i]) && std::isnan(found[i]);
      EXPECT_TRUE(both_nan || expected[i] == found[i]) << to_string(level) << " " << i;
    }
  }
}

}  // namespace
}  // namespace millwright
