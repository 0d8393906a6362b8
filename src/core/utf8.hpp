#pragma once

#include <string_view>

namespace millwright::detail {

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7) without control characters (C0, DEL, C1): such text passes unchanged
/// through JSON, CSV and terminals.
[[nodiscard]] bool is_printable_utf8(std::string_view text) noexcept;

}  // namespace millwright::detail
