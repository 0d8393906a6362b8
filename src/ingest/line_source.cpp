#include "ingest/line_source.hpp"

#include <algorithm>
#include <cstring>

namespace millwright::detail {

namespace {
constexpr std::size_t step = 65536;
}

result<line_source::state> line_source::next(std::string_view& line, bool may_wait) {
  const auto text = [&](std::size_t from, std::size_t to) {
    std::string_view view(reinterpret_cast<const char*>(bytes_.data()) + from, to - from);
    if (!view.empty() && view.back() == '\r') view.remove_suffix(1);
    if (first_ && view.substr(0, 3) == "\xEF\xBB\xBF") view.remove_prefix(3);
    first_ = false;
    return view;
  };
  const bool file = source_.size().has_value();
  while (true) {
    searched_ = std::max(searched_, begin_);
    const void* found = end_ > searched_ ? std::memchr(bytes_.data() + searched_, '\n', end_ - searched_) : nullptr;
    if (found != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes_.data());
      const bool long_line = passing_ || at - begin_ > longest_;
      line = long_line ? std::string_view() : text(begin_, at);
      begin_ = at + 1;
      passing_ = false;
      return long_line ? state::too_long : state::line;
    }
    searched_ = end_;
    if (end_ - begin_ > longest_) {
      passing_ = true;
      begin_ = end_;
    }
    if (at_end_) {
      if (begin_ == end_ && !passing_) return state::end;
      line = text(begin_, end_);
      begin_ = end_;
      const bool long_line = passing_;
      passing_ = false;
      return long_line ? state::too_long : state::unfinished;
    }
    if (!may_wait && !file) return state::none_yet;
    if (begin_ > 0) {
      if (end_ > begin_) std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      searched_ -= begin_;
      begin_ = 0;
    }
    if (bytes_.size() < end_ + step) bytes_.resize(end_ + step);
    MILLWRIGHT_TRY(const std::size_t n, source_.read_some(std::span(bytes_).subspan(end_, step)));
    end_ += n;
    at_end_ = n == 0;
  }
}

}  // namespace millwright::detail
