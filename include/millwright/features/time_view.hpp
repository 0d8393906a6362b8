#pragma once

#include <cstddef>
#include <cstdint>

#include "millwright/features/view.hpp"

namespace millwright {

/// Parts of a time_view beyond the raw sums, as bits.
namespace time_part {
inline constexpr std::uint32_t central = 1u << 0;
inline constexpr std::uint32_t differences = 1u << 1;
inline constexpr std::uint32_t roots = 1u << 2;
inline constexpr std::uint32_t teager = 1u << 3;
inline constexpr std::uint32_t trend = 1u << 4;
}  // namespace time_part

/// Sums over the valid samples x[0] .. x[count - 1] of one window. Two passes: the mean first, then sums about it, so an offset of
/// 1e8 leaves the variance intact. Differences, which do not see an offset, take one pass. Every other view needs this one: it knows
/// whether there is anything to compute. O(n).
class time_view {
 public:
  static constexpr std::string_view id = "time";
  static constexpr std::string_view doc = "sums of the samples, of their powers about the mean, of their differences";

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::size_t count = 0;     ///< valid samples; 0 when there is none or one of them is not finite: no feature is defined
  bool is_constant = false;  ///< all valid samples are equal (also when there is only one)
  double mean = 0.0;
  detail::raw_sums raw = {};                 ///< sum_sqrt_abs only with the part `roots`
  detail::central_sums central = {};         ///< about `mean`; exactly 0 for a constant window
  detail::difference_sums differences = {};  ///< crossings are those of `mean`
  double teager = 0.0;                       ///< sum of x[i]^2 - x[i-1] x[i+1]
  double trend = 0.0;                        ///< sum of (i - (n - 1) / 2) (x[i] - mean)
};

}  // namespace millwright
