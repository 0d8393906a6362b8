#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright::detail {

/// Location and covariance by the minimum covariance determinant.
struct minimum_covariance {
  std::vector<double> location;    ///< mean of the rows that are kept by reweighting
  std::vector<double> covariance;  ///< of the same, consistent at the normal distribution; d x d
  std::vector<double> raw_location;
  std::vector<double> raw_covariance;      ///< of the h rows, without consistency factor
  std::vector<std::uint32_t> raw_support;  ///< the h rows, ascending
};

/// h of n rows for a share: between (n + d + 1) / 2 at 1/2 and n at 1, as in Rousseeuw & Van Driessen's program.
[[nodiscard]] std::size_t mcd_subset_size(std::size_t rows, std::size_t columns, double support) noexcept;

/// `values` holds `columns` columns one after the other, none constant. Six starts (hyperbolic tangent, Spearman, normal scores, spatial
/// sign, the half nearest the median, pairwise Gnanadesikan-Kettenring) and the ten best of a hundred random ones, which random numbers of
/// a fixed seed draw as FastMCD does (Rousseeuw & Van Driessen, Technometrics 41, 1999), each refined until it concentrates no further; the
/// smallest determinant wins, the first of equals. With the random starts the estimate may depend on the order of the rows. Spreads
/// are 1.4826 MAD where the paper has Qn. Reweighted at the chi-square's 97.5 %; factors of consistency by Croux & Haesbroeck (1999), none
/// for small samples. About 150 rows x columns^2 and columns^2 sorts of the rows. Errors: no more than two rows a column; h rows in a
/// hyperplane. Source: Hubert, Rousseeuw & Verdonck, J. Computational and Graphical Statistics 21 (2012).
[[nodiscard]] result<minimum_covariance> deterministic_mcd(std::string_view stage, std::span<const double> values, std::size_t columns,
                                                           double support);

}  // namespace millwright::detail
