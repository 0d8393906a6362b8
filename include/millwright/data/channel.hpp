#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millwright {

/// What a channel is for; decides defaults (stuck-sensor check) and which columns may steer the context normaliser.
enum class channel_role : std::uint8_t { vibration, process, slow, context, state, ignore };

[[nodiscard]] std::string_view to_string(channel_role role) noexcept;
[[nodiscard]] std::optional<channel_role> parse_channel_role(std::string_view text) noexcept;

/// One named signal. `rate_hz` is the nominal sampling rate; channels of equal rate are acquired together (a group).
struct channel {
  std::string name;
  std::string unit;
  channel_role role = channel_role::vibration;
  double rate_hz = 0.0;
  /// Measuring range in `unit`; a sample at or beyond either end counts as clipped. Unset: no clipping check.
  std::optional<double> range_low;
  std::optional<double> range_high;
};

}  // namespace millwright
