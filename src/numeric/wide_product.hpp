#pragma once

#include <cstdint>

namespace millwright::detail {

struct wide_product {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

/// All 128 bits of a b, by products of halves: what every compiler has.
[[nodiscard]] constexpr wide_product multiply_halves(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t half = 0xFFFFFFFF;
  const std::uint64_t low = (a & half) * (b & half);
  const std::uint64_t left = (a >> 32) * (b & half) + (low >> 32);  // at most 2^64 - 2^32: no carry is lost
  const std::uint64_t right = (a & half) * (b >> 32) + (left & half);
  return {(a >> 32) * (b >> 32) + (left >> 32) + (right >> 32), right << 32 | (low & half)};
}

/// The same in one instruction where the compiler has the type: 64-bit machines.
[[nodiscard]] constexpr wide_product multiply_wide(std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__SIZEOF_INT128__)
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(a) * b;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
#else
  return multiply_halves(a, b);
#endif
}

}  // namespace millwright::detail
