// The objects behind stream and stream_scratch. They lie in the memory that these take, before what the engine carves.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "pipeline/engine.hpp"

namespace millwright::detail {

struct scratch_content {
  explicit scratch_content(const pipeline& of) noexcept : model(of) {}

  pipeline model;
  engine shared;              ///< its part in the scratch region; it has no state
  std::span<episode> recent;  ///< what the last push of a stream gives
  std::span<std::byte> scratch;
  arena_memory owned;
};

struct stream_state {
  stream_state(const pipeline& of, scratch_content& on) noexcept : model(of), scratch(&on) {}

  [[nodiscard]] std::span<shadow_judge* const> shadow_list() const noexcept { return std::span(shadows).first(shadow_count); }

  pipeline model;
  detail::engine engine;
  scratch_content* scratch = nullptr;
  bool owns_scratch = false;
  std::array<shadow_judge*, stream::max_shadows> shadows = {};
  std::size_t shadow_count = 0;
  std::size_t recent_count = 0;
  std::uint64_t dropped = 0;
  arena_memory owned;
};

/// Where these objects lie; empty when measuring.
struct scratch_place {
  std::span<std::byte> content;
  std::span<episode> recent;
  static scratch_place of(workspace& memory) noexcept {
    const auto content = memory.carve_scratch<std::byte>(sizeof(scratch_content));
    return {content, memory.carve_scratch<episode>(stream::max_episodes)};
  }
};
inline std::span<std::byte> state_place(workspace& memory) noexcept { return memory.carve<std::byte>(sizeof(stream_state)); }

}  // namespace millwright::detail
