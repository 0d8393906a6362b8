#include "core/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace millwright::detail {

bool is_printable_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<std::uint8_t>(text[at++]);
    if (first < 0x80) {
      if (first < 0x20 || first == 0x7F) return false;
      continue;
    }
    std::size_t following = 0;
    std::uint32_t code = 0;
    std::uint32_t least = 0;  // below it, the sequence is longer than it need be
    if ((first & 0xE0) == 0xC0) {
      following = 1, code = first & 0x1F, least = 0x80;
    } else if ((first & 0xF0) == 0xE0) {
      following = 2, code = first & 0x0F, least = 0x800;
    } else if ((first & 0xF8) == 0xF0) {
      following = 3, code = first & 0x07, least = 0x10000;
    } else {
      return false;
    }
    for (; following > 0; --following) {
      if (at == text.size()) return false;
      const auto next = static_cast<std::uint8_t>(text[at++]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3F);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    const bool control = code < 0xA0;
    if (code < least || code > 0x10FFFF || surrogate || control) return false;
  }
  return true;
}

}  // namespace millwright::detail
