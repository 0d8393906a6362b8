#include "millwright/core/arena_memory.hpp"

#include <string>

#include "millwright/core/workspace.hpp"

namespace millwright::detail {

result<arena_memory> arena_memory::take(std::size_t bytes, std::string_view where, std::string_view mend) {
  arena_memory taken;
  // A size of 0 may give no address; aligned_alloc wants a multiple of the alignment.
  const std::size_t size = (bytes / workspace::alignment + 1) * workspace::alignment;
  taken.start_.reset(static_cast<std::byte*>(std::aligned_alloc(workspace::alignment, size)));
  if (taken.start_ == nullptr) return error(errc::out_of_memory, where, "no memory of " + std::to_string(bytes) + " bytes", mend);
  taken.size_ = bytes;
  return taken;
}

}  // namespace millwright::detail
