#include "millwright/data/channel.hpp"

#include <array>
#include <utility>

namespace millwright {

namespace {
constexpr std::array<std::pair<channel_role, std::string_view>, 6> role_names = {{
    {channel_role::vibration, "vibration"},
    {channel_role::process, "process"},
    {channel_role::slow, "slow"},
    {channel_role::context, "context"},
    {channel_role::state, "state"},
    {channel_role::ignore, "ignore"},
}};
}  // namespace

std::string_view to_string(channel_role role) noexcept {
  for (const auto& [value, name] : role_names) {
    if (value == role) return name;
  }
  return "unknown";
}

std::optional<channel_role> parse_channel_role(std::string_view text) noexcept {
  for (const auto& [value, name] : role_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace millwright
