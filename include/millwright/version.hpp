#pragma once

#include <string_view>

namespace millwright {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;
inline constexpr std::string_view version_string = "0.1.0";

/// Names the numeric behaviour of this release: two builds with the same id (and the native FFT) give the same bytes.
/// It is written into every bundle and changes whenever the golden hash of tests/determinism changes.
inline constexpr std::string_view numerics_id = "mw-num-1";

}  // namespace millwright
