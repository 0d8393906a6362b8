#include "millwright/pipeline/pipeline_json.hpp"

#include <algorithm>
#include <array>

#include "core/json.hpp"
#include "millwright/features/features.hpp"
#include "millwright/pipeline/sections.hpp"

namespace millwright {

namespace {

using detail::json;

constexpr std::array<std::string_view, 6> channel_keys = {"name", "unit", "role", "rate_hz", "range_low", "range_high"};

error section_error(std::string_view section, std::string_view what, std::string_view mend) {
  return {errc::invalid_argument, section, what, mend};
}

/// Absent and null both mean "take the default".
const json* find_section(const json& root, std::string_view name) {
  const auto found = root.find(std::string(name));
  return found == root.end() || found->is_null() ? nullptr : &*found;
}

result<void> check_count(const json& list, const section_info& section, std::string_view mend) {
  if (list.size() <= section.most) return {};
  return error(errc::limit_exceeded, section.key,
               "there are " + std::to_string(list.size()) + " entries, more than " + std::to_string(section.most), mend);
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

result<std::vector<channel>> read_channels(const json* list, const section_info& section) {
  if (list == nullptr || !list->is_array() || list->empty())
    return section_error("channels", "there are no channels", R"(add "channels": [{"name": "vib_x", "rate_hz": 25600}])");
  MILLWRIGHT_CHECK(check_count(*list, section, "split the asset into several pipelines"));
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
result<void> read_features(const json* list, const section_info& section, const std::vector<channel>& channels,
                           feature_extractor& features) {
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
  MILLWRIGHT_CHECK(check_count(*list, section, "choose fewer"));
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

// --- slots: how each kind of section is read and written -----------------------------------------------------------------------

/// What a section is read from.
struct reading {
  const section_info& section;
  const json* value;  ///< nullptr: absent
  const stage_registry& registry;
  const pipeline_parts& parts;  ///< as far as they are read
};

/// The stages that an absent section means.
json default_stages(const section_info& section) {
  json list = json::array();
  for (std::string_view left = section.default_stages; !left.empty();) {
    const std::size_t end = std::min(left.find('|'), left.size());
    list.push_back(std::string(left.substr(0, end)));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return list;
}

template <class Any>
result<Any> make_stage(const stage_registry& registry, std::string_view id) {
  if constexpr (std::is_same_v<Any, any_stage>)
    return registry.make(id);
  else if constexpr (std::is_same_v<Any, any_threshold>)
    return registry.make_threshold(id);
  else
    return registry.make_monitor(id);
}

/// One stage: its id as a text, or an object with parameters and "stage", without which it is `default_id`.
template <class Any>
result<Any> read_stage(const json& object, const reading& from, std::string_view default_id) {
  const section_info& section = from.section;
  const std::string id = object.is_string() ? object.get_ref<const std::string&>() : detail::text_at(object, "stage", default_id);
  MILLWRIGHT_TRY(Any stage, make_stage<Any>(from.registry, id));
  if (stage.role() != section.role) {
    return section_error(section.key, "\"" + id + "\" is a stage of role " + std::string(to_string(stage.role())),
                         "section \"" + std::string(section.key) + "\" takes role " + std::string(to_string(*section.role)));
  }
  if (!object.is_string()) {
    MILLWRIGHT_CHECK(detail::params_from_json(object, section.key, "stage",
                                              [&](std::string_view key, const param_value& v) { return stage.set_param(key, v); }));
  }
  MILLWRIGHT_CHECK(stage.validate());
  return stage;
}

result<void> read(const reading& from, std::vector<channel>& channels) {
  MILLWRIGHT_TRY(channels, read_channels(from.value, from.section));
  return {};
}
result<void> read(const reading& from, feature_extractor& features) {
  MILLWRIGHT_CHECK(read_features(from.value, from.section, from.parts.channels, features));
  return validate_params(features);
}
template <described T>
result<void> read(const reading& from, T& settings) {
  settings = with_defaults<T>();
  if (from.value != nullptr) {
    MILLWRIGHT_CHECK(detail::params_from_json(*from.value, from.section.key, "",
                                              [&](std::string_view key, const param_value& v) { return set_param(settings, key, v); }));
  }
  return validate_params(settings);
}
// The clock's settings are a section of their own.
result<void> read(const reading& from, window_policy& window) {
  const clock_policy clock = window.clock;
  MILLWRIGHT_CHECK(read<window_policy>(from, window));
  window.clock = clock;
  return {};
}
template <class Any>
result<void> read(const reading& from, std::optional<Any>& slot) {
  MILLWRIGHT_TRY(slot, read_stage<Any>(from.value != nullptr ? *from.value : json::object(), from, from.section.default_stages));
  return {};
}
template <class Any>
result<void> read(const reading& from, std::vector<Any>& slot) {
  const json defaults = default_stages(from.section);
  const json& list = from.value != nullptr ? *from.value : defaults;
  if (!list.is_array() || list.size() < from.section.fewest) {
    return section_error(
        from.section.key, "this is not a list of stages of role " + std::string(to_string(*from.section.role)),
        "write [" + (defaults.empty() ? std::string() : detail::dump(defaults.at(0))) + R"(], or {"stage": ..., ...} for settings)");
  }
  MILLWRIGHT_CHECK(check_count(list, from.section, "choose fewer"));
  for (const auto& object : list) {
    MILLWRIGHT_TRY(Any stage, read_stage<Any>(object, from, ""));
    slot.push_back(std::move(stage));
  }
  return {};
}

json to_json_slot(const std::vector<channel>& channels) {
  json list = json::array();
  for (const auto& c : channels) {
    json object = json::object();
    object["name"] = c.name;
    object["unit"] = c.unit;
    object["role"] = std::string(to_string(c.role));
    object["rate_hz"] = c.rate_hz;
    if (c.range_low) object["range_low"] = *c.range_low;
    if (c.range_high) object["range_high"] = *c.range_high;
    list.push_back(std::move(object));
  }
  return list;
}
json to_json_slot(const feature_extractor& features) { return features_to_json(features); }
template <described T>
json to_json_slot(const T& settings) {
  return detail::params_to_json(settings);
}
template <class Any>
json stage_to_json(const Any& stage) {
  json object = json::object();
  object["stage"] = std::string(stage.id());
  for (const auto& [name, value] : stage.get_params()) object[std::string(name)] = detail::to_json(value);
  return object;
}
template <class Any>
json to_json_slot(const std::optional<Any>& slot) {
  return stage_to_json(*slot);
}
template <class Any>
json to_json_slot(const std::vector<Any>& slot) {
  json list = json::array();
  for (const auto& stage : slot) list.push_back(stage_to_json(stage));
  return list;
}

}  // namespace

result<pipeline_parts> parse_pipeline_parts(std::string_view text, const stage_registry& registry) {
  MILLWRIGHT_TRY(const json root, detail::parse_json(text, "pipeline"));
  if (!root.is_object()) return section_error("pipeline", "the declaration is not a JSON object", R"(write {"channels": [...]})");
  std::vector<std::string_view> known;
  for_each_section([&](const section_info& s) {
    if (!s.key.empty()) known.push_back(s.key);
  });
  for (const auto& [key, value] : root.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return section_error("pipeline", "there is no section \"" + key + "\"", detail::suggestion(key, known));
  }

  pipeline_parts parts;
  result<void> verdict;
  for_each_section([&](const auto& s) {
    if (!verdict || s.key.empty()) return;
    verdict = read(reading{s, find_section(root, s.key), registry, parts}, s.slot(parts));
  });
  MILLWRIGHT_CHECK(verdict);
  parts.fused_tail = settle_fused_tail(parts.detector_tails);
  return parts;
}

std::string to_json(const pipeline_parts& parts) {
  json root = json::object();
  for_each_section([&](const auto& s) {
    if (!s.key.empty()) root[std::string(s.key)] = to_json_slot(s.slot(parts));
  });
  return detail::dump(root);
}

std::string to_json(const pipeline_parts& parts, std::string_view section) {
  std::string text;
  for_each_section([&](const auto& s) {
    if (!s.key.empty() && s.key == section) text = detail::dump(to_json_slot(s.slot(parts)));
  });
  return text;
}

}  // namespace millwright
