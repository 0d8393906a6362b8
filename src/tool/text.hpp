// Numbers and texts as NDJSON and CSV write them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millwright::tool {

/// The shortest digits that read back to the same value, so text carries the exact bytes. NaN: "null"; infinite: "1e999",
/// which readers of JSON take as infinity.
void append_json_number(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);
/// In quotes, escaped.
void append_json_text(std::string& out, std::string_view text);

/// NaN: nothing; infinite: "inf" or "-inf".
void append_csv_number(std::string& out, double value);
/// Quoted where the text needs it (RFC 4180).
void append_csv_text(std::string& out, std::string_view text);

/// "1234567 bytes (1.2 MiB)".
[[nodiscard]] std::string bytes_text(std::size_t bytes);
/// "1970-01-01T00:00:00.000000000Z".
[[nodiscard]] std::string utc_text(std::int64_t time_ns);
/// As few digits as make sense to people: "25600", "0.125".
[[nodiscard]] std::string short_number(double value);

/// How a setting is called on the command line: record_interval_s is --record-interval.
[[nodiscard]] std::string option_name(std::string_view setting);

}  // namespace millwright::tool
