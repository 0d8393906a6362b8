#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "millwright/ingest/reader_registry.hpp"
#include "millwright/ingest/timestamp.hpp"

namespace millwright::detail {

inline constexpr std::size_t most_block_samples = std::size_t{1} << 24;

/// Which columns of `present` the options' names ask for, in that order; all but `left_out` if they ask for none.
result<std::vector<std::size_t>> choose_columns(const std::vector<std::string>& present, const std::vector<std::size_t>& left_out,
                                                const reader_options& options, const std::string& where);

/// Counts a bad line and keeps the first few.
void count_bad_line(reader_counters& counters, std::uint64_t line, std::string_view reason) noexcept;

/// Whether a column name is one that clocks have ("time", "timestamp", ...), in any case.
[[nodiscard]] bool is_time_name(std::string_view name) noexcept;

/// Settings that all formats of text have.
struct text_settings {
  std::string time_column;
  std::string time_format = "auto";
  double scale = 1.0;
  std::int64_t max_line_bytes = 1 << 20;

  static auto params() {
    using self = text_settings;
    return std::tuple{
        choice(
            "time_column", &self::time_column, "", "",
            "name of the column or key with the time, #0 for the first column, or none; empty: the first that is called time, timestamp, "
            "datetime, date, ts or date/time, in any case; without names, the first if it holds dates"),
        choice("time_format", &self::time_format, "auto", "auto|s|ms|us|ns|iso", "how the time is written; auto: as the first stamp looks"),
        number("scale", &self::scale, 1.0, -1e300, 1e300, unit::none, "value = stored number x scale"),
        integer("max_line_bytes", &self::max_line_bytes, 1 << 20, 1, 1 << 30, unit::none, "longer lines are bad lines"),
    };
  }

  /// The value of a stored number; a scale of 1 changes nothing, not even the bits of a NaN.
  [[nodiscard]] float scaled(double stored) const noexcept { return static_cast<float>(scale == 1.0 ? stored : stored * scale); }
  [[nodiscard]] millwright::time_format format_of_time() const noexcept {
    return parse_time_format(time_format).value_or(millwright::time_format::automatic);
  }
};

}  // namespace millwright::detail
