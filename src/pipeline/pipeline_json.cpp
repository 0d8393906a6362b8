#include "millwright/pipeline/pipeline_json.hpp"

#include <algorithm>
#include <array>

#include "core/json.hpp"
#include "millwright/features/features.hpp"
#include "pipeline/condition_json.hpp"

namespace millwright {

namespace {

using detail::json;

constexpr std::size_t most_channels = 1024;
constexpr std::size_t most_features = 4096;
constexpr std::size_t most_detectors = 64;

constexpr std::array<std::string_view, 13> sections = {"channels", "clock", "condition", "window", "features", "normalize", "detect",
                                                       "smooth",   "fuse",  "calibrate", "alert",  "alarm",    "fit"};
constexpr std::array<std::string_view, 6> channel_keys = {"name", "unit", "role", "rate_hz", "range_low", "range_high"};

error section_error(std::string_view section, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, section, what, mend};
}

/// Absent and null both mean "take the default".
const json* find_section(const json& root, const char* name) {
  const auto found = root.find(name);
  return found == root.end() || found->is_null() ? nullptr : &*found;
}

template <described T>
result<void> read_section(const json& root, const char* name, T& target) {
  const json* section = find_section(root, name);
  if (section == nullptr) return {};
  return detail::params_from_json(*section, name, "",
                                  [&](std::string_view key, const param_value& v) { return set_param(target, key, v); });
}

result<channel> read_channel(const json& object) {
  if (!object.is_object())
    return section_error("channels", "a channel is not a JSON object", R"(write {"name": "vib_x", "rate_hz": 25600})");
  for (const auto& [key, value] : object.items()) {
    if (std::find(channel_keys.begin(), channel_keys.end(), key) == channel_keys.end()) {
      return section_error("channels", "a channel has no setting \"" + key + "\"", detail::suggestion(key, channel_keys));
    }
  }
  channel c;
  c.name = detail::text_at(object, "name");
  c.unit = detail::text_at(object, "unit");
  c.rate_hz = detail::number_at(object, "rate_hz", -1.0);
  const std::string role = detail::text_at(object, "role", "vibration");
  const auto parsed = parse_channel_role(role);
  if (!parsed)
    return section_error("channels", "channel \"" + c.name + "\" has the role \"" + role + "\"",
                         "give one of vibration, process, slow, context, state, ignore");
  c.role = *parsed;
  if (c.name.empty()) return section_error("channels", "a channel has no name", "add \"name\"");
  if (c.name.find_first_of(".@(),= \t\n\"") != std::string::npos) {
    return section_error("channels", "the channel name \"" + c.name + "\" holds a character that feature names need",
                         "use letters, digits, _ and - only");
  }
  if (!(c.rate_hz > 0.0 && c.rate_hz <= 1e9))
    return section_error("channels", "channel \"" + c.name + "\" has no usable rate_hz",
                         "give the sampling rate in Hz, above 0 and at most 1e9");
  if (const json* low = find_section(object, "range_low")) {
    if (!low->is_number())
      return section_error("channels", "range_low of \"" + c.name + "\" is not a number", "give it in the channel's unit");
    c.range_low = low->get<double>();
  }
  if (const json* high = find_section(object, "range_high")) {
    if (!high->is_number())
      return section_error("channels", "range_high of \"" + c.name + "\" is not a number", "give it in the channel's unit");
    c.range_high = high->get<double>();
  }
  return c;
}

result<std::vector<channel>> read_channels(const json& root) {
  const json* list = find_section(root, "channels");
  if (list == nullptr || !list->is_array() || list->empty())
    return section_error("channels", "there are no channels", R"(add "channels": [{"name": "vib_x", "rate_hz": 25600}])");
  if (list->size() > most_channels)
    return error(errc::limit_exceeded, "channels", "more than 1024 channels", "split the asset into several pipelines");
  std::vector<channel> channels;
  for (const auto& object : *list) {
    MILLWRIGHT_TRY(channel c, read_channel(object));
    for (const auto& other : channels) {
      if (other.name == c.name) return section_error("channels", "two channels are named \"" + c.name + "\"", "rename one");
    }
    channels.push_back(std::move(c));
  }
  return channels;
}

/// A list of names, or an object with names and the settings of the extractor; names that are absent are the default ones.
result<void> read_features(const json& root, const std::vector<channel>& channels, feature_extractor& features) {
  const json* list = find_section(root, "features");
  if (list != nullptr && list->is_object()) {
    const json& object = *list;
    MILLWRIGHT_CHECK(detail::params_from_json(object, "features", "names",
                                              [&](std::string_view key, const param_value& v) { return set_param(features, key, v); }));
    list = find_section(object, "names");
  }
  if (list == nullptr) {
    for (const auto& c : channels) {
      for (auto& n : default_feature_names(c)) features.names.push_back(std::move(n));
    }
    return {};
  }
  if (!list->is_array() || list->empty())
    return section_error("features", "this is not a list of feature names",
                         R"(write ["vib_x.rms", "vib_x.kurtosis"] or leave the section out)");
  if (list->size() > most_features) return error(errc::limit_exceeded, "features", "more than 4096 features", "choose fewer");
  for (const auto& name : *list) {
    if (!name.is_string()) return section_error("features", "a feature name is not a text", R"(write ["vib_x.rms"])");
    features.names.push_back(name.get_ref<const std::string&>());
  }
  return {};
}

/// A plain list where the names say all.
json features_to_json(const feature_extractor& features) {
  if (features.shaft_hz == 0.0 && features.speed_channel.empty()) return features.names;
  return detail::params_to_json(features);
}

result<any_stage> read_stage(const json& object, const char* section, std::string_view default_id, const stage_registry& registry) {
  const std::string id = object.is_string() ? object.get_ref<const std::string&>() : detail::text_at(object, "stage", default_id);
  MILLWRIGHT_TRY(any_stage stage, registry.make(id));
  if (!object.is_string()) {
    MILLWRIGHT_CHECK(detail::params_from_json(object, section, "stage",
                                              [&](std::string_view key, const param_value& v) { return stage.set_param(key, v); }));
  }
  MILLWRIGHT_CHECK(stage.validate());
  return stage;
}

json stage_to_json(const any_stage& stage) {
  json object = json::object();
  object["stage"] = std::string(stage.id());
  for (const auto& [name, value] : stage.get_params()) object[std::string(name)] = detail::to_json(value);
  return object;
}

}  // namespace

result<pipeline_parts> parse_pipeline_parts(std::string_view text, const stage_registry& registry) {
  MILLWRIGHT_TRY(const json root, detail::parse_json(text, "pipeline"));
  if (!root.is_object()) return section_error("pipeline", "the declaration is not a JSON object", R"(write {"channels": [...]})");
  for (const auto& [key, value] : root.items()) {
    if (std::find(sections.begin(), sections.end(), key) == sections.end()) {
      return section_error("pipeline", "there is no section \"" + key + "\"", detail::suggestion(key, sections));
    }
  }

  pipeline_parts parts;
  MILLWRIGHT_TRY(parts.channels, read_channels(root));
  parts.window = with_defaults<window_policy>();
  parts.window.clock = with_defaults<clock_policy>();
  MILLWRIGHT_CHECK(read_section(root, "clock", parts.window.clock));
  MILLWRIGHT_CHECK(read_section(root, "window", parts.window));
  if (const json* condition = find_section(root, "condition")) {
    MILLWRIGHT_TRY(parts.condition, detail::conditions_from_json(*condition));
  }
  MILLWRIGHT_CHECK(read_features(root, parts.channels, parts.features));

  const json* normalize = find_section(root, "normalize");
  MILLWRIGHT_TRY(parts.normalize,
                 read_stage(normalize != nullptr ? *normalize : json::object(), "normalize", "context_normalizer", registry));

  const json* detect = find_section(root, "detect");
  const json default_detectors = {"isolation_forest", "mahalanobis"};
  if (detect == nullptr) detect = &default_detectors;
  if (!detect->is_array() || detect->empty())
    return section_error("detect", "this is not a list of detectors", R"(write ["isolation_forest", {"stage": "mahalanobis"}])");
  if (detect->size() > most_detectors) return error(errc::limit_exceeded, "detect", "more than 64 detectors", "choose fewer");
  for (const auto& object : *detect) {
    MILLWRIGHT_TRY(any_stage stage, read_stage(object, "detect", "", registry));
    parts.detect.push_back(std::move(stage));
  }
  const json* smooth = find_section(root, "smooth");
  MILLWRIGHT_TRY(parts.smooth, read_stage(smooth != nullptr ? *smooth : json::object(), "smooth", "running_median", registry));
  const json* fuse = find_section(root, "fuse");
  MILLWRIGHT_TRY(parts.fuse, read_stage(fuse != nullptr ? *fuse : json::object(), "fuse", "cauchy_fusion", registry));

  parts.detector_tails = with_defaults<tail_calibration>();
  parts.budget = with_defaults<alert_budget>();
  parts.alarms = with_defaults<alarm>();
  parts.fit = with_defaults<fit_options>();
  MILLWRIGHT_CHECK(read_section(root, "calibrate", parts.detector_tails));
  MILLWRIGHT_CHECK(read_section(root, "alert", parts.budget));
  MILLWRIGHT_CHECK(read_section(root, "alarm", parts.alarms));
  MILLWRIGHT_CHECK(read_section(root, "fit", parts.fit));
  MILLWRIGHT_CHECK(validate_params(parts.window.clock));
  MILLWRIGHT_CHECK(validate_params(parts.window));
  MILLWRIGHT_CHECK(validate_params(parts.features));
  MILLWRIGHT_CHECK(validate_params(parts.detector_tails));
  MILLWRIGHT_CHECK(validate_params(parts.budget));
  MILLWRIGHT_CHECK(validate_params(parts.alarms));
  MILLWRIGHT_CHECK(validate_params(parts.fit));
  // Fused severities are logarithms of tail probabilities already, so their tail is exponential; a heavier one, fitted to few
  // excesses, would flatten gross faults a second time.
  parts.fused_tail = parts.detector_tails;
  parts.fused_tail.lowest_shape = 0.0;
  parts.fused_tail.highest_shape = 0.0;
  return parts;
}

std::string to_json(const pipeline_parts& parts) {
  json root = json::object();
  json channels = json::array();
  for (const auto& c : parts.channels) {
    json object = json::object();
    object["name"] = c.name;
    object["unit"] = c.unit;
    object["role"] = std::string(to_string(c.role));
    object["rate_hz"] = c.rate_hz;
    if (c.range_low) object["range_low"] = *c.range_low;
    if (c.range_high) object["range_high"] = *c.range_high;
    channels.push_back(std::move(object));
  }
  root["channels"] = std::move(channels);
  root["clock"] = detail::params_to_json(parts.window.clock);
  root["window"] = detail::params_to_json(parts.window);
  if (!parts.condition.empty()) root["condition"] = detail::conditions_to_json(parts.condition);
  root["features"] = features_to_json(parts.features);
  root["normalize"] = stage_to_json(*parts.normalize);
  json detect = json::array();
  for (const auto& stage : parts.detect) detect.push_back(stage_to_json(stage));
  root["detect"] = std::move(detect);
  root["smooth"] = stage_to_json(*parts.smooth);
  root["fuse"] = stage_to_json(*parts.fuse);
  root["calibrate"] = detail::params_to_json(parts.detector_tails);
  root["alert"] = detail::params_to_json(parts.budget);
  root["alarm"] = detail::params_to_json(parts.alarms);
  root["fit"] = detail::params_to_json(parts.fit);
  return detail::dump(root);
}

}  // namespace millwright
