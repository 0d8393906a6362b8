#include "millwright/ingest/timestamp.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace millwright {

namespace {
constexpr std::array<std::pair<time_format, std::string_view>, 6> format_names = {{
    {time_format::automatic, "auto"},
    {time_format::seconds, "s"},
    {time_format::milliseconds, "ms"},
    {time_format::microseconds, "us"},
    {time_format::nanoseconds, "ns"},
    {time_format::iso8601, "iso"},
}};
constexpr std::int64_t second = 1'000'000'000;
constexpr time_ns stamp_limit = time_ns{1} << 62;

constexpr int digits_of(time_format format) noexcept {  // decimal places between the unit and a nanosecond
  switch (format) {
    case time_format::seconds: return 9;
    case time_format::milliseconds: return 6;
    case time_format::microseconds: return 3;
    default: return 0;
  }
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400;  // years are positive here
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

class cursor {
 public:
  explicit cursor(std::string_view text) noexcept : left_(text) {}
  [[nodiscard]] bool done() const noexcept { return left_.empty(); }
  [[nodiscard]] char peek() const noexcept { return left_.empty() ? '\0' : left_.front(); }
  bool take(char c) noexcept {
    if (peek() != c || left_.empty()) return false;
    left_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool number(std::size_t count, unsigned& value) noexcept {
    if (left_.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(left_[i])) return false;
      value = value * 10 + static_cast<unsigned>(left_[i] - '0');
    }
    left_.remove_prefix(count);
    return true;
  }
  // One digit or more after a point, as nanoseconds; further digits are cut.
  bool fraction(std::int64_t& nanoseconds) noexcept {
    if (!is_digit(peek())) return false;
    nanoseconds = 0;
    std::int64_t place = second / 10;
    while (is_digit(peek())) {
      nanoseconds += place * (peek() - '0');
      place /= 10;
      left_.remove_prefix(1);
    }
    return true;
  }

 private:
  std::string_view left_;
};

std::optional<time_ns> parse_date(std::string_view text) noexcept {
  cursor at(text);
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, sec = 0;
  std::int64_t fraction = 0;
  if (!at.number(4, year)) return std::nullopt;
  const char separator = at.peek();
  if (separator != '-' && separator != '/') return std::nullopt;
  if (!at.take(separator) || !at.number(2, month) || !at.take(separator) || !at.number(2, day)) return std::nullopt;
  if (!at.done()) {
    if (!at.take('T') && !at.take('t') && !at.take(' ')) return std::nullopt;
    if (!at.number(2, hour) || !at.take(':') || !at.number(2, minute)) return std::nullopt;
    if (at.take(':')) {
      if (!at.number(2, sec)) return std::nullopt;
      if ((at.take('.') || at.take(',')) && !at.fraction(fraction)) return std::nullopt;
    }
  }
  std::int64_t offset = 0;
  if (at.peek() == 'Z' || at.peek() == 'z') {
    at.take(at.peek());
  } else if (at.peek() == '+' || at.peek() == '-') {
    const bool west = at.peek() == '-';
    at.take(at.peek());
    unsigned hours = 0, minutes = 0;
    if (!at.number(2, hours)) return std::nullopt;
    if (!at.done()) {
      at.take(':');
      if (!at.number(2, minutes)) return std::nullopt;
    }
    if (hours > 23 || minutes > 59) return std::nullopt;
    offset = (static_cast<std::int64_t>(hours) * 60 + minutes) * 60 * (west ? -1 : 1);
  }
  if (!at.done()) return std::nullopt;
  constexpr std::array<unsigned, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (year < 1824 || year > 2115 || month < 1 || month > 12 || day < 1) return std::nullopt;
  if (day > days[month - 1] + (month == 2 && leap ? 1u : 0u) || hour > 24 || minute > 59 || sec > 60) return std::nullopt;
  const std::int64_t whole = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + sec - offset;
  return whole * second + fraction;
}
}  // namespace

std::string_view to_string(time_format format) noexcept {
  for (const auto& [value, name] : format_names) {
    if (value == format) return name;
  }
  return "unknown";
}

std::optional<time_format> parse_time_format(std::string_view text) noexcept {
  for (const auto& [value, name] : format_names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::optional<time_format> detect_time_format(std::string_view text) noexcept {
  if (parse_date(text)) return time_format::iso8601;
  double value = 0.0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  const double size = value < 0.0 ? -value : value;
  if (!(size < 1e20)) return std::nullopt;
  if (size < 1e11) return time_format::seconds;
  if (size < 1e14) return time_format::milliseconds;
  return size < 1e17 ? time_format::microseconds : time_format::nanoseconds;
}

std::optional<time_ns> time_from_number(double value, time_format format) noexcept {
  if (format == time_format::iso8601 || format == time_format::automatic) return std::nullopt;
  double scaled = value;
  for (int i = digits_of(format); i > 0; i -= 3) scaled *= 1e3;
  if (!(scaled > -4.6e18 && scaled < 4.6e18)) return std::nullopt;
  return static_cast<time_ns>(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
}

std::optional<time_ns> parse_time(std::string_view text, time_format format) noexcept {
  if (format == time_format::iso8601) return parse_date(text);
  if (format == time_format::automatic || text.empty()) return std::nullopt;
  // Decimal digits without a detour through double; anything else (an exponent) takes it.
  std::string_view left = text;
  const bool negative = left.front() == '-';
  if (negative || left.front() == '+') left.remove_prefix(1);
  std::int64_t value = 0;
  int places = digits_of(format);
  bool point = false;
  bool any = false;
  for (const char c : left) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) {
      double number = 0.0;
      const char* end = text.data() + text.size();
      const auto [rest, failed] = std::from_chars(text.data(), end, number);
      if (failed != std::errc{} || rest != end) return std::nullopt;
      return time_from_number(number, format);
    }
    any = true;
    if (point && places == 0) continue;  // finer than a nanosecond
    if (value > stamp_limit / 10) return std::nullopt;
    value = value * 10 + (c - '0');
    if (point) --places;
  }
  if (!any) return std::nullopt;
  for (; places > 0; --places) {
    if (value > stamp_limit / 10) return std::nullopt;
    value *= 10;
  }
  if (value >= stamp_limit) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace millwright
