#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/statistics/training_rows.hpp"

namespace millwright::detail {

/// Columns on one scale, (x - center) / scale, as detectors of distances and residuals need them. A scale of 0 marks a column that
/// did not vary in training: it takes no part. Standardised values are held to +-`reach`, so that no square overflows.
class standardizer {
 public:
  static constexpr double reach = 1e100;

  /// Checks what `stage` learned. Errors: not fitted, another number of columns, arrays that do not fit.
  result<void> prepare(std::string_view stage, const port& in, const learned_array<double>& center, const learned_array<double>& scale);
  /// Memory for one row.
  void take(workspace& memory) noexcept { values_ = memory.carve_scratch<double>(used_); }

  /// Fills values(); false when a value of the row, used or not, is not finite.
  [[nodiscard]] bool load(std::span<const double> row) noexcept {
    bool finite = true;
    for (double v : row) finite &= v - v == 0.0;
    for_each_used([&](std::size_t c, std::size_t k) { values_[k] = std::clamp((row[c] - center_[c]) / scale_[c], -reach, reach); });
    return finite;
  }
  /// Columns that take part.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  /// The last row, standardised, without the columns that take no part.
  [[nodiscard]] std::span<const double> values() const noexcept { return values_; }

  /// visit(c, k) for each used column: c among all columns, k among the used ones.
  template <class Visit>
  void for_each_used(Visit visit) const noexcept {
    for (std::size_t c = 0, k = 0; c < width_; ++c) {
      if (scale_[c] > 0.0) visit(c, k++);
    }
  }

 private:
  const double* center_ = nullptr;
  const double* scale_ = nullptr;
  std::size_t width_ = 0;
  std::size_t used_ = 0;
  std::span<double> values_;  // scratch
};

/// Whether every value is finite and within the standardizer's reach: what a learned array of standardised values must be.
[[nodiscard]] inline bool all_within_reach(std::span<const double> values) noexcept {
  return std::all_of(values.begin(), values.end(), [](double v) { return v >= -standardizer::reach && v <= standardizer::reach; });
}

}  // namespace millwright::detail
