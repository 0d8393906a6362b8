#include "millwright/detect/network/autoencoder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "detect/network/dense_network.hpp"
#include "detect/network/network_training.hpp"
#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "statistics/standardized_rows.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 8;
constexpr std::size_t most_rows = 65536;
constexpr std::size_t most_hidden_layers = 7;
constexpr std::size_t most_weights = 262144;
constexpr double largest_weight = 1e6;  // keeps every sum finite through all layers

error does_not_fit() {
  return {errc::corrupt_file, autoencoder::id, "the network does not fit or is not finite",
          "save the bundle again from the fitted pipeline"};
}

std::vector<std::int32_t> layers_for(const std::vector<double>& hidden, std::size_t columns) {
  const auto width = static_cast<std::int32_t>(columns);
  if (hidden.empty()) {
    const std::int32_t wide = std::clamp(2 * width / 3, 1, 256);
    return {width, wide, std::clamp(width / 3, 1, 256), wide, width};
  }
  std::vector<std::int32_t> layers{width};
  for (double h : hidden) layers.push_back(static_cast<std::int32_t>(h));
  layers.push_back(width);
  return layers;
}

}  // namespace

// ---- running ------------------------------------------------------------------------------------------------------------

result<port> autoencoder::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_CHECK(standardizer_.prepare(id, in, center_, scale_));
  const std::size_t used = standardizer_.used();
  const auto layers = layers_.values();
  if (layers.size() < 3 || layers.size() > most_hidden_layers + 2 || residual_scale_.size() != used) return does_not_fit();
  for (std::size_t l = 1; l + 1 < layers.size(); ++l) {
    if (layers[l] < 1 || layers[l] > 256) return does_not_fit();
  }
  if (static_cast<std::int64_t>(layers.front()) != static_cast<std::int64_t>(used) || layers.back() != layers.front())
    return does_not_fit();
  const detail::dense_network network{layers, detail::activation_of(activation)};
  if (weights_.size() > most_weights || weights_.size() != network.weights()) return does_not_fit();
  for (double w : weights_.values()) {
    if (!(std::fabs(w) <= largest_weight)) return does_not_fit();
  }
  for (double s : residual_scale_.values()) {
    if (!(s >= 1e-6 && s <= detail::standardizer::reach)) return does_not_fit();
  }
  kernels_ = &detail::active_kernels();
  take(memory);
  return port::of({std::string(id)});
}

void autoencoder::take(workspace& memory) noexcept {
  const detail::dense_network network{layers_.values(), detail::activation_of(activation)};
  standardizer_.take(memory);
  activations_ = memory.carve_scratch<double>(network.values());
  residual_ = memory.carve_scratch<double>(standardizer_.used());
}

void autoencoder::reconstruct() noexcept {
  const auto values = standardizer_.values();
  for (std::size_t k = 0; k < values.size(); ++k) activations_[k] = std::clamp(values[k], -clip, clip);
  detail::dense_network{layers_.values(), detail::activation_of(activation)}.forward(*kernels_, weights_.data(), activations_.data());
  const double* output = activations_.data() + activations_.size() - values.size();
  for (std::size_t k = 0; k < values.size(); ++k) residual_[k] = (values[k] - output[k]) / residual_scale_[k];
}

void autoencoder::process(const const_rows& in, const rows_view& out) noexcept {
  for (std::size_t r = 0; r < in.rows; ++r) {
    out[r][0] = math::nan;
    if (!standardizer_.load(in[r])) continue;
    reconstruct();
    out[r][0] = std::sqrt(kernels_->dot(residual_.data(), residual_.data(), residual_.size()));
  }
}

void autoencoder::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  std::fill(contributions.begin(), contributions.end(), 0.0);
  if (!standardizer_.load(row)) return;
  reconstruct();
  standardizer_.for_each_used([&](std::size_t c, std::size_t k) { contributions[c] = residual_[k] * residual_[k]; });
}

// ---- fitting ------------------------------------------------------------------------------------------------------------

result<void> autoencoder::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  if (hidden.size() > most_hidden_layers) {
    return error(errc::invalid_argument, id, "there are " + std::to_string(hidden.size()) + " hidden layers; the autoencoder takes seven",
                 "give fewer sizes in hidden");
  }
  for (double h : hidden) {
    if (h != std::floor(h))
      return error(errc::invalid_argument, id, "a hidden layer has " + std::to_string(h) + " values", "give whole numbers in hidden");
  }
  MILLWRIGHT_TRY(detail::standardized_rows rows, detail::take_standardized(id, training_, scaling, fewest_rows, most_rows));
  const std::vector<std::int32_t> layers = layers_for(hidden, rows.columns);
  const detail::dense_network network{layers, detail::activation_of(activation)};
  if (network.weights() > most_weights) {
    return error(errc::limit_exceeded, id, "the network would have " + std::to_string(network.weights()) + " weights; 262144 are allowed",
                 "give smaller hidden layers, or fewer features or lags");
  }
  detail::training_options options;
  options.clip = clip;
  options.epochs = static_cast<std::size_t>(epochs);
  options.batch = static_cast<std::size_t>(batch);
  options.learning_rate = learning_rate;
  options.held_out = held_out;
  options.patience = static_cast<std::size_t>(patience);
  options.seed = static_cast<std::uint64_t>(seed);
  detail::trained_network learned = detail::train_autoencoder(network, rows, options);
  bool good = !learned.weights.empty();
  for (double w : learned.weights) good &= std::fabs(w) <= largest_weight;
  if (!good) {
    return error(errc::invalid_data, id, "training did not converge: the weights grow without bound",
                 "lower learning_rate, or look for training rows with absurd values");
  }
  layers_ = learned_array<std::int32_t>(layers);
  weights_ = learned_array<double>(std::move(learned.weights));
  residual_scale_ = learned_array<double>(std::move(learned.residual_scale));
  epochs_ = static_cast<std::int64_t>(learned.epoch);
  center_ = learned_array<double>(std::move(rows.center));
  scale_ = learned_array<double>(std::move(rows.scale));
  return {};
}

}  // namespace millwright
