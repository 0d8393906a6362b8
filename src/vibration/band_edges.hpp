#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "millwright/vibration/band_filter.hpp"

namespace millwright::detail {

/// Edges and slopes as the stages that look at one band understand them; f_hi 0: rate / 2. Errors (invalid_argument, naming `stage`):
/// not 0 < f_lo < f_hi <= rate / 2.
[[nodiscard]] inline result<band_filter_design> design_band(double rate_hz, double f_lo_hz, std::optional<double> f_hi_hz,
                                                            std::optional<double> transition_hz, std::string_view stage) {
  band_filter_design design;
  design.rate_hz = rate_hz;
  design.f_lo_hz = f_lo_hz;
  design.f_hi_hz = f_hi_hz.value_or(0.5 * rate_hz);
  if (!(f_lo_hz > 0.0 && f_lo_hz < design.f_hi_hz && design.f_hi_hz <= 0.5 * rate_hz)) {
    return error(errc::invalid_argument, stage,
                 "the band " + std::to_string(f_lo_hz) + " .. " + std::to_string(design.f_hi_hz) +
                     " Hz does not lie between 0 and rate / 2, " + std::to_string(0.5 * rate_hz) + " Hz",
                 "give 0 < f_lo < f_hi <= rate / 2");
  }
  const double bandwidth = design.f_hi_hz - f_lo_hz;
  design.transition_hz = transition_hz.value_or(std::min(0.25 * bandwidth, f_lo_hz));
  return design;
}

}  // namespace millwright::detail
