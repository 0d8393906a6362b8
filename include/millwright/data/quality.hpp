#pragma once

#include <cstdint>

namespace millwright {

/// What is known about a sample or a row, as bits. A sample with any of `unusable` is invalid and takes no part in features.
enum class quality : std::uint32_t {
  good = 0,
  missing = 1u << 0,            ///< the clock says that a sample should be here, but none came (gap)
  not_finite = 1u << 1,         ///< NaN or infinity arrived
  stuck = 1u << 2,              ///< the same value for longer than the channel's stuck limit
  clipped = 1u << 3,            ///< at or beyond the measuring range (still used: its existence is information)
  late_group = 1u << 4,         ///< row: a slower channel group did not deliver in time and is masked
  undefined_feature = 1u << 5,  ///< row: at least one feature is NaN (constant window, too few valid samples)
  novel_context = 1u << 6,      ///< row: operating context outside everything seen in training
  not_scored = 1u << 7,         ///< row: carries no score; the other bits say why
};

[[nodiscard]] constexpr std::uint32_t bits(quality q) noexcept { return static_cast<std::uint32_t>(q); }
[[nodiscard]] constexpr bool has(std::uint32_t mask, quality q) noexcept { return (mask & bits(q)) != 0; }
inline constexpr std::uint8_t unusable_sample =
    static_cast<std::uint8_t>(bits(quality::missing) | bits(quality::not_finite) | bits(quality::stuck));

}  // namespace millwright
