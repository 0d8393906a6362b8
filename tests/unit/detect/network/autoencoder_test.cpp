#include "millwright/detect/network/autoencoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "detect/network/dense_network.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "support/rows_support.hpp"

namespace millwright {
namespace {

using detail::activation_kind;
using test::fitted;
using test::run;

TEST(hyperbolic_tangent, equals_the_long_double_one) {
  double worst = 0.0;
  for (double x = -25.0; x < 25.0; x += 0.00917) {
    const auto exact = static_cast<double>(std::tanh(static_cast<long double>(x)));
    worst = std::max(worst, std::fabs(detail::hyperbolic_tangent(x) - exact) / std::fabs(exact));
  }
  EXPECT_LT(worst, 4.0 * 2.3e-16);
  EXPECT_EQ(detail::hyperbolic_tangent(1e-300), 1e-300);
  EXPECT_EQ(detail::hyperbolic_tangent(-1e300), -1.0);
}

TEST(dense_network, gradient_equals_central_differences) {
  const std::vector<std::int32_t> layers{5, 7, 3, 6, 5};
  for (const auto kind : {activation_kind::tanh, activation_kind::relu, activation_kind::linear}) {
    const detail::dense_network network{layers, kind};
    random_stream random(1, static_cast<std::uint64_t>(kind));
    std::vector<double> weights(network.weights());
    for (double& w : weights) w = 0.7 * random.normal();
    std::vector<double> input(5);
    std::vector<double> target(5);
    for (double& v : input) v = random.normal();
    for (double& v : target) v = random.normal();
    std::vector<double> activations(network.values());
    const auto loss = [&] {
      std::copy(input.begin(), input.end(), activations.begin());
      network.forward(detail::active_kernels(), weights.data(), activations.data());
      double sum = 0.0;
      for (std::size_t o = 0; o < 5; ++o) {
        const double residual = activations[activations.size() - 5 + o] - target[o];
        sum += residual * residual;
      }
      return sum;
    };
    static_cast<void>(loss());
    std::vector<double> deltas(network.values(), -1.0);
    std::vector<double> gradient(weights.size(), 0.0);
    network.add_gradient(weights.data(), activations.data(), target, deltas.data(), gradient.data());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      constexpr double h = 1e-6;
      const double kept = weights[i];
      weights[i] = kept + h;
      const double above = loss();
      weights[i] = kept - h;
      const double below = loss();
      weights[i] = kept;
      EXPECT_NEAR(gradient[i], (above - below) / (2.0 * h), 1e-6 * (1.0 + std::fabs(gradient[i]))) << "weight " << i;
    }
  }
}

double mean_square(const row_table& scores) {
  double sum = 0.0;
  for (std::size_t r = 0; r < scores.rows(); ++r) sum += scores.view()[r][0] * scores.view()[r][0];
  return sum / static_cast<double>(scores.rows());
}

TEST(autoencoder, scores_of_normal_rows_average_the_number_of_columns) {
  const row_table rows = test::normal_rows(600, 6, 2);
  const auto stage = fitted(with_defaults<autoencoder>(), test::columns(6), rows.view());
  EXPECT_NEAR(mean_square(run(stage, test::columns(6), rows.view())), 6.0, 1.0);
}

TEST(autoencoder, keeps_the_best_of_its_epochs_and_stops_early) {
  autoencoder stage;
  stage.epochs = 10000;
  stage.patience = 5;
  stage.learning_rate = 0.05;
  stage = fitted(stage, test::columns(4), test::normal_rows(200, 4, 3).view());
  EXPECT_GT(stage.epochs_, 0);
  EXPECT_LT(stage.epochs_, 2000);
}

TEST(autoencoder, the_same_rows_and_seed_give_the_same_bytes) {
  const row_table rows = test::normal_rows(150, 5, 4);
  autoencoder stage;
  stage.epochs = 10;
  const auto a = fitted(stage, test::columns(5), rows.view());
  EXPECT_TRUE(test::same_model(a, fitted(stage, test::columns(5), rows.view())));
  stage.seed = 1;
  EXPECT_FALSE(test::same_model(a, fitted(stage, test::columns(5), rows.view())));
}

TEST(autoencoder, says_what_is_wrong_with_its_layers) {
  autoencoder stage;
  stage.hidden = {2.5};
  test::must(stage.observe(test::columns(3), test::normal_rows(50, 3, 5).view()));
  EXPECT_EQ(stage.finish().error().code, errc::invalid_argument);
  stage.hidden.assign(8, 3.0);
  EXPECT_EQ(stage.finish().error().code, errc::invalid_argument);
}

TEST(autoencoder, refuses_hostile_models) {
  const port in = test::columns(2);
  EXPECT_EQ(test::refusal(autoencoder(), in), errc::not_fitted);
  autoencoder settings;
  settings.epochs = 2;
  settings.hidden = {3.0};
  const auto good = fitted(settings, in, test::normal_rows(50, 2, 6).view());
  const auto layers_refused = [&](std::vector<std::int32_t> layers) {
    const std::vector<std::size_t> shape{layers.size()};
    return test::refusal(test::with_learned<autoencoder, std::int32_t>(good, "layers", std::move(layers), shape), in) == errc::corrupt_file;
  };
  EXPECT_TRUE(layers_refused({}));
  EXPECT_TRUE(layers_refused({2, 2}));
  EXPECT_TRUE(layers_refused({2, 4, 2})) << "the weights do not fit";
  EXPECT_TRUE(layers_refused({2, -3, 2}));
  EXPECT_TRUE(layers_refused({2, INT32_MAX, INT32_MAX, 2}));
  EXPECT_TRUE(layers_refused({3, 3, 2}));
  EXPECT_TRUE(layers_refused({-2, 3, -2}));
  EXPECT_TRUE(layers_refused(std::vector<std::int32_t>(100, 2)));
  const std::size_t n = good.weights_.size();
  for (const double bad : {std::nan(""), HUGE_VAL, 1e9}) {
    EXPECT_EQ(test::refusal(test::with_learned<autoencoder, double>(good, "weights", std::vector<double>(n, bad), {n}), in),
              errc::corrupt_file);
  }
  EXPECT_EQ(test::refusal(test::with_learned<autoencoder, double>(good, "residual_scale", {1.0, 0.0}, {2}), in), errc::corrupt_file);
}

}  // namespace
}  // namespace millwright
