#pragma once

#include <limits>

#include "millwright/numeric/math.hpp"

namespace millwright::detail {

/// above / below; NaN unless `below` is a positive, finite number.
[[nodiscard]] inline double ratio(double above, double below) noexcept {
  return below > 0.0 && below <= std::numeric_limits<double>::max() ? above / below : math::nan;
}

}  // namespace millwright::detail
