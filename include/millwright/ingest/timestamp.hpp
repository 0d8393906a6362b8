#pragma once

#include <optional>
#include <string_view>

#include "millwright/data/time.hpp"

namespace millwright {

/// How a time column is written. Numbers count from 1970-01-01 UTC.
enum class time_format : std::uint8_t { automatic, seconds, milliseconds, microseconds, nanoseconds, iso8601 };

[[nodiscard]] std::string_view to_string(time_format format) noexcept;
/// "auto", "s", "ms", "us", "ns" or "iso".
[[nodiscard]] std::optional<time_format> parse_time_format(std::string_view text) noexcept;

/// The format of one example: a date is iso8601; a number is seconds below 1e11 in size, milliseconds below 1e14, microseconds
/// below 1e17, else nanoseconds. Nothing if it is neither.
[[nodiscard]] std::optional<time_format> detect_time_format(std::string_view text) noexcept;

/// Reads one stamp. Numbers are read as decimals, so "1461148512.938" is exact to the nanosecond. Dates: YYYY-MM-DD (or with /)
/// then T or blank then hh:mm[:ss[.fraction]] then nothing, Z or an offset +hh[:mm]; without an offset they are UTC.
/// Nothing for text of another form and for times outside 1823 .. 2116. `format` must not be automatic.
[[nodiscard]] std::optional<time_ns> parse_time(std::string_view text, time_format format) noexcept;

/// A number already read as double, in `format`; nothing if not finite, out of range, or the format is iso8601.
[[nodiscard]] std::optional<time_ns> time_from_number(double value, time_format format) noexcept;

}  // namespace millwright
