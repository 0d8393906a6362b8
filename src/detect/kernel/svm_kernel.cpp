#include "detect/kernel/svm_kernel.hpp"

#include <algorithm>

#include "millwright/numeric/math.hpp"

namespace millwright::detail {

namespace {

/// Above it, an error of a few units in the last place of gamma |x|^2 would exceed 1e-12 of a kernel value.
constexpr double largest_exponent_by_products = 1e3;

double power(double base, std::int64_t exponent) noexcept {
  double result = 1.0;
  for (double square = base; exponent > 0; exponent /= 2, square *= square) {
    if (exponent % 2 == 1) result *= square;
  }
  return result;
}

double tanh_of(double x) noexcept {
  const double a = x < 0.0 ? -x : x;
  if (!(a <= 22.0)) return x != x ? x : (x < 0.0 ? -1.0 : 1.0);
  const double t = math::expm1(2.0 * a);
  const double value = t / (t + 2.0);
  return x < 0.0 ? -value : value;
}

}  // namespace

vector_tiles tile_vectors(const double* rows, std::size_t n, std::size_t columns) {
  vector_tiles t;
  const std::size_t tiles = (n + svm_tile - 1) / svm_tile;
  t.values.assign(tiles * columns * svm_tile, 0.0);
  t.offsets.assign(tiles * svm_tile, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    double* tile = t.values.data() + i / svm_tile * columns * svm_tile + i % svm_tile;
    for (std::size_t c = 0; c < columns; ++c) tile[c * svm_tile] = rows[i * columns + c];
    t.offsets[i] = squared_norm(rows + i * columns, columns);
  }
  return t;
}

double squared_norm(const double* x, std::size_t columns) noexcept {
  double sum = 0.0;
  for (std::size_t c = 0; c < columns; ++c) sum += x[c] * x[c];
  return sum;
}

double kernel_of_product(const kernel_formula& formula, double product) noexcept {
  switch (formula.kind) {
    case kernel_kind::polynomial: return power(formula.gamma * product + formula.coef0, formula.degree);
    case kernel_kind::sigmoid: return tanh_of(formula.gamma * product + formula.coef0);
    default: return product;
  }
}

double kernel_of_itself(const kernel_formula& formula, double square) noexcept {
  return formula.kind == kernel_kind::rbf ? 1.0 : kernel_of_product(formula, square);
}

bool needs_distances(double gamma, const double* offsets, std::size_t n) noexcept {
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, offsets[i]);
  return !(gamma * largest <= largest_exponent_by_products);
}

void kernel_values(const kernel_table& kernels, const kernel_formula& formula, const double* tiles, const double* offsets,
                   std::size_t tile_count, std::size_t columns, const double* rows, const double* squares, std::size_t count,
                   double* out) noexcept {
  const std::size_t width = tile_count * svm_tile;
  if (formula.kind == kernel_kind::rbf && formula.by_distances) {
    for (std::size_t t = 0; t < tile_count; ++t) {
      kernels.squared_distances(rows, count, {tiles + t * columns * svm_tile, columns, svm_tile, svm_tile}, out + t * svm_tile, width);
    }
    kernels.gaussians(formula.gamma, 0.0, count * width, out);
    return;
  }
  kernels.svm->products(tiles, tile_count, columns, rows, count, out);
  switch (formula.kind) {
    case kernel_kind::rbf:
      for (std::size_t r = 0; r < count; ++r) kernels.svm->rbf_of_products(offsets, squares[r], formula.gamma, width, out + r * width);
      break;
    case kernel_kind::linear: break;
    case kernel_kind::polynomial:
    case kernel_kind::sigmoid:
      for (std::size_t i = 0; i < count * width; ++i) out[i] = kernel_of_product(formula, out[i]);
      break;
    case kernel_kind::cosine:
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t v = 0; v < width; ++v) out[r * width + v] = math::cos_pi(out[r * width + v] + offsets[v]);
      }
      break;
  }
}

}  // namespace millwright::detail
