#pragma once

#include <cstdint>

namespace millwright {

/// Nanoseconds since 1970-01-01 UTC, leap seconds ignored.
using time_ns = std::int64_t;

/// Start time of a block that follows its predecessor without a stamp of its own.
inline constexpr time_ns continues_previous = INT64_MIN;

}  // namespace millwright
