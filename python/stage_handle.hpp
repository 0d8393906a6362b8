#pragma once

#include <utility>

#include "millwright/any_stage.hpp"
#include "millwright/detail/arena_memory.hpp"

namespace millwright_python {

/// A row stage and the columns that it was fitted on.
struct stage_handle {
  millwright::any_stage stage;
  millwright::port in;
};

/// prepare, measured first, then on memory of that size; as a stream does. Throws.
[[nodiscard]] std::pair<millwright::port, millwright::detail::arena_memory> prepare(millwright::any_stage& stage,
                                                                                    const millwright::port& in);

}  // namespace millwright_python
