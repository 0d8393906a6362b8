#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/nearest_name.hpp"
#include "features/text.hpp"
#include "millwright/features/feature.hpp"

namespace millwright {

namespace {

using detail::joined;
using detail::quoted;
using detail::shortest;

constexpr std::string_view log_prefix = "log_";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

error name_error(std::string_view text, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, joined({"feature ", quoted(text)}), what, mend};
}

std::string usage(const feature_definition& definition) {
  std::string text(definition.name);
  if (definition.arguments.empty()) return text;
  text += '(';
  for (const auto& argument : definition.arguments) {
    if (text.back() != '(') text += ',';
    text += argument.name;
    text += '=';
    text += argument.is_required ? "..." : to_text(argument, argument.initial);
  }
  return text + ')';
}

error unknown_feature(std::string_view text, std::string_view feature) {
  std::vector<std::string_view> known;
  for (const auto& family : feature_families()) {
    for (const auto& definition : family.features) known.push_back(definition.name);
  }
  const std::string_view plain = feature.starts_with(log_prefix) ? feature.substr(log_prefix.size()) : feature;
  return name_error(text, joined({"there is no feature ", quoted(feature)}), detail::suggestion(plain, known));
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value + 0.0;  // -0 becomes 0
}

/// The number that the text stands for, if it is one of those allowed.
std::optional<double> parse_value(const feature_argument& argument, std::string_view text) {
  if (argument.choices != nullptr) {
    const auto choices = argument.choices();
    const auto found = std::find(choices.begin(), choices.end(), text);
    if (found == choices.end()) return std::nullopt;
    return static_cast<double>(found - choices.begin());
  }
  const auto value = parse_number(text);
  if (!value || !(*value >= argument.low && *value <= argument.high) || (argument.is_integer && *value != std::floor(*value))) {
    return std::nullopt;
  }
  return value;
}

std::string range_of(const feature_argument& argument, std::string_view given) {
  if (argument.choices != nullptr) return joined({"a known text: ", detail::suggestion(given, argument.choices())});
  const std::string_view of = argument.of == unit::none ? std::string_view() : to_string(argument.of);
  return joined({argument.is_integer ? "a whole number from " : "a number from ", shortest(argument.low), " to ", shortest(argument.high),
                 of.empty() ? "" : " ", of});
}

/// Reads "a=1,b=2" into parsed.arguments.
result<void> parse_arguments(std::string_view text, std::string_view list, feature_name& parsed) {
  const auto definitions = parsed.definition->arguments;
  std::array<bool, max_feature_arguments> given = {};
  for (std::size_t i = 0; i < definitions.size(); ++i) parsed.arguments[i] = definitions[i].initial;

  while (!trimmed(list).empty()) {
    const auto comma = list.find(',');
    const std::string_view item = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || (comma != std::string_view::npos && trimmed(list).empty())) {
      return name_error(text, "arguments are written name=value, separated by commas", joined({"write ", usage(*parsed.definition)}));
    }
    const std::string_view name = trimmed(item.substr(0, equals));
    const std::string_view value_text = trimmed(item.substr(equals + 1));
    const auto found = std::find_if(definitions.begin(), definitions.end(), [&](const auto& d) { return d.name == name; });
    if (found == definitions.end()) {
      std::vector<std::string_view> known;
      for (const auto& d : definitions) known.push_back(d.name);
      return name_error(text, joined({quoted(parsed.definition->name), " has no argument ", quoted(name)}),
                        known.empty() ? "it takes no arguments" : detail::suggestion(name, known));
    }
    const auto i = static_cast<std::size_t>(found - definitions.begin());
    if (given[i]) return name_error(text, joined({"argument ", quoted(name), " is given twice"}), "give it once");
    given[i] = true;
    const auto value = parse_value(*found, value_text);
    if (!value) {
      return name_error(text, joined({"argument ", quoted(name), " is ", quoted(value_text)}),
                        joined({"give ", range_of(*found, value_text)}));
    }
    parsed.arguments[i] = *value;
  }
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    if (definitions[i].is_required && !given[i]) {
      return name_error(text, joined({"argument ", quoted(definitions[i].name), " is missing"}),
                        joined({"write ", usage(*parsed.definition)}));
    }
  }
  return {};
}

}  // namespace

std::string to_text(const feature_argument& argument, double value) {
  if (argument.choices == nullptr) return shortest(value);
  const auto choices = argument.choices();
  const auto i = static_cast<std::size_t>(value);
  return i < choices.size() ? std::string(choices[i]) : std::string();
}

std::span<const feature_family> feature_families() noexcept {
  static const std::array families = std::to_array<feature_family>({
      {"time", "Of the samples x[0] .. x[n-1] of one window.", detail::time_features()},
      {"distribution", "Of the samples in ascending order.", detail::distribution_features()},
      {"dynamics", "Of the order in which the samples follow each other.", detail::dynamics_features()},
      {"fatigue", "Of the rainflow cycles of the window: ranges of closed loops as whole cycles, the residue as half ones.",
       detail::fatigue_features()},
      {"spectral", "Of the one-sided power spectral density S[k] at f = k df, df = rate / nperseg.", detail::spectral_features()},
      {"envelope", "Of the squared envelope |z|^2 of the band from f_lo to f_hi of the window less its mean, z its analytic signal.",
       detail::envelope_features()},
      {"wavelet",
       "Of the wavelet levels and packets of the window less its mean, mode periodization: with an orthogonal wavelet the energies add up "
       "to that of the window.",
       detail::wavelet_features()},
      {"cepstral", "Of the cepstrum of the window less its mean.", detail::cepstral_features()},
  });
  return families;
}

const feature_definition* find_feature(std::string_view name) noexcept {
  for (const auto& family : feature_families()) {
    for (const auto& definition : family.features) {
      if (definition.name == name) return &definition;
    }
  }
  return nullptr;
}

std::string feature_name::canonical() const {
  std::string text = channel;
  if (!window.empty()) (text += '@') += window;
  text += '.';
  if (is_log) text += log_prefix;
  if (definition == nullptr) return text;
  text += definition->name;
  bool is_first = true;
  for (std::size_t i = 0; i < definition->arguments.size(); ++i) {
    const auto& argument_of = definition->arguments[i];
    if (!argument_of.is_required && arguments[i] == argument_of.initial) continue;
    text += is_first ? '(' : ',';
    is_first = false;
    text += argument_of.name;
    text += '=';
    text += to_text(argument_of, arguments[i]);
  }
  if (!is_first) text += ')';
  return text;
}

double feature_name::argument(std::string_view wanted, double otherwise) const noexcept {
  if (definition == nullptr) return otherwise;
  for (std::size_t i = 0; i < definition->arguments.size(); ++i) {
    if (definition->arguments[i].name == wanted) return arguments[i];
  }
  return otherwise;
}

result<feature_name> parse_feature_name(std::string_view text) {
  text = trimmed(text);
  std::string_view head = text;
  std::string_view list;
  if (text.ends_with(')')) {
    const auto open = text.rfind('(');
    if (open == std::string_view::npos)
      return name_error(text, "there is a \")\" without a \"(\"", "write channel.feature(argument=value,...)");
    head = text.substr(0, open);
    list = text.substr(open + 1, text.size() - open - 2);
  } else if (const auto open = text.rfind('('); open != std::string_view::npos && text.find('=', open) != std::string_view::npos) {
    return name_error(text, "the argument list is not closed", "add a \")\" at the end");
  }
  const auto dot = head.rfind('.');
  if (dot == std::string_view::npos || dot == 0) {
    return name_error(text, "there is no channel in front of the feature", "write channel.feature, for example \"vib_x.rms\"");
  }
  const std::string_view feature = head.substr(dot + 1);
  std::string_view source = head.substr(0, dot);

  feature_name parsed;
  if (const auto at = source.rfind('@'); at != std::string_view::npos) {
    parsed.window = source.substr(at + 1);
    source = source.substr(0, at);
    if (parsed.window.empty() || source.empty()) {
      return name_error(text, "channel and window label must not be empty",
                        "write channel@window.feature, or channel.feature for the first window");
    }
  }
  parsed.channel = source;

  parsed.definition = find_feature(feature);
  if (parsed.definition == nullptr && feature.starts_with(log_prefix)) {
    parsed.definition = find_feature(feature.substr(log_prefix.size()));
    parsed.is_log = true;
  }
  if (parsed.definition == nullptr) return unknown_feature(text, feature);
  MILLWRIGHT_CHECK(parse_arguments(text, list, parsed));

  if (parsed.is_log) {
    const auto& d = *parsed.definition;
    bool is_signed = !d.is_non_negative;
    for (std::size_t i = 0; i < d.arguments.size(); ++i) {
      if (d.arguments[i].name == d.signed_by && parsed.arguments[i] != d.arguments[i].initial) is_signed = true;
    }
    if (is_signed)
      return name_error(text, joined({quoted(d.name), " can be negative and has no logarithm here"}),
                        joined({"write it without ", quoted(log_prefix)}));
  }
  if (!(parsed.argument("f_lo", 0.0) < parsed.argument("f_hi", 1.0))) {
    return name_error(text, "the band is empty", "give f_lo below f_hi");
  }
  return parsed;
}

}  // namespace millwright
