// Memory of instances in three regions, as a model and its streams have it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "millwright/core/any_stage.hpp"
#include "millwright/core/workspace.hpp"
#include "support/prepared_stage.hpp"

namespace millwright::test {

/// Bytes in an aligned place, full of what nobody may count on.
class region {
 public:
  explicit region(std::size_t size) : lines_((size + sizeof(line) - 1) / sizeof(line)), size_(size) { spoil(); }
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return std::as_writable_bytes(std::span(lines_)).first(size_); }
  void spoil() noexcept { std::ranges::fill(std::as_writable_bytes(std::span(lines_)), std::byte{0xA5}); }

 private:
  struct alignas(workspace::alignment) line {
    std::byte bytes[workspace::alignment];
  };
  std::vector<line> lines_;
  std::size_t size_;
};

/// The three regions of one instance.
struct instance_memory {
  explicit instance_memory(const memory_sizes& sizes) : plan(sizes.plan), state(sizes.state), scratch(sizes.scratch) {}
  [[nodiscard]] workspace whole() noexcept { return workspace({plan.bytes(), state.bytes(), scratch.bytes(), false}); }

  region plan, state, scratch;
};

}  // namespace millwright::test
