#include "tool/result_writer.hpp"

#include <exception>
#include <type_traits>

#include "tool/record_text.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

bool is_told(alarm::event event) noexcept { return event == alarm::event::raised || event == alarm::event::cleared; }
std::string_view event_name(alarm::event event) noexcept { return event == alarm::event::raised ? "raised" : "cleared"; }

std::vector<std::string> json_keys(const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  for (const auto& name : names) {
    std::string key;
    append_json_text(key, name);
    keys.push_back(key + ':');
  }
  return keys;
}

}  // namespace

std::string output_choice::signature() const {
  std::string text = format == output_format::ndjson ? "ndjson" : "csv";
  if (only_episodes) return text + " episodes";
  if (scores) text += " scores";
  if (features) text += " features";
  return text;
}

std::vector<std::string_view> quality_names(std::uint32_t bits) {
  std::vector<std::string_view> names;
  for_each_quality(bits, [&](std::string_view name) { names.push_back(name); });
  return names;
}

result_writer::result_writer(const pipeline& model, const output_choice& choice, output_file& out)
    : choice_(choice),
      out_(out),
      feature_names_(model->feature_names),
      detector_names_(model->detector_names),
      feature_keys_(json_keys(feature_names_)),
      detector_keys_(json_keys(detector_names_)) {}

/// Detectors' scores stand behind the severity that they make up.
template <class Field>
bool result_writer::detectors_follow(const Field& f) const {
  if constexpr (std::is_same_v<typename Field::value_type, double>) {
    return choice_.scores && f.member == &window_result::severity;
  } else {
    return false;
  }
}

void result_writer::begin() {
  if (choice_.format != output_format::csv) return;
  line_.clear();
  if (choice_.only_episodes) {
    line_ = "event";
    for_each_field<episode>([&](const auto& f) { append_csv_text(line_ += ',', f.name); });
    for (std::size_t i = 1; i <= max_contributors; ++i) {
      const std::string top = ",top" + std::to_string(i);
      line_ += top + "_feature" + top + "_share" + top + "_deviation";
    }
  } else {
    for_each_field<window_result>([&](const auto& f) {
      if (!line_.empty()) line_ += ',';
      append_csv_text(line_, f.name);
      if (!detectors_follow(f)) return;
      for (const auto& name : detector_names_) append_csv_text(line_ += ',', "score." + name);
      for (const auto& name : detector_names_) append_csv_text(line_ += ',', "severity." + name);
    });
    line_ += ",event,episode";
    if (choice_.features) {
      for (const auto& name : feature_names_) append_csv_text(line_ += ',', name);
    }
  }
  line_ += '\n';
  out_.write(line_);
}

void result_writer::write(const window_result& w) noexcept {
  try {
    line_.clear();
    const bool with_episode = is_told(w.event) && w.current_episode != nullptr;
    if (choice_.format == output_format::ndjson) {
      if (!choice_.only_episodes) append_ndjson(w);
      if (with_episode) append_ndjson_episode(*w.current_episode, w.event);
    } else if (choice_.only_episodes) {
      if (with_episode) append_csv_episode(*w.current_episode, w.event);
    } else {
      append_csv(w);
    }
    if (!line_.empty()) out_.write(line_);
  } catch (const std::exception&) {
    std::terminate();  // out of memory for a line of text: nothing sensible is left to do
  }
}

void result_writer::append_values(const std::vector<std::string>& keys, std::span<const double> values, std::string_view under) {
  line_ += under;
  line_ += '{';
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) line_ += ',';
    line_ += keys[i];
    append_json_number(line_, values[i]);
  }
  line_ += '}';
}

void result_writer::append_ndjson(const window_result& w) {
  line_ += R"({"type":"window")";
  for_each_field<window_result>([&](const auto& f) {
    append_json_text(line_ += ',', f.name);
    append_json_field(line_ += ':', f, w);
    if (!detectors_follow(f)) return;
    append_values(detector_keys_, w.scores, R"(,"scores":)");
    append_values(detector_keys_, w.severities, R"(,"severities":)");
  });
  if (choice_.features) append_values(feature_keys_, w.features, R"(,"features":)");
  line_ += "}\n";
}

void result_writer::append_ndjson_episode(const episode& e, alarm::event event) {
  line_ += R"({"type":"episode","event":")";
  line_ += event_name(event);
  line_ += '"';
  for_each_field<episode>([&](const auto& f) {
    append_json_text(line_ += ',', f.name);
    append_json_field(line_ += ':', f, e);
  });
  line_ += R"(,"top":[)";
  bool first = true;
  for (const auto& c : e.contributors) {
    if (!(c.share > 0.0) || c.feature >= feature_names_.size()) continue;
    if (!first) line_ += ',';
    first = false;
    line_ += R"({"feature":)";
    append_json_text(line_, feature_names_[c.feature]);
    line_ += R"(,"share":)";
    append_json_number(line_, c.share);
    line_ += R"(,"deviation":)";
    append_json_number(line_, c.deviation);
    line_ += '}';
  }
  line_ += "]}\n";
}

void result_writer::append_csv(const window_result& w) {
  for_each_field<window_result>([&](const auto& f) {
    if (!line_.empty()) line_ += ',';
    append_csv_field(line_, f, w);
    if (!detectors_follow(f)) return;
    for (const double v : w.scores) append_csv_number(line_ += ',', v);
    for (const double v : w.severities) append_csv_number(line_ += ',', v);
  });
  line_ += ',';
  if (is_told(w.event) && w.current_episode != nullptr) {
    line_ += event_name(w.event);
    append_integer(line_ += ',', w.current_episode->number);
  } else {
    line_ += ',';
    if (w.alarm_active && w.current_episode != nullptr) append_integer(line_, w.current_episode->number);
  }
  if (choice_.features) {
    for (const double v : w.features) append_csv_number(line_ += ',', v);
  }
  line_ += '\n';
}

void result_writer::append_csv_episode(const episode& e, alarm::event event) {
  line_ += event_name(event);
  for_each_field<episode>([&](const auto& f) { append_csv_field(line_ += ',', f, e); });
  for (const auto& c : e.contributors) {
    const bool used = c.share > 0.0 && c.feature < feature_names_.size();
    append_csv_text(line_ += ',', used ? std::string_view(feature_names_[c.feature]) : std::string_view());
    line_ += ',';
    if (used) append_csv_number(line_, c.share);
    line_ += ',';
    if (used) append_csv_number(line_, c.deviation);
  }
  line_ += '\n';
}

}  // namespace millwright::tool
