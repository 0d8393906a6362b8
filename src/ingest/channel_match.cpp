#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "millwright/ingest/recording.hpp"
#include "nearest_name.hpp"

namespace millwright {

namespace {
std::string hertz(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr) + " Hz";
}
}  // namespace

result<std::vector<std::size_t>> match_channels(std::span<const channel> wanted, std::span<const channel> given, std::string_view where) {
  std::vector<std::size_t> found;
  for (const channel& want : wanted) {
    const auto at = static_cast<std::size_t>(std::find_if(given.begin(), given.end(), [&](const channel& c) { return c.name == want.name; }) - given.begin());
    const std::string was = "the pipeline was trained with channel \"" + want.name + "\"";
    if (at == given.size()) {
      std::vector<std::string_view> known;
      for (const channel& c : given) known.push_back(c.name);
      return error(errc::invalid_data, where, was + ", but the input has no channel of that name.", detail::suggestion(want.name, known));
    }
    const channel& have = given[at];
    const std::string place = "ingest, channel " + std::to_string(at) + " of " + std::string(where);
    if (std::abs(have.rate_hz - want.rate_hz) > 1e-6 * want.rate_hz && have.rate_hz != 0.0) {
      return error(errc::invalid_data, place, was + " at " + hertz(want.rate_hz) + ", but the input has " + hertz(have.rate_hz) + ".",
                   "record at " + hertz(want.rate_hz) + ", or refit the pipeline for " + hertz(have.rate_hz));
    }
    if (!have.unit.empty() && !want.unit.empty() && have.unit != want.unit) {
      return error(errc::invalid_data, place, was + " in " + want.unit + ", but the input is in " + have.unit + ".",
                   "convert the input to " + want.unit + ", or refit the pipeline for " + have.unit);
    }
    found.push_back(at);
  }
  return found;
}

}  // namespace millwright
