#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright::detail {

/// Whole file as bytes. Errors: cannot open or read (with the system's reason), larger than `cap`.
[[nodiscard]] result<std::vector<std::byte>> read_file(const std::string& path, std::size_t cap);

/// Writes beside `path`, syncs, renames over it and syncs the directory: after a crash the file is the old one or the new one.
[[nodiscard]] result<void> write_file_atomically(const std::string& path, std::span<const std::byte> bytes);

}  // namespace millwright::detail
