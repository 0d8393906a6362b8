#include "pipeline/condition_json.hpp"

#include <string>
#include <utility>

#include "millwright/signal_stages.hpp"

namespace millwright::detail {

namespace {

constexpr std::size_t most_channels = 1024;
constexpr std::size_t most_stages = 16;

error at_channel(const std::string& name, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, "condition, channel \"" + name.substr(0, 60) + "\"", what, mend};
}

result<any_signal_stage<float>> read_stage(const json& object, const std::string& channel) {
  const std::string id = object.is_string() ? object.get_ref<const std::string&>() : text_at(object, "stage");
  if (id.empty()) {
    return at_channel(channel, "a stage has no name", R"(write "teager_energy" or {"stage": "sos_filter", "band": "highpass"})");
  }
  auto stage = builtin_condition_registry().make(id);
  if (!stage) {
    error refused = stage.error();
    const bool is_angular = id == "order_tracker" || id == "synchronous_average" || id == "gear_condition" || id == "tacho";
    return at_channel(channel, "stage \"" + id.substr(0, 60) + "\" cannot stand between clock and frames",
                      is_angular
                          ? std::string_view("its samples are evenly spaced in angle, not in time: use features that count in orders, "
                                             "with \"speed_channel\" or \"shaft_hz\"")
                          : refused.mend.view());
  }
  if (object.is_string()) return stage;
  const std::string where = "condition, channel \"" + channel.substr(0, 40) + "\", " + id;
  const auto set = [&](std::string_view key, const param_value& v) -> result<void> {
    const auto done = stage->set_param(key, v);
    if (done) return {};
    error refused = done.error();
    refused.where = std::string_view(where);
    return refused;
  };
  MILLWRIGHT_CHECK(params_from_json(object, where, "stage", set));
  if (const auto valid = stage->validate(); !valid) {
    error refused = valid.error();
    refused.where = std::string_view(where);
    return refused;
  }
  return stage;
}

}  // namespace

result<std::vector<channel_condition>> conditions_from_json(const json& section) {
  if (!section.is_object()) {
    return error(errc::invalid_argument, "condition", "the section is not a JSON object",
                 R"(write {"vib_x": [{"stage": "sos_filter", "band": "highpass", "low_hz": 10}]})");
  }
  if (section.size() > most_channels) return error(errc::limit_exceeded, "condition", "more than 1024 channels", "list fewer");
  std::vector<channel_condition> conditions;
  for (const auto& [channel, list] : section.items()) {
    const bool is_one = list.is_string() || list.is_object();
    if (!is_one && !list.is_array()) return at_channel(channel, "its stages are not a list", R"(write [{"stage": "sos_filter"}])");
    if (list.is_array() && list.size() > most_stages) {
      return error(errc::limit_exceeded, "condition, channel \"" + channel.substr(0, 60) + "\"", "more than 16 stages", "use fewer");
    }
    channel_condition made{channel, {}};
    for (const json& object : is_one ? json::array({list}) : list) {
      MILLWRIGHT_TRY(auto stage, read_stage(object, channel));
      made.stages.push_back(std::move(stage));
    }
    conditions.push_back(std::move(made));
  }
  return conditions;
}

json conditions_to_json(const std::vector<channel_condition>& conditions) {
  json section = json::object();
  for (const channel_condition& condition : conditions) {
    json list = json::array();
    for (const auto& stage : condition.stages) {
      json object = json::object();
      object["stage"] = std::string(stage.id());
      for (const auto& [name, value] : stage.get_params()) object[std::string(name)] = to_json(value);
      list.push_back(std::move(object));
    }
    section[condition.channel] = std::move(list);
  }
  return section;
}

}  // namespace millwright::detail
