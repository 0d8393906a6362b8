#pragma once

#include <cstdint>

#include "millwright/data/recording.hpp"

namespace millwright_python {

/// A recording, and what its reader had to skip.
struct recording_handle {
  millwright::recording data;
  std::uint64_t bad_lines = 0;
  bool is_truncated = false;
};

}  // namespace millwright_python
