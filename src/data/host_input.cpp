#include "millwright/data/host_input.hpp"

#include <array>
#include <cstddef>

namespace millwright {

std::string_view to_string(command_kind kind) noexcept {
  constexpr std::array<std::string_view, command_kinds> names = {"acknowledge",       "shelve", "unshelve",    "remove_from_service",
                                                                 "return_to_service", "reset",  "maintenance", "comment"};
  const auto index = static_cast<std::size_t>(kind);
  return index < names.size() ? names[index] : "unknown";
}

}  // namespace millwright
