#pragma once

#include "millwright/core/arena_memory.hpp"
#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"

namespace millwright::detail {

/// Runs `prepare` twice, as a stream does: once to measure, once on memory of that size, which is returned; then the caller may process.
template <class Prepare>
result<arena_memory> prepare_with_memory(Prepare&& prepare) {
  workspace measure;
  MILLWRIGHT_CHECK(prepare(measure));
  MILLWRIGHT_TRY(auto memory, arena_memory::take(measure.bytes_used(), "prepare", "give shorter windows or fewer features"));
  workspace arena(memory.bytes());
  MILLWRIGHT_CHECK(prepare(arena));
  return memory;
}

}  // namespace millwright::detail
