#include "millwright/core/params.hpp"

#include <charconv>

namespace millwright {

std::string_view to_string(unit u) noexcept {
  switch (u) {
    case unit::none: return "";
    case unit::second: return "s";
    case unit::hertz: return "Hz";
    case unit::sample: return "samples";
    case unit::window: return "windows";
    case unit::channel_unit: return "u";
    case unit::channel_unit_squared: return "u^2";
    case unit::per_week: return "1/week";
    case unit::share: return "share";
    case unit::decade: return "decades";
  }
  return "";
}

namespace detail {

namespace {
std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}
}  // namespace

error parameter_error(std::string_view stage, std::string_view name, const std::string& value, double low, double high, unit of) {
  std::string what = "parameter \"" + std::string(name) + "\" of " + std::string(stage) + " is " + value;
  std::string mend = "give a value from " + shortest(low) + " to " + shortest(high);
  if (of != unit::none) (mend += " ") += to_string(of);
  return {errc::invalid_argument, stage, what, mend};
}

error parameter_choice_error(std::string_view stage, std::string_view name, std::string_view value, std::string_view choices) {
  std::string what = "parameter \"" + std::string(name) + "\" of " + std::string(stage) + " is \"" + std::string(value) + "\"";
  return {errc::invalid_argument, stage, what, "give one of " + std::string(choices)};
}

bool is_choice(std::string_view value, std::string_view choices) noexcept {
  while (true) {
    const auto bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    if (bar == std::string_view::npos) return false;
    choices.remove_prefix(bar + 1);
  }
}

}  // namespace detail
}  // namespace millwright
