#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/stage.hpp"
#include "millwright/data/quality.hpp"
#include "millwright/data/rows.hpp"

namespace millwright::detail {

/// What a learner can make use of.
struct row_policy {
  bool keeps_missing = false;  ///< rows with NaN, as long as one column is not; infinities never
  bool uses_weights = false;   ///< row_meta::weight; rows of weight 0 are left out
};

/// What a learner gathers between observe and finish: the usable rows and, for messages, why the others were left out.
/// A row is left out when it carries quality::not_scored or when one of the chosen columns is not finite; see row_policy.
class training_rows {
 public:
  /// Appends the chosen columns (none given: all) of the usable rows.
  /// Errors: no columns, a column count that differs from the port's or from that of earlier calls, a weight that is negative, not
  /// finite or, where the policy does not use weights, not 1.
  result<void> observe(std::string_view stage, const port& in, const const_rows& rows, std::span<const std::uint32_t> chosen = {},
                       row_policy policy = {});
  /// Appends what `other` gathered.
  result<void> merge(std::string_view stage, training_rows&& other);
  /// Hands the rows over and starts afresh. Error: fewer than `fewest` rows; it says which column spoils most of them.
  result<row_table> take(std::string_view stage, std::size_t fewest);

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::uint64_t> not_finite_;  // rows in which this column was the reason
  std::uint64_t not_scored_ = 0;
  std::uint64_t weightless_ = 0;
  std::uint64_t seen_ = 0;
  row_table rows_;
};

/// Finite: neither NaN nor infinite.
[[nodiscard]] inline bool all_finite(std::span<const double> values) noexcept {
  bool finite = true;
  for (double v : values) finite &= v - v == 0.0;
  return finite;
}

}  // namespace millwright::detail
