// Settings of stages as text, "nperseg=64 window=hann", and the variants of settings under which tests run a stage.
#pragma once

#include <cstddef>
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

template <class Stage>
void apply_settings(Stage& stage, std::string_view settings) {
  const auto infos = stage.info().params;
  for (const std::string_view setting : split(settings, ' ')) {
    const std::string_view name = setting.substr(0, setting.find('='));
    const param_info* p = find_param(infos, name);
    const std::string_view text = setting.substr(name.size() + 1);
    must(stage.set_param(name, p != nullptr ? param_from_text(*p, text) : param_value(std::string(text))));
  }
}

/// Defaults first, then every value of each choice and flag with what it needs beside it to mean anything (given for the setting of
/// every stage, or of "stage setting"), but for the `refused` ones; then the rows of the table `extra`.
inline std::vector<stage_variant> variants_of(std::string_view id, std::span<const param_info> params, std::span<const settings_row> extra,
                                              std::span<const settings_row> refused,
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
    if (p.type != param_type::text) continue;  // a number or a word: as other numbers, from the table
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
