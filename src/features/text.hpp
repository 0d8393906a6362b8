#pragma once

#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>

namespace millwright::detail {

[[nodiscard]] inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

[[nodiscard]] inline std::string quoted(std::string_view text) { return joined({"\"", text, "\""}); }

/// The number in the fewest digits that read back to the same value.
[[nodiscard]] inline std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace millwright::detail
