#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace millwright::tool {

/// One line on a terminal that tells how far a file is read; silent anywhere else.
class progress_line {
 public:
  /// `total` 0: not known, and no line is drawn.
  progress_line(bool wanted, std::uint64_t total);
  void update(std::uint64_t done, std::uint64_t windows, std::uint64_t episodes);
  /// Removes the line, so that other text can follow.
  void clear();

 private:
  bool wanted_;
  std::uint64_t total_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace millwright::tool
