// Settings of stages as text, "nperseg=64 window=hann", and the variants of settings under which tests run a stage.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/core/any_object.hpp"
#include "support/small_machine.hpp"

namespace millwright::test {

/// "nperseg=64 window=hann": settings of a stage as text, apart by blanks; a list's elements by commas.
struct stage_variant {
  std::string_view id;
  std::string settings;
  [[nodiscard]] std::string name() const { return std::string(id) + (settings.empty() ? "" : " ") + settings; }
};

struct settings_row {
  std::string_view id;
  std::string_view settings;
};

/// Parts of `text` between `separator`s.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

inline double number_of(std::string_view text) {
  double value = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size()) return value;
  std::fprintf(stderr, "\"%.*s\" is not a number\n", static_cast<int>(text.size()), text.data());
  std::abort();
}

/// A value as text, as a parameter of the type of `like`.
inline param_value parse_value(const param_value& like, std::string_view text) {
  if (std::holds_alternative<bool>(like)) return text == "true";
  if (std::holds_alternative<std::string>(like)) return std::string(text);
  if (std::holds_alternative<std::vector<double>>(like)) {
    std::vector<double> list;
    for (const std::string_view v : split(text, ',')) list.push_back(number_of(v));
    return list;
  }
  if (std::holds_alternative<std::vector<std::string>>(like)) {
    std::vector<std::string> list;
    for (const std::string_view v : split(text, ',')) list.emplace_back(v);
    return list;
  }
  return number_of(text);
}

template <class Stage>
void apply_settings(Stage& stage, std::string_view settings) {
  const auto infos = stage.info().params;
  for (const std::string_view setting : split(settings, ' ')) {
    const std::string_view name = setting.substr(0, setting.find('='));
    param_value like = 0.0;
    for (const param_info& p : infos) {
      if (p.name == name) like = p.initial;
    }
    must(stage.set_param(name, parse_value(like, setting.substr(name.size() + 1))));
  }
}

/// Defaults first, then every value of each choice and flag with what it needs beside it to mean anything (given for the setting of
/// every stage, or of "stage setting"), but for the `refused` ones; then the rows of the table `extra`.
inline std::vector<stage_variant> variants_of(std::string_view id, const std::vector<param_info>& params,
                                              std::span<const settings_row> extra, std::span<const settings_row> refused,
                                              std::span<const std::pair<std::string_view, std::string_view>> companions) {
  std::vector<stage_variant> list{{id, ""}};
  const auto add = [&](std::string_view name, std::string_view value) {
    std::string settings = std::string(name) + "=" + std::string(value);
    for (const settings_row& r : refused) {
      if (r.id == id && r.settings == settings) return;
    }
    stage_variant variant{id, settings};
    const std::string whole = variant.name();
    for (const auto& [setting, with] : companions) {
      if (setting == settings || setting == whole) variant.settings += " " + std::string(with);
    }
    list.push_back(variant);
  };
  for (const param_info& p : params) {
    if (const auto* flag = std::get_if<bool>(&p.initial)) add(p.name, *flag ? "false" : "true");
    for (const std::string_view value : split(p.choices, '|')) {
      if (value != std::get<std::string>(p.initial)) add(p.name, value);
    }
  }
  for (const settings_row& row : extra) {
    if (row.id == id) list.push_back({id, std::string(row.settings)});
  }
  return list;
}

}  // namespace millwright::test
