#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace millwright::detail {

struct kernel_table;

enum class activation_kind { tanh, relu, linear };
[[nodiscard]] activation_kind activation_of(std::string_view name) noexcept;

/// The shape of a dense network: values in each layer. Weights lie layer by layer, output by output, the bias after the weights of its
/// output; activations lie layer by layer, the input first. The last layer is linear.
struct dense_network {
  std::span<const std::int32_t> layers;
  activation_kind activation = activation_kind::tanh;

  [[nodiscard]] std::size_t size(std::size_t layer) const noexcept { return static_cast<std::size_t>(layers[layer]); }
  [[nodiscard]] std::size_t weights() const noexcept;
  [[nodiscard]] std::size_t values() const noexcept;

  /// From the input, which is the first part of `activations`, to the rest of it. Sums run in the kernels' lanes.
  void forward(const kernel_table& kernels, const double* weights, double* activations) const noexcept;

  /// Adds to `gradient` that of sum (output - target)^2 with respect to each weight, after forward; `deltas` is scratch as long as
  /// `activations`.
  void add_gradient(const double* weights, const double* activations, std::span<const double> target, double* deltas,
                    double* gradient) const noexcept;
};

/// (e^x - e^-x) / (e^x + e^-x), <= 4 ulp.
[[nodiscard]] double hyperbolic_tangent(double x) noexcept;

}  // namespace millwright::detail
