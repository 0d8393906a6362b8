#include "detect/network/dense_network.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright::detail {

activation_kind activation_of(std::string_view name) noexcept {
  if (name == "relu") return activation_kind::relu;
  return name == "linear" ? activation_kind::linear : activation_kind::tanh;
}

double hyperbolic_tangent(double x) noexcept {
  const double magnitude = std::fabs(x);
  if (magnitude > 20.0) return x > 0.0 ? 1.0 : -1.0;  // 1 - 2 e^-40 rounds to 1
  const double e = math::expm1(2.0 * magnitude);
  const double t = e / (e + 2.0);
  return x < 0.0 ? -t : t;
}

namespace {

double activate(activation_kind kind, double x) noexcept {
  if (kind == activation_kind::tanh) return hyperbolic_tangent(x);
  return kind == activation_kind::relu && !(x > 0.0) ? 0.0 : x;
}

/// Derivative in terms of the activation itself.
double slope(activation_kind kind, double activated) noexcept {
  if (kind == activation_kind::tanh) return 1.0 - activated * activated;
  return kind == activation_kind::relu && !(activated > 0.0) ? 0.0 : 1.0;
}

}  // namespace

std::size_t dense_network::weights() const noexcept {
  std::size_t count = 0;
  for (std::size_t l = 1; l < layers.size(); ++l) count += size(l) * (size(l - 1) + 1);
  return count;
}

std::size_t dense_network::values() const noexcept {
  std::size_t count = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) count += size(l);
  return count;
}

void dense_network::forward(const kernel_table& kernels, const double* weights, double* activations) const noexcept {
  for (std::size_t l = 1; l < layers.size(); ++l) {
    const std::size_t inputs = size(l - 1);
    const bool is_last = l + 1 == layers.size();
    double* out = activations + inputs;
    for (std::size_t o = 0; o < size(l); ++o, weights += inputs + 1) {
      const double sum = kernels.dot(weights, activations, inputs) + weights[inputs];
      out[o] = is_last ? sum : activate(activation, sum);
    }
    activations = out;
  }
}

void dense_network::add_gradient(const double* weights, const double* activations, std::span<const double> target, double* deltas,
                                 double* gradient) const noexcept {
  // From the last layer back: delta of an output is the derivative of the loss with respect to its sum.
  std::size_t from = values() - size(layers.size() - 1);
  std::size_t weight = this->weights();
  for (std::size_t o = 0; o < target.size(); ++o) deltas[from + o] = 2.0 * (activations[from + o] - target[o]);
  for (std::size_t l = layers.size() - 1; l > 0; --l) {
    const std::size_t inputs = size(l - 1);
    const std::size_t before = from - inputs;
    weight -= size(l) * (inputs + 1);
    std::fill_n(deltas + before, inputs, 0.0);
    for (std::size_t o = 0; o < size(l); ++o) {
      const double delta = deltas[from + o];
      const double* w = weights + weight + o * (inputs + 1);
      double* g = gradient + weight + o * (inputs + 1);
      for (std::size_t i = 0; i < inputs; ++i) {
        g[i] += delta * activations[before + i];
        deltas[before + i] += delta * w[i];
      }
      g[inputs] += delta;
    }
    if (l > 1) {
      for (std::size_t i = 0; i < inputs; ++i) deltas[before + i] *= slope(activation, activations[before + i]);
    }
    from = before;
  }
}

}  // namespace millwright::detail
