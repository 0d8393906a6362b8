#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "millwright/error.hpp"
#include "millwright/workspace.hpp"

namespace millwright::detail {

/// Memory for a workspace outside of a stream: while fitting, while measuring.
class scratch_memory {
 public:
  explicit scratch_memory(std::size_t size) : bytes_(size + workspace::alignment) {}
  [[nodiscard]] workspace arena() {
    auto* start = bytes_.data();
    const auto misaligned = reinterpret_cast<std::uintptr_t>(start) % workspace::alignment;
    if (misaligned != 0) start += workspace::alignment - misaligned;
    return workspace({start, bytes_.size() - workspace::alignment});
  }

 private:
  std::vector<std::byte> bytes_;
};

/// Runs `prepare` twice, as a stream does: once to measure, once on memory of that size; then the caller may process.
template <class Prepare>
result<scratch_memory> prepare_with_memory(Prepare&& prepare) {
  workspace measure;
  MILLWRIGHT_CHECK(prepare(measure));
  scratch_memory memory(measure.bytes_used());
  workspace arena = memory.arena();
  MILLWRIGHT_CHECK(prepare(arena));
  return memory;
}

}  // namespace millwright::detail
