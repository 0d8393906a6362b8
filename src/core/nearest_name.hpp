#pragma once

#include <span>
#include <string>
#include <string_view>

namespace millwright::detail {

/// "did you mean "rms"? known: mean, rms, std": the mend text for an unknown name.
[[nodiscard]] std::string suggestion(std::string_view name, std::span<const std::string_view> known);

}  // namespace millwright::detail
