#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace millwright::detail {

/// SHA-256 (FIPS 180-4), by libsodium.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::span<const std::byte> bytes) noexcept;

}  // namespace millwright::detail
