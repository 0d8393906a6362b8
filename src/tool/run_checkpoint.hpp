#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright::tool {

/// Everything that `run` needs to go on where it stood. In the file: magic, length of the header, header (JSON), the stream's
/// checkpoint, SHA-256 of all before.
struct run_checkpoint {
  struct input {
    std::string channels;         ///< names, so that a swapped file is noticed
    std::uint64_t samples = 0;    ///< taken so far: where reading goes on
    std::int64_t next_time = 0;   ///< of the next sample, for an input that cannot tell it
    std::uint64_t bad_lines = 0;  ///< so far, for the summary
  };
  std::string output;              ///< output_choice::signature()
  std::uint64_t output_bytes = 0;  ///< written so far
  std::vector<input> inputs;
  std::array<std::uint64_t, 32> reasons = {};  ///< windows not scored so far, by quality bit; for the summary
  std::vector<std::byte> stream;
};

/// Writes beside `path`, syncs and renames, so a crash leaves the old or the new checkpoint.
result<void> save_checkpoint(const std::string& path, const run_checkpoint& c);

/// No value: there is no such file. Errors: cannot read, corrupt.
result<std::optional<run_checkpoint>> load_checkpoint(const std::string& path);

}  // namespace millwright::tool
