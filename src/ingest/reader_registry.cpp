#include "millwright/ingest/reader_registry.hpp"

#include <algorithm>

#include "core/nearest_name.hpp"
#include "ingest/array_reader.hpp"
#include "ingest/csv_reader.hpp"
#include "ingest/ndjson_reader.hpp"

namespace millwright {

namespace {
/// Every format of the library: one line a reader. The program's options, its help, Python's read and the tests follow from this list.
using builtin_reader_list =
    reader_list<detail::csv_reader, detail::npy_reader, detail::wav_reader, detail::f32_reader, detail::ndjson_reader>;

std::string ending_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  std::string ending(dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1));
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending;
}
}  // namespace

const reader_registry& builtin_readers() {
  static const reader_registry registry{builtin_reader_list()};
  return registry;
}

result<const reader_functions*> reader_registry::find(std::string_view format, std::string_view path) const {
  const bool by_name = format.empty() || format == "auto";
  const std::string ending = by_name ? ending_of(path) : std::string();
  const auto fits = [&](const reader_functions* r) {
    return by_name ? std::find(r->endings.begin(), r->endings.end(), ending) != r->endings.end() : r->id == format;
  };
  const auto found = std::find_if(tables_.rbegin(), tables_.rend(), fits);
  if (found != tables_.rend()) return *found;
  std::vector<std::string_view> names;
  for (const reader_functions* r : tables_) names.push_back(r->id);
  if (!by_name) {
    return error(errc::invalid_argument, path, "there is no input format \"" + std::string(format) + "\"",
                 detail::suggestion(format, names));
  }
  std::string all;
  for (const std::string_view name : names) all.append(all.empty() ? "" : ", ").append(name);
  return error(errc::invalid_argument, path, "the name does not tell the format", "give option format: one of " + all);
}

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

}  // namespace millwright
