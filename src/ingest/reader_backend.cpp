#include "ingest/reader_backend.hpp"

#include <algorithm>
#include <array>

#include "core/nearest_name.hpp"

namespace millwright::detail {

result<std::vector<std::size_t>> choose_columns(const std::vector<std::string>& present, const std::vector<std::size_t>& left_out,
                                                const reader_options& options, const std::string& where) {
  std::vector<std::size_t> chosen;
  if (options.names.empty()) {
    for (std::size_t i = 0; i < present.size(); ++i) {
      if (std::find(left_out.begin(), left_out.end(), i) == left_out.end()) chosen.push_back(i);
    }
    return chosen;
  }
  for (const std::string& name : options.names) {
    const auto found = std::find(present.begin(), present.end(), name);
    if (found == present.end()) {
      const std::vector<std::string_view> known(present.begin(), present.end());
      return error(errc::invalid_data, where, "there is no column \"" + name + "\"", suggestion(name, known));
    }
    chosen.push_back(static_cast<std::size_t>(found - present.begin()));
  }
  return chosen;
}

void count_bad_line(reader_counters& counters, std::uint64_t line, std::string_view reason) noexcept {
  if (counters.bad_lines < reader_counters::most_reported)
    counters.first_bad[static_cast<std::size_t>(counters.bad_lines)] = {line, reason};
  ++counters.bad_lines;
}

bool is_time_name(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 6> known = {"time", "timestamp", "datetime", "date", "ts", "date/time"};
  std::string lower(name.substr(0, 16));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(known.begin(), known.end(), lower) != known.end();
}

}  // namespace millwright::detail
