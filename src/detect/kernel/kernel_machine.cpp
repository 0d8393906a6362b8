#include "millwright/detect/kernel/kernel_machine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "detect/kernel/smo.hpp"
#include "detect/kernel/svm_kernel.hpp"
#include "detect/kernel/training_scale.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 2;
constexpr std::size_t most_rows = 100'000;
constexpr double largest_kernel = 1e30;  // the cache is single precision
constexpr double cache_resolution = 1e-7;
constexpr std::size_t column_tiles = 8;  // of kernel values on their way into the cache

detail::kernel_kind kind_of(std::string_view kernel) {
  if (kernel == "linear") return detail::kernel_kind::linear;
  if (kernel == "polynomial") return detail::kernel_kind::polynomial;
  return kernel == "sigmoid" ? detail::kernel_kind::sigmoid : detail::kernel_kind::rbf;
}

}  // namespace

detail::kernel_formula kernel_machine::kernel_setting() const noexcept {
  detail::kernel_formula f;
  f.kind = kind_of(kernel);
  f.coef0 = coef0;
  f.degree = degree;
  return f;
}

void kernel_machine::explain_row(std::span<const double> row, std::span<double> contributions) noexcept {
  if (formula().kind == detail::kernel_kind::rbf) {
    explain_by_distance(row, contributions, true);
  } else {
    explain_by_deviation(row, contributions);
  }
}

result<double> kernel_machine::fit(std::string_view stage, detail::training_rows& training, dual form) {
  MILLWRIGHT_TRY(const row_table rows, training.take(stage, fewest_rows));
  detail::kernel_formula f = kernel_setting();
  const bool rbf = f.kind == detail::kernel_kind::rbf;
  // The RBF kernel sees differences only; around the mean their products lose least.
  MILLWRIGHT_TRY(detail::scaled_rows scaled, detail::scale_rows(stage, rows, rbf, standardize, most_rows));
  const std::size_t n = rows.rows();
  const std::size_t width = rows.columns();
  f.gamma = detail::gamma_of(gamma, width, scaled.variance);
  const detail::vector_tiles all = detail::tile_vectors(scaled.z.data(), n, width);
  f.by_distances = rbf && detail::needs_distances(f.gamma, all.offsets.data(), n);
  std::vector<double> diagonal(n);
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    diagonal[i] = detail::kernel_of_itself(f, all.offsets[i]);
    // Products of two rows may be as large as these with the other sign: the constant must not hide it.
    const double bound = f.kind == detail::kernel_kind::polynomial
                             ? detail::kernel_of_product({f.kind, f.gamma, std::fabs(f.coef0), f.degree}, all.offsets[i])
                             : diagonal[i];
    largest = bound <= largest ? largest : bound;
  }
  if (!(largest <= largest_kernel)) {
    return error(errc::invalid_data, stage, "the kernel \"" + kernel + "\" gives values beyond 1e30 for these rows",
                 "standardize the columns, or choose a smaller gamma or degree");
  }

  const detail::kernel_table& kernels = detail::active_kernels();
  std::vector<double> values(column_tiles * detail::svm_tile);
  const auto column = [&](std::size_t i, float* out) {
    for (std::size_t first = 0; first < all.tiles(); first += column_tiles) {
      const std::size_t start = first * detail::svm_tile;
      detail::kernel_values(kernels, f, all.values.data() + start * width, all.offsets.data() + start,
                            std::min(column_tiles, all.tiles() - first), width, scaled.z.data() + i * width, &all.offsets[i], 1,
                            values.data());
      const std::size_t end = std::min(n, start + column_tiles * detail::svm_tile);
      for (std::size_t v = start; v < end; ++v) out[v] = static_cast<float>(values[v - start]);
    }
  };
  const double total = nu * static_cast<double>(n);
  std::vector<double> linear;
  if (form == dual::ball) {
    for (const double d : diagonal) linear.push_back(-0.5 * total * d);
  }
  const detail::smo_solution solution = detail::solve_smo({
      .size = n,
      .column = column,
      .diagonal = diagonal,
      .linear = linear,
      .start = {},
      .total = total,
      // Kernels rounded to single precision need not be positive definite: below their noise the steps would not end.
      .tolerance = std::max(tolerance, cache_resolution * largest * std::sqrt(total)),
      .cache_bytes = static_cast<std::size_t>(cache_mb) << 20,
      .max_iterations = max_iterations,
  });
  if (!solution.converged) {
    return error(errc::invalid_data, stage, "the solver did not reach its tolerance in " + std::to_string(max_iterations) + " steps",
                 "standardize the columns, allow more steps, or a larger tolerance");
  }

  const double scale = form == dual::ball ? 2.0 / total : 1.0;
  std::vector<double> vectors;
  std::vector<double> coefficients;
  double centre_square = 0.0;  // a' Q a, from the gradient Q a + p
  for (std::size_t i = 0; i < n; ++i) {
    if (!(solution.alpha[i] > 0.0)) continue;
    vectors.insert(vectors.end(), &scaled.z[i * width], &scaled.z[i * width] + width);
    coefficients.push_back(scale * solution.alpha[i]);
    centre_square += solution.alpha[i] * (solution.gradient[i] - (linear.empty() ? 0.0 : linear[i]));
  }
  vector_count_ = static_cast<std::int64_t>(coefficients.size());
  if (f.kind == detail::kernel_kind::linear) {
    std::vector<double> sum(width, 0.0);
    for (std::size_t v = 0; v < coefficients.size(); ++v) {
      for (std::size_t c = 0; c < width; ++c) sum[c] += coefficients[v] * vectors[v * width + c];
    }
    vectors = std::move(sum);
    coefficients = {1.0};
  }
  detail::vector_tiles kept = detail::tile_vectors(vectors.data(), coefficients.size(), width);
  const std::size_t tiles = kept.tiles();
  coefficients.resize(tiles * detail::svm_tile, 0.0);
  center_ = learned_array<double>(std::move(scaled.center));
  factor_ = learned_array<double>(std::move(scaled.factor));
  typical_ = learned_array<double>(std::move(scaled.typical));
  vectors_ = learned_array<double>(std::move(kept.values), {tiles, width, detail::svm_tile});
  offsets_ = learned_array<double>(std::move(kept.offsets), {tiles, detail::svm_tile});
  coefficients_ = learned_array<double>(std::move(coefficients), {tiles, detail::svm_tile});
  rho_ = scale * solution.rho;
  gamma_ = f.gamma;
  objective_ = solution.objective;
  return centre_square / (total * total);
}

}  // namespace millwright
