#pragma once

#include <cstddef>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright {

/// A window length or hop as written: a time ("100ms", "0.1s", "2min"; units ns, us, ms, s, min, h) or a whole number of samples
/// of the fastest channel group ("4096").
struct window_length {
  double value = 0.0;  ///< seconds, or samples
  bool in_samples = false;

  [[nodiscard]] double seconds(double rate_hz) const noexcept { return in_samples ? value / rate_hz : value; }
  [[nodiscard]] double samples(double rate_hz) const noexcept { return in_samples ? value : value * rate_hz; }
};

/// Errors: not a positive number with a known unit; a fraction of a sample. The error quotes the text and shows the notation.
[[nodiscard]] result<window_length> parse_window_length(std::string_view text);

}  // namespace millwright
