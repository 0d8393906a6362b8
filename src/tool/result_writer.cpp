#include "tool/result_writer.hpp"

#include <array>
#include <exception>
#include <utility>

#include "tool/text.hpp"

namespace millwright::tool {

namespace {

constexpr std::array<std::pair<quality, std::string_view>, 8> quality_list = {{
    {quality::missing, "missing"},
    {quality::not_finite, "not_finite"},
    {quality::stuck, "stuck"},
    {quality::clipped, "clipped"},
    {quality::late_group, "late_group"},
    {quality::undefined_feature, "undefined_feature"},
    {quality::novel_context, "novel_context"},
    {quality::not_scored, "not_scored"},
}};

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
  for (const auto& [bit, name] : quality_list) {
    if (has(bits, bit)) names.push_back(name);
  }
  return names;
}

result_writer::result_writer(const pipeline& model, const output_choice& choice, output_file& out)
    : choice_(choice),
      out_(out),
      feature_names_(model->feature_names),
      detector_names_(model->detector_names),
      feature_keys_(json_keys(feature_names_)),
      detector_keys_(json_keys(detector_names_)) {}

void result_writer::begin() {
  if (choice_.format != output_format::csv) return;
  line_.clear();
  if (choice_.only_episodes) {
    line_ = "event,number,started_at,raised_at,cleared_at,peak_severity,peak_at,priority,regime,extrapolated";
    for (std::size_t i = 1; i <= max_contributors; ++i) {
      const std::string top = ",top" + std::to_string(i);
      line_ += top + "_feature" + top + "_share" + top + "_deviation";
    }
  } else {
    line_ = "end_time,severity";
    if (choice_.scores) {
      for (const auto& name : detector_names_) append_csv_text(line_ += ',', "score." + name);
      for (const auto& name : detector_names_) append_csv_text(line_ += ',', "severity." + name);
    }
    line_ += ",regime,quality,alarm,event,episode";
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

void result_writer::append_values(const std::vector<std::string>& keys, std::span<const double> values) {
  line_ += '{';
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) line_ += ',';
    line_ += keys[i];
    append_json_number(line_, values[i]);
  }
  line_ += '}';
}

void result_writer::append_ndjson(const window_result& w) {
  line_ += R"({"type":"window","end_time":)";
  append_integer(line_, w.end_time);
  line_ += R"(,"severity":)";
  append_json_number(line_, w.severity);
  if (choice_.scores) {
    line_ += R"(,"scores":)";
    append_values(detector_keys_, w.scores);
    line_ += R"(,"severities":)";
    append_values(detector_keys_, w.severities);
  }
  line_ += R"(,"regime":)";
  append_integer(line_, std::int64_t{w.regime});
  line_ += R"(,"quality":[)";
  bool first = true;
  for (const auto& [bit, name] : quality_list) {
    if (!has(w.quality, bit)) continue;
    if (!first) line_ += ',';
    first = false;
    append_json_text(line_, name);
  }
  line_ += R"(],"alarm":)";
  line_ += w.alarm_active ? "true" : "false";
  if (choice_.features) {
    line_ += R"(,"features":)";
    append_values(feature_keys_, w.features);
  }
  line_ += "}\n";
}

void result_writer::append_ndjson_episode(const episode& e, alarm::event event) {
  line_ += R"({"type":"episode","event":")";
  line_ += event_name(event);
  line_ += R"(","number":)";
  append_integer(line_, e.number);
  line_ += R"(,"started_at":)";
  append_integer(line_, e.started_at);
  line_ += R"(,"raised_at":)";
  append_integer(line_, e.raised_at);
  line_ += R"(,"cleared_at":)";
  if (event == alarm::event::cleared)
    append_integer(line_, e.cleared_at);
  else
    line_ += "null";
  line_ += R"(,"peak_severity":)";
  append_json_number(line_, e.peak_severity);
  line_ += R"(,"peak_at":)";
  append_integer(line_, e.peak_at);
  line_ += R"(,"priority":")";
  line_ += to_string(e.priority);
  line_ += R"(","regime":)";
  append_integer(line_, std::int64_t{e.regime});
  line_ += R"(,"extrapolated":)";
  line_ += e.extrapolated ? "true" : "false";
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
  append_integer(line_, w.end_time);
  append_csv_number(line_ += ',', w.severity);
  if (choice_.scores) {
    for (const double v : w.scores) append_csv_number(line_ += ',', v);
    for (const double v : w.severities) append_csv_number(line_ += ',', v);
  }
  append_integer(line_ += ',', std::int64_t{w.regime});
  line_ += ',';
  bool first = true;
  for (const auto& [bit, name] : quality_list) {
    if (!has(w.quality, bit)) continue;
    if (!first) line_ += '|';
    first = false;
    line_ += name;
  }
  line_ += w.alarm_active ? ",1," : ",0,";
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
  append_integer(line_ += ',', e.number);
  append_integer(line_ += ',', e.started_at);
  append_integer(line_ += ',', e.raised_at);
  line_ += ',';
  if (event == alarm::event::cleared) append_integer(line_, e.cleared_at);
  append_csv_number(line_ += ',', e.peak_severity);
  append_integer(line_ += ',', e.peak_at);
  line_ += ',';
  line_ += to_string(e.priority);
  append_integer(line_ += ',', std::int64_t{e.regime});
  line_ += e.extrapolated ? ",1" : ",0";
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
