#include "detect/network/network_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright::detail {

namespace {

constexpr double smallest_residual = 0.01;  // of a column that is given back exactly, in its scale

/// Kingma & Ba 2015 with their constants.
class adam {
 public:
  adam(std::size_t weights, double rate) : rate_(rate), mean_(weights, 0.0), square_(weights, 0.0) {}

  void step(std::vector<double>& weights, const std::vector<double>& gradient) {
    constexpr double keep_mean = 0.9;
    constexpr double keep_square = 0.999;
    mean_left_ *= keep_mean;
    square_left_ *= keep_square;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      mean_[i] = keep_mean * mean_[i] + (1.0 - keep_mean) * gradient[i];
      square_[i] = keep_square * square_[i] + (1.0 - keep_square) * (gradient[i] * gradient[i]);
      const double mean = mean_[i] / (1.0 - mean_left_);
      const double square = square_[i] / (1.0 - square_left_);
      weights[i] -= rate_ * mean / (std::sqrt(square) + 1e-8);
    }
  }

 private:
  double rate_;
  double mean_left_ = 1.0;
  double square_left_ = 1.0;
  std::vector<double> mean_, square_;
};

/// Uniform within +-sqrt(6 / (inputs + outputs)); biases 0.
std::vector<double> glorot_start(const dense_network& network, std::uint64_t seed) {
  random_stream random(seed, 0);
  std::vector<double> weights;
  weights.reserve(network.weights());
  for (std::size_t l = 1; l < network.layers.size(); ++l) {
    const std::size_t inputs = network.size(l - 1);
    const double reach = std::sqrt(6.0 / static_cast<double>(inputs + network.size(l)));
    for (std::size_t o = 0; o < network.size(l); ++o) {
      for (std::size_t i = 0; i < inputs; ++i) weights.push_back(reach * (2.0 * random.uniform() - 1.0));
      weights.push_back(0.0);
    }
  }
  return weights;
}

class trainer {
 public:
  trainer(const dense_network& network, const standardized_rows& rows, const training_options& options)
      : network_(network),
        rows_(rows),
        options_(options),
        activations_(network.values()),
        deltas_(network.values()),
        target_(rows.columns) {}

  trained_network run() {
    const auto held =
        std::clamp(static_cast<std::size_t>(options_.held_out * static_cast<double>(rows_.rows)), std::size_t{1}, rows_.rows - 1);
    const std::size_t training = rows_.rows - held;
    std::vector<double> weights = glorot_start(network_, options_.seed);
    std::vector<double> gradient(weights.size());
    adam optimizer(weights.size(), options_.learning_rate);
    std::vector<std::size_t> order(training);
    std::iota(order.begin(), order.end(), std::size_t{0});
    trained_network best;
    double least = math::infinity;
    std::size_t epoch = 0;
    while (true) {
      const double loss = mean_loss(weights, training, rows_.rows);
      if (loss < least) {
        least = loss;
        best.weights = weights;
        best.epoch = epoch;
      }
      if (epoch == options_.epochs || epoch - best.epoch >= options_.patience || !(loss < math::infinity)) break;
      ++epoch;
      random_stream random(options_.seed, epoch);
      for (std::size_t i = training - 1; i > 0; --i) std::swap(order[i], order[static_cast<std::size_t>(random.below(i + 1))]);
      for (std::size_t first = 0; first < training; first += options_.batch) {
        const std::size_t last = std::min(training, first + options_.batch);
        std::fill(gradient.begin(), gradient.end(), 0.0);
        for (std::size_t i = first; i < last; ++i) {
          load(order[i], weights);
          network_.add_gradient(weights.data(), activations_.data(), target_, deltas_.data(), gradient.data());
        }
        const double share = 1.0 / static_cast<double>((last - first) * rows_.columns);
        for (double& g : gradient) g *= share;
        optimizer.step(weights, gradient);
      }
    }
    if (best.weights.empty() || !all_finite(best.weights)) return {};
    best.residual_scale = residual_scale(best.weights);
    return best;
  }

 private:
  /// Runs row r through the network; target_ is what it should give.
  void load(std::size_t r, const std::vector<double>& weights) {
    const auto row = rows_[r];
    for (std::size_t c = 0; c < row.size(); ++c) activations_[c] = target_[c] = std::clamp(row[c], -options_.clip, options_.clip);
    network_.forward(kernels_, weights.data(), activations_.data());
  }
  [[nodiscard]] const double* output() const noexcept { return activations_.data() + activations_.size() - target_.size(); }

  double mean_loss(const std::vector<double>& weights, std::size_t first, std::size_t last) {
    double sum = 0.0;
    for (std::size_t r = first; r < last; ++r) {
      load(r, weights);
      for (std::size_t c = 0; c < target_.size(); ++c) sum += (output()[c] - target_[c]) * (output()[c] - target_[c]);
    }
    return sum / static_cast<double>(last - first);
  }

  /// Of clipped values: one wild row must not blunt a column.
  std::vector<double> residual_scale(const std::vector<double>& weights) {
    std::vector<double> sums(target_.size(), 0.0);
    for (std::size_t r = 0; r < rows_.rows; ++r) {
      load(r, weights);
      for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += (output()[c] - target_[c]) * (output()[c] - target_[c]);
    }
    for (double& s : sums) s = std::max(smallest_residual, std::sqrt(s / static_cast<double>(rows_.rows)));
    return sums;
  }

  const kernel_table& kernels_ = active_kernels();
  const dense_network& network_;
  const standardized_rows& rows_;
  training_options options_;
  std::vector<double> activations_, deltas_, target_;
};

}  // namespace

trained_network train_autoencoder(const dense_network& network, const standardized_rows& rows, const training_options& options) {
  return trainer(network, rows, options).run();
}

}  // namespace millwright::detail
