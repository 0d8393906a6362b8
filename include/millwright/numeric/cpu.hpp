#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright {

/// Instruction levels with kernels of their own. All give the same bits; they differ in speed only.
enum class kernel_level : unsigned char { scalar, sse2, avx2, avx512, neon64 };

[[nodiscard]] std::string_view to_string(kernel_level level) noexcept;
[[nodiscard]] std::optional<kernel_level> parse_kernel_level(std::string_view text) noexcept;

/// Whether this build has kernels for `level` and this CPU and operating system can run them.
[[nodiscard]] bool is_available(kernel_level level) noexcept;
/// The level in use: the best available one, unless MILLWRIGHT_LEVEL (environment, read once) or force_kernel_level chose another.
[[nodiscard]] kernel_level active_kernel_level() noexcept;
/// Switches the level for streams prepared afterwards, for the whole process. Error: not available here.
result<void> force_kernel_level(kernel_level level);

/// Version, numerics id, FFT backend, compiler, kernel levels compiled, available and in use; one "key: value" line each.
[[nodiscard]] std::string show_config();

}  // namespace millwright
