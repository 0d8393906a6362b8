#include "tool/input_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>
#include <variant>

#include "millwright/ingest/timestamp.hpp"
#include "tool/failure.hpp"

namespace millwright::tool {

namespace {

/// A setting as all formats have it that know one of its name.
struct known_setting {
  param_info info;                                             // of the first of these formats
  std::vector<std::pair<std::string_view, std::string>> uses;  // what it does, and in which formats
};

std::vector<known_setting> known_settings() {
  std::vector<known_setting> all;
  for (const reader_functions* reader : builtin_readers().readers()) {
    for (const param_info& p : reader->params()) {
      auto known = std::find_if(all.begin(), all.end(), [&](const known_setting& k) { return k.info.name == p.name; });
      if (known == all.end()) known = all.insert(all.end(), {p, {}});
      auto use = std::find_if(known->uses.begin(), known->uses.end(), [&](const auto& u) { return u.first == p.doc; });
      if (use == known->uses.end()) use = known->uses.insert(known->uses.end(), {p.doc, ""});
      use->second.append(use->second.empty() ? "" : ", ").append(reader->id);
    }
  }
  return all;
}

std::string description(const known_setting& setting) {
  std::string text;
  for (const auto& [what, formats] : setting.uses) {
    text.append(text.empty() ? "" : "; ").append(what).append(" (").append(formats).append(")");
  }
  return text;
}

/// A text as the kind of value that the setting takes; one that does not fit stays a text, which the reader then refuses with a reason.
param_value value_of(const param_info& setting, const std::string& text) {
  if (std::holds_alternative<bool>(setting.initial)) return true;
  if (std::holds_alternative<std::string>(setting.initial)) return text;
  double number = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

std::vector<std::string> words(std::string_view choices) {
  std::vector<std::string> list;
  for (std::size_t start = 0; start <= choices.size();) {
    const std::size_t bar = std::min(choices.find('|', start), choices.size());
    list.emplace_back(choices.substr(start, bar - start));
    start = bar + 1;
  }
  return list;
}

time_ns to_time(const std::string& text) {
  const bool is_number = text.find_first_not_of("-0123456789") == std::string::npos && text.find('-', 1) == std::string::npos;
  const auto time = parse_time(text, is_number ? time_format::nanoseconds : time_format::iso8601);
  if (!time)
    refuse_arguments("--start-time \"" + text + "\" is neither a date nor nanoseconds since 1970",
                     "write 2026-05-01T12:00:00Z or 1777636800000000000");
  return *time;
}

}  // namespace

std::string option_name(const param_info& setting) {
  std::string name(setting.name);
  if (setting.of == unit::second && name.ends_with("_s")) name.resize(name.size() - 2);
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

CLI::Option_group* input_arguments::declare(CLI::App& command) {
  auto* in = command.add_option_group("Input");
  std::vector<std::string> formats = {"auto"};
  std::string about;
  for (const reader_functions* reader : builtin_readers().readers()) {
    formats.emplace_back(reader->id);
    about.append(about.empty() ? "" : ", ").append(reader->id);
  }
  in->add_option("--in", format_, about + "; auto: by the end of the file's name")->check(CLI::IsMember(formats));
  in->add_option("--unit", units_, "units, comma-separated")->delimiter(',');
  in->add_option("--start-time", start_time_, "time of the first sample where the input has no stamps: a date or nanoseconds since 1970");
  for (const known_setting& setting : known_settings()) {
    const std::string name(setting.info.name);
    const auto keep = [this, name](const std::string& text) { settings_[name] = text; };
    if (std::holds_alternative<bool>(setting.info.initial)) {
      in->add_flag_callback(
          option_name(setting.info), [keep] { keep("true"); }, description(setting));
      continue;
    }
    CLI::Option* option = in->add_option_function<std::string>(option_name(setting.info), keep, description(setting));
    if (!setting.info.choices.empty()) option->check(CLI::IsMember(words(setting.info.choices)));
  }
  return in;
}

reader_options input_arguments::convert() const {
  reader_options r;
  r.format = format_;
  r.names = names;
  r.units = units_;
  r.rate_hz = rate_hz;
  if (!start_time_.empty()) r.start_time = to_time(start_time_);
  for (const reader_functions* reader : builtin_readers().readers()) {
    reader_options own;  // what this format would be asked
    for (const param_info& p : reader->params()) {
      const auto given = settings_.find(p.name);
      if (given != settings_.end()) own.set(std::string(p.name), value_of(p, given->second));
    }
    must(reader->configure(reader->make().get(), own), exit_code::usage);
    for (const auto& [name, value] : own.settings) {
      const auto same = [&, &name = name](const auto& s) { return s.first == name; };
      if (std::none_of(r.settings.begin(), r.settings.end(), same)) r.set(name, value);
    }
  }
  return r;
}

}  // namespace millwright::tool
