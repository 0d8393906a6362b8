#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "millwright/core/error.hpp"

namespace millwright {

/// Bytes of a file, a pipe or memory: what a reader reads. Knows its size and reads anywhere if it is a regular file or memory.
/// Errors of every function: io_error, with the system's reason.
class byte_source {
 public:
  byte_source() = default;                                        ///< no bytes
  static result<byte_source> from_path(const std::string& path);  ///< "-": standard input
  static byte_source from_descriptor(int descriptor, std::string name, bool owned);
  static byte_source from_memory(std::span<const std::byte> bytes, std::string name);

  byte_source(byte_source&& other) noexcept;
  byte_source& operator=(byte_source&& other) noexcept;
  byte_source(const byte_source&) = delete;
  byte_source& operator=(const byte_source&) = delete;
  ~byte_source();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Total size; nothing for pipes and devices.
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }

  /// Some bytes, at least one, as soon as there are any; 0 at the end.
  result<std::size_t> read_some(std::span<std::byte> target);
  /// All bytes asked for, or fewer at the end.
  result<std::size_t> read_full(std::span<std::byte> target);
  /// Bytes at an absolute offset; fewer at the end. Only with a known size.
  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> target);
  /// Goes on reading at `offset`; only forwards where the size is unknown.
  result<void> seek(std::uint64_t offset);

 private:
  [[nodiscard]] error failure(const char* what) const;

  std::string name_;
  int descriptor_ = -1;
  bool owned_ = false;
  std::span<const std::byte> memory_;
  std::optional<std::uint64_t> size_;
  std::uint64_t position_ = 0;
};

}  // namespace millwright
