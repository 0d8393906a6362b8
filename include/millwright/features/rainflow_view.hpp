#pragma once

#include <span>

#include "millwright/features/samples_view.hpp"
#include "millwright/features/view.hpp"

namespace millwright {

/// Rainflow cycles of one window: ranges of the closed hysteresis loops, each counted as one cycle, and of the residue, each as half a
/// one. By the four-point rule, which gives ASTM E1049's counts. O(n).
/// Source: ASTM E1049-85 (2017), 5.4.4; Amzallag et al., Int. J. Fatigue 16 (1994), for the four points.
class rainflow_view {
 public:
  static constexpr std::string_view id = "rainflow";
  static constexpr std::string_view doc = "rainflow cycles of the samples";
  using needs = view_list<samples_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const samples_view& samples) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return largest == 0.0; }

  std::span<const double> whole;   ///< ranges of whole cycles, in the order in which they close
  std::span<const double> halves;  ///< ranges of half cycles, in the order of time
  double largest = 0.0;            ///< of all ranges

 private:
  std::span<double> ranges_;
  std::span<double> turns_;  ///< turning points that are not part of a cycle yet
};

}  // namespace millwright
