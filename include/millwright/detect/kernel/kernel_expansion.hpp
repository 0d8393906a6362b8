#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright {

namespace detail {

struct kernel_table;

enum class kernel_kind : std::uint8_t { rbf, linear, polynomial, sigmoid, cosine };

/// rbf: exp(-gamma |x - y|^2); linear: x.y; polynomial: (gamma x.y + coef0)^degree; sigmoid: tanh(gamma x.y + coef0);
/// cosine: cos(pi (x.y + the vector's phase)).
struct kernel_formula {
  kernel_kind kind = kernel_kind::rbf;
  double gamma = 1.0;
  double coef0 = 0.0;
  std::int64_t degree = 3;
  bool by_distances = false;  ///< rbf: sum squared differences, where the form with products would cancel
};

}  // namespace detail

/// What the kernel detectors learn and how they run it: rho minus a weighted sum of kernels between the row and stored vectors.
///
///   score = rho - sum over v of coefficient_v k(z, vector_v)      z = (row - center) * factor, column by column
///
/// O(vectors x columns) a row; memory of one block of rows. Vectors are stored in tiles of 32, as the inner loop reads them; the
/// last tile is filled up with vectors of coefficient 0.
class kernel_expansion {
 public:
  learned_array<double> center_;
  learned_array<double> factor_;
  learned_array<double> typical_;
  learned_array<double> vectors_;
  learned_array<double> offsets_;
  learned_array<double> coefficients_;
  double rho_ = 0.0;
  double gamma_ = 1.0;
  std::int64_t vector_count_ = 0;

  static constexpr auto model() {
    using self = kernel_expansion;
    return std::tuple{
        learned{"center", &self::center_, "subtracted from each column [columns]"},
        learned{"factor", &self::factor_, "then multiplied: 1 unless columns are standardised [columns]"},
        learned{"typical", &self::typical_, "mean training row, centred and scaled [columns]"},
        learned{"vectors", &self::vectors_, "centred and scaled vectors in tiles, column by column [tiles, columns, 32]"},
        learned{"offsets", &self::offsets_, "squared norm of each vector; phase of each wave of the Fourier map [tiles, 32]"},
        learned{"coefficients", &self::coefficients_, "weight of each vector's kernel [tiles, 32]"},
        learned{"rho", &self::rho_, "score of a row whose kernels are all zero"},
        learned{"gamma", &self::gamma_, "width of the kernel, as the setting gamma resolved to"},
        learned{"vector_count", &self::vector_count_, "vectors with a coefficient, before a linear kernel made one of them"},
    };
  }

  void take(workspace& memory) noexcept;
  void reset() noexcept {}

 protected:
  /// Whole validation of the model; takes the memory of running. `formula` without gamma, which the model has.
  result<port> prepare_expansion(std::string_view stage, const port& in, workspace& memory, const detail::kernel_formula& formula);
  /// k(z, z) is added where `with_self`.
  void score_rows(const const_rows& in, const rows_view& out, bool with_self) noexcept;
  /// Weighted mean over vectors of gamma (z_c - vector_c)^2; weights: k(z, vector), times the coefficient where `weighted`.
  void explain_by_distance(std::span<const double> row, std::span<double> contributions, bool weighted) noexcept;
  /// What the score loses when the column takes its typical value; 0 where it would grow.
  void explain_by_replacement(std::span<const double> row, std::span<double> contributions) noexcept;
  /// (z_c - typical_c)^2.
  void explain_by_deviation(std::span<const double> row, std::span<double> contributions) noexcept;

  [[nodiscard]] const detail::kernel_formula& formula() const noexcept { return formula_; }

 private:
  static constexpr std::size_t block_rows = 16;
  static constexpr std::size_t chunk_tiles = 4;

  /// Row r of the block becomes z; false when it is not finite.
  [[nodiscard]] bool load_row(std::span<const double> row, std::size_t r) noexcept;
  /// Scores of the first `count` rows of the block.
  void score_block(std::size_t count, bool with_self, double* scores) noexcept;

  const detail::kernel_table* kernels_ = nullptr;
  detail::kernel_formula formula_;
  std::size_t columns_ = 0;
  std::size_t tiles_ = 0;
  std::span<double> rows_;     // scratch
  std::span<double> squares_;  // scratch
  std::span<double> values_;   // scratch
};

}  // namespace millwright
