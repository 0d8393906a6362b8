#pragma once

#include <string_view>
#include <vector>

#include "millwright/ingest/byte_source.hpp"

namespace millwright::detail {

/// Lines of a text, without their end (LF or CRLF) and without a leading byte-order mark. Memory: the longest line allowed.
class line_source {
 public:
  enum class state : std::uint8_t {
    line,        ///< a line
    too_long,    ///< a line above the limit was passed over
    unfinished,  ///< the last line; no line end followed it
    none_yet,    ///< no whole line is there and the caller would not wait
    end,
  };

  line_source() = default;
  line_source(byte_source source, std::size_t longest) : source_(std::move(source)), longest_(longest) {}

  [[nodiscard]] const std::string& name() const noexcept { return source_.name(); }
  /// The view is valid until the next call.
  result<state> next(std::string_view& line, bool may_wait);

 private:
  byte_source source_;
  std::size_t longest_ = 0;
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  ///< no line end before here
  bool passing_ = false;      ///< inside a line that is too long
  bool at_end_ = false;
  bool first_ = true;
};

}  // namespace millwright::detail
