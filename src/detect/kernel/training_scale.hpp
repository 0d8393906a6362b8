#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/data/rows.hpp"

namespace millwright::detail {

/// Training rows of a kernel method, centred and scaled: z = (x - center) * factor.
struct scaled_rows {
  std::vector<double> z;  ///< [rows, columns]
  std::vector<double> center;
  std::vector<double> factor;   ///< 0 for a column that does not vary, when standardising
  std::vector<double> typical;  ///< mean of z
  double variance = 0.0;        ///< of all values of z together
};

/// By spread_of("standard"): center: means where `centered` or `standardized`, else 0; factor: 1, or 1 / standard deviation where
/// `standardized`.
/// Errors: more than `most_rows` rows or 4096 columns, a value beyond 1e100.
[[nodiscard]] result<scaled_rows> scale_rows(std::string_view stage, const row_table& rows, bool centered, bool standardized,
                                             std::size_t most_rows);

/// The setting gamma as a number; scale: 1 / (columns x variance), auto: 1 / columns.
[[nodiscard]] double gamma_of(const number_or_word<double>& setting, std::size_t columns, double variance) noexcept;

}  // namespace millwright::detail
