#pragma once

#include <span>

#include "millwright/features/time_view.hpp"
#include "millwright/features/view.hpp"

namespace millwright {

/// The valid samples of one window as float64, closed up: what views need that compare or combine single samples.
class samples_view {
 public:
  static constexpr std::string_view id = "samples";
  static constexpr std::string_view doc = "the valid samples as float64";
  using needs = view_list<time_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const time_view& time) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::span<const double> x;
  double mean = 0.0;
  bool is_constant = false;

 private:
  std::span<double> memory_;
};

}  // namespace millwright
