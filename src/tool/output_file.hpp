#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "millwright/core/error.hpp"

namespace millwright::tool {

/// Where results go: standard output or a file. Every text is handed to the system at once, so a reader sees whole lines.
class output_file {
 public:
  /// "" or "-": standard output. `keep`: bytes of an existing file that stay, the rest is cut off.
  /// Errors: cannot open, shorter than `keep`.
  static result<output_file> open(const std::string& path, std::uint64_t keep);

  output_file(output_file&& other) noexcept;
  output_file& operator=(output_file&&) = delete;
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  ~output_file();

  /// False once a write failed; later writes do nothing.
  bool write(std::string_view text) noexcept;
  [[nodiscard]] bool ok() const noexcept { return failure_ == 0; }
  /// Whoever read our standard output went away: not an error.
  [[nodiscard]] bool reader_gone() const noexcept;
  [[nodiscard]] error reason() const;
  [[nodiscard]] bool is_file() const noexcept { return owned_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Bytes written so far survive a power cut.
  result<void> sync();

 private:
  output_file(int fd, bool owned, std::string path, std::uint64_t bytes) : fd_(fd), owned_(owned), path_(std::move(path)), bytes_(bytes) {}

  int fd_;
  bool owned_;
  std::string path_;
  std::uint64_t bytes_;
  int failure_ = 0;  // errno of the first failed write
};

}  // namespace millwright::tool
