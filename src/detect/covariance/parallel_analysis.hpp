#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright::detail {

/// How many components stand out of noise: leading eigenvalues of the correlation of `columns` columns over `rows` rows, times
/// rows / (rows - 1), that exceed the 95th percentile of those of 100 draws of independent normal columns. At least 1.
/// O(columns^3) whatever the number of rows. Errors: fewer rows than columns, more than 512 columns.
/// Sources: Horn, Psychometrika 30 (1965); Bartlett's decomposition of the Wishart distribution, 1933.
[[nodiscard]] result<std::size_t> parallel_analysis(std::string_view stage, std::span<const double> eigenvalues, std::size_t columns,
                                                    std::size_t rows);

}  // namespace millwright::detail
