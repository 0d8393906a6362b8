#include "millwright/window/window_length.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace millwright {

result<window_length> parse_window_length(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> units = {
      {{"ns", 1e9}, {"us", 1e6}, {"ms", 1e3}, {"s", 1.0}, {"min", 1.0 / 60.0}, {"h", 1.0 / 3600.0}}};
  const auto refuse = [&](std::string_view why) {
    return error(errc::invalid_argument, "window", "window length or hop \"" + std::string(text.substr(0, 60)) + "\" " + std::string(why),
                 "write a time such as \"100ms\", \"0.1s\" or \"2min\" (ns, us, ms, s, min, h), or a number of samples such as \"4096\"");
  };
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{}) return refuse("is not a number with a unit");
  std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
  if (!(value > 0.0) || value > 1e15) return refuse("is not above zero");

  if (suffix.empty()) {
    if (value != std::floor(value)) return refuse("is not a whole number of samples");
    return window_length{value, true};
  }
  for (const auto& [name, per_second] : units) {
    if (suffix != name) continue;
    // Division by a power of ten keeps "100ms" the same double as "0.1s".
    return window_length{per_second >= 1.0 ? value / per_second : value * (name == "h" ? 3600.0 : 60.0), false};
  }
  return refuse("has an unknown unit");
}

}  // namespace millwright
