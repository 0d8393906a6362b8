#pragma once

#include <array>
#include <cstdint>

#include "millwright/core/record.hpp"

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

/// Every bit with its name, lowest first: outputs, Python and docs walk this list.
inline constexpr std::array<bit_name, 8> quality_bits = {{
    {bits(quality::missing), "missing", "samples that the clock says should be here did not come"},
    {bits(quality::not_finite), "not_finite", "a sample is NaN or infinite"},
    {bits(quality::stuck), "stuck", "the same value for longer than the channel's stuck limit"},
    {bits(quality::clipped), "clipped", "a sample lies at or beyond the measuring range"},
    {bits(quality::late_group), "late_group", "a slower channel group did not deliver in time and is masked"},
    {bits(quality::undefined_feature), "undefined_feature", "at least one feature is NaN"},
    {bits(quality::novel_context), "novel_context", "the operating context lies outside everything seen in training"},
    {bits(quality::not_scored), "not_scored", "the window carries no score; the other bits say why"},
}};

}  // namespace millwright
