#include "ingest/reader_backend.hpp"

#include <algorithm>
#include <array>

#include "core/nearest_name.hpp"

namespace millwright::detail {

result<std::vector<channel>> declare_channels(const std::vector<std::string>& names, std::size_t count, double rate_hz,
                                              const reader_options& options, const std::string& where) {
  if (count == 0 || count > most_reader_channels) {
    return error(errc::invalid_data, where, "the input has " + std::to_string(count) + " channels",
                 "give an input with 1 to 65536 channels");
  }
  if (!names.empty() && names.size() != count) {
    return error(errc::invalid_argument, where,
                 "option names lists " + std::to_string(names.size()) + " channels, but the input has " + std::to_string(count),
                 "give one name a channel, in the order of the input");
  }
  if (!options.units.empty() && options.units.size() != count) {
    return error(errc::invalid_argument, where,
                 "option units lists " + std::to_string(options.units.size()) + " units for " + std::to_string(count) + " channels",
                 "give one unit a channel, or none");
  }
  if (!(rate_hz >= 0.0 && rate_hz <= 1e9)) {
    return error(errc::invalid_argument, where, "the rate is " + std::to_string(rate_hz) + " Hz", "give option rate_hz from 1e-6 to 1e9");
  }
  std::vector<channel> channels(count);
  for (std::size_t c = 0; c < count; ++c) {
    channels[c].name = names.empty() ? "ch" + std::to_string(c) : names[c];
    channels[c].rate_hz = rate_hz;
    if (!options.units.empty()) channels[c].unit = options.units[c];
  }
  std::vector<std::string> sorted;
  for (const channel& c : channels) sorted.push_back(c.name);
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end() || sorted.front().empty()) {
    return error(errc::invalid_data, where,
                 twice != sorted.end() ? "two channels are named \"" + *twice + "\"" : "a channel has an empty name",
                 "choose columns with option names, or name the columns one by one");
  }
  return channels;
}

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
