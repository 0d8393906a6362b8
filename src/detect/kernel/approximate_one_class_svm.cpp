#include "millwright/detect/kernel/approximate_one_class_svm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "detect/covariance/shrunk_covariance.hpp"
#include "detect/kernel/linear_one_class.hpp"
#include "detect/kernel/svm_kernel.hpp"
#include "detect/kernel/training_scale.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "statistics/kmeans.hpp"

namespace millwright {

namespace {

constexpr std::size_t fewest_rows = 2;
constexpr std::size_t most_rows = 1'000'000;
constexpr std::size_t most_values = std::size_t{1} << 27;  // rows x features
constexpr std::size_t landmark_rows = 20;                  // rows that k-means sees for each landmark

detail::kernel_formula formula_of(std::string_view map) {
  detail::kernel_formula f;
  f.kind = map == "fourier" ? detail::kernel_kind::cosine : detail::kernel_kind::rbf;
  return f;
}

/// Directions in half-turns and phases, so that a wave is cos(pi (direction.z + phase)).
detail::vector_tiles random_waves(std::size_t count, std::size_t columns, double gamma, std::uint64_t seed) {
  std::vector<double> directions;
  std::vector<double> phases;
  const double deviation = std::sqrt(2.0 * gamma) / math::pi;
  for (std::size_t j = 0; j < count; ++j) {
    random_stream random(seed, j);
    for (std::size_t c = 0; c < columns; ++c) directions.push_back(deviation * random.normal());
    phases.push_back(2.0 * random.uniform());
  }
  detail::vector_tiles waves = detail::tile_vectors(directions.data(), count, columns);
  std::copy(phases.begin(), phases.end(), waves.offsets.begin());
  return waves;
}

/// Centres of evenly chosen rows.
std::vector<double> landmarks_of(const detail::scaled_rows& scaled, std::size_t n, std::size_t columns, std::size_t count) {
  const std::size_t wanted = std::min(n, std::max<std::size_t>(2000, landmark_rows * count));
  std::vector<double> sample;
  for (std::size_t i = 0; i < wanted; ++i) {
    const double* row = &scaled.z[i * n / wanted * columns];
    sample.insert(sample.end(), row, row + columns);
  }
  return detail::kmeans(sample, columns, count, {.starts = 1, .most_rounds = 10}).centers;
}

}  // namespace

result<port> approximate_one_class_svm::prepare(const port& in, workspace& memory) {
  MILLWRIGHT_CHECK(validate_params(*this));
  return prepare_expansion(id, in, memory, formula_of(map));
}

void approximate_one_class_svm::explain(std::span<const double> row, std::span<double> contributions) noexcept {
  if (formula().kind == detail::kernel_kind::rbf) {
    explain_by_distance(row, contributions, false);
  } else {
    explain_by_replacement(row, contributions);
  }
}

result<void> approximate_one_class_svm::finish() {
  MILLWRIGHT_CHECK(validate_params(*this));
  MILLWRIGHT_TRY(const row_table rows, training_.take(id, fewest_rows));
  const std::size_t n = rows.rows();
  const std::size_t width = rows.columns();
  const auto wanted = static_cast<std::size_t>(features);
  if (n * wanted > most_values) {
    return error(
        errc::limit_exceeded, id,
        std::to_string(n) + " rows of " + std::to_string(wanted) + " features are more than " + std::to_string(most_values) + " values",
        "fit on fewer rows, evenly chosen, or take fewer features");
  }
  MILLWRIGHT_TRY(detail::scaled_rows scaled, detail::scale_rows(id, rows, true, standardize, most_rows));
  detail::kernel_formula f = formula_of(map);
  f.gamma = detail::gamma_of(gamma, width, scaled.variance);

  const bool waves = f.kind == detail::kernel_kind::cosine;
  detail::vector_tiles vectors;
  std::size_t count = wanted;
  std::vector<double> whitening;  // of the landmarks' kernel matrix
  if (waves) {
    vectors = random_waves(count, width, f.gamma, static_cast<std::uint64_t>(seed));
  } else {
    const std::vector<double> landmarks = landmarks_of(scaled, n, width, wanted);
    count = landmarks.size() / width;
    vectors = detail::tile_vectors(landmarks.data(), count, width);
    f.by_distances = detail::needs_distances(f.gamma, vectors.offsets.data(), vectors.offsets.size());
  }
  const std::size_t padded = vectors.offsets.size();
  const detail::kernel_table& kernels = detail::active_kernels();
  std::vector<double> values(padded);
  const auto kernels_to = [&](const double* z) {
    const double square = detail::squared_norm(z, width);
    detail::kernel_values(kernels, f, vectors.values.data(), vectors.offsets.data(), vectors.tiles(), width, z, &square, 1, values.data());
  };
  if (!waves) {
    std::vector<double> matrix(count * count);
    std::vector<double> landmark(width);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < width; ++c)
        landmark[c] = vectors.values[(i / detail::svm_tile * width + c) * detail::svm_tile + i % detail::svm_tile];
      kernels_to(landmark.data());
      for (std::size_t j = 0; j <= i; ++j) matrix[i * count + j] = matrix[j * count + i] = values[j];
      matrix[i * count + i] = 1.0;
    }
    whitening = detail::inverse_cholesky(matrix, count);
    if (whitening.empty() || !detail::all_finite(whitening)) {
      return error(errc::invalid_data, id, "the kernel matrix of " + std::to_string(count) + " landmarks is singular",
                   "take fewer features or a larger gamma");
    }
  }

  // Features of every row: waves, or kernels whitened so that their products approximate the kernel.
  const double amplitude = std::sqrt(2.0 / static_cast<double>(count));
  std::vector<double> table(n * count);
  for (std::size_t i = 0; i < n; ++i) {
    kernels_to(&scaled.z[i * width]);
    for (std::size_t j = 0; j < count; ++j)
      table[i * count + j] = waves ? amplitude * values[j] : kernels.dot(&whitening[j * count], values.data(), j + 1);
  }
  const detail::linear_one_class solution = detail::solve_linear_one_class(table.data(), n, count, nu * static_cast<double>(n), tolerance);
  if (!solution.converged) {
    return error(errc::invalid_data, id, "the solver did not reach its tolerance", "standardize the columns, or allow a larger tolerance");
  }

  std::vector<double> coefficients(padded, 0.0);
  for (std::size_t j = 0; j < count; ++j) {
    if (waves) {
      coefficients[j] = amplitude * solution.weights[j];
    } else {
      for (std::size_t i = 0; i <= j; ++i) coefficients[i] += whitening[j * count + i] * solution.weights[j];
    }
  }
  const std::size_t tiles = vectors.tiles();
  center_ = learned_array<double>(std::move(scaled.center));
  factor_ = learned_array<double>(std::move(scaled.factor));
  typical_ = learned_array<double>(std::move(scaled.typical));
  vectors_ = learned_array<double>(std::move(vectors.values), {tiles, width, detail::svm_tile});
  offsets_ = learned_array<double>(std::move(vectors.offsets), {tiles, detail::svm_tile});
  coefficients_ = learned_array<double>(std::move(coefficients), {tiles, detail::svm_tile});
  rho_ = solution.rho;
  gamma_ = f.gamma;
  vector_count_ = static_cast<std::int64_t>(count);
  return {};
}

}  // namespace millwright
