#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright::detail {

/// Memory of one's own for a workspace: aligned, not filled (a workspace zeroes what it carves), never by an exception.
class arena_memory {
 public:
  arena_memory() noexcept = default;
  /// Error: out_of_memory, of `where`, with the advice `mend`.
  [[nodiscard]] static result<arena_memory> take(std::size_t bytes, std::string_view where,
                                                 std::string_view mend = "lower max_items, columns or lengths");
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {start_.get(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return start_ == nullptr; }

 private:
  struct release {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte, release> start_;
  std::size_t size_ = 0;
};

}  // namespace millwright::detail
