#include "detect/covariance/parallel_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "millwright/detail/kernels.hpp"
#include "millwright/numeric/math.hpp"
#include "millwright/numeric/random.hpp"
#include "numeric/symmetric_eigen.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t draws = 100;
constexpr std::size_t rank_of_percentile = 95;  // 0-based: 95 of the 100 draws lie below
constexpr std::size_t most_columns = 512;
constexpr std::uint64_t seed = 0x9A1A11E1;

/// Correlation matrix of `rows` independent normal rows, without drawing the rows: Wishart = A A' with A lower triangular, the
/// roots of chi-squares on its diagonal, normals below.
std::vector<double> correlation_of_noise(std::size_t columns, std::size_t rows, random_stream& random) {
  std::vector<double> a(columns * columns, 0.0);
  for (std::size_t i = 0; i < columns; ++i) {
    a[i * columns + i] = std::sqrt(math::chi_square_quantile(random.uniform(), static_cast<double>(rows - 1 - i)));
    for (std::size_t j = 0; j < i; ++j) a[i * columns + j] = random.normal();
    const double length = std::sqrt(active_kernels().dot(&a[i * columns], &a[i * columns], i + 1));
    for (std::size_t j = 0; j <= i && length > 0.0; ++j) a[i * columns + j] /= length;
  }
  std::vector<double> correlation(columns * columns);
  for (std::size_t i = 0; i < columns; ++i) {
    for (std::size_t j = 0; j <= i; ++j)
      correlation[i * columns + j] = correlation[j * columns + i] = active_kernels().dot(&a[i * columns], &a[j * columns], j + 1);
  }
  return correlation;
}

}  // namespace

result<std::size_t> parallel_analysis(std::string_view stage, std::span<const double> eigenvalues, std::size_t columns, std::size_t rows) {
  if (rows <= columns) {
    return error(
        errc::invalid_data, stage,
        "parallel analysis of " + std::to_string(columns) + " columns needs more rows than the " + std::to_string(rows) + " there are",
        "select by variance");
  }
  if (columns > most_columns) {
    return error(errc::limit_exceeded, stage,
                 "parallel analysis takes " + std::to_string(most_columns) + " columns, there are " + std::to_string(columns),
                 "select by variance");
  }
  std::vector<std::vector<double>> noise(columns);
  for (std::size_t draw = 0; draw < draws; ++draw) {
    random_stream random(seed, draw);
    const std::vector<double> values = eigenvalues_of(correlation_of_noise(columns, rows, random), columns);
    for (std::size_t j = 0; j < values.size(); ++j) noise[j].push_back(values[j]);
  }
  const double to_correlation = static_cast<double>(rows - 1) / static_cast<double>(rows);
  std::size_t retained = 0;
  while (retained < eigenvalues.size() && noise[retained].size() == draws) {
    auto& drawn = noise[retained];
    std::sort(drawn.begin(), drawn.end());
    if (eigenvalues[retained] * to_correlation <= drawn[rank_of_percentile]) break;
    ++retained;
  }
  return std::max<std::size_t>(retained, 1);
}

}  // namespace millwright::detail
