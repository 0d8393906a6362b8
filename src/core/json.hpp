// JSON inside the library: nlohmann-json without exceptions, every access checked. Never included by a public header.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/nearest_name.hpp"
#include "millwright/core/any_stage.hpp"
#include "millwright/core/record.hpp"

namespace millwright::detail {

using json = nlohmann::json;  // sorted keys: one order of bytes, and look-ups that stay cheap in hostile headers

/// Parses text whose size and nesting the caller has bounded. Error: where it stops being JSON.
[[nodiscard]] result<json> parse_json(std::string_view text, std::string_view where);

/// Text of a JSON value; bytes that are not UTF-8 are replaced, never an abort.
[[nodiscard]] std::string dump(const json& value, int indent = -1);

[[nodiscard]] json to_json(const param_value& value);
/// Error: null, nested values, lists of mixed types.
[[nodiscard]] result<param_value> param_from_json(const json& value, std::string_view where);

/// Members of an object as text, number or object; absent or of another type: the fallback.
[[nodiscard]] std::string text_at(const json& object, const char* key, std::string_view fallback = {});
[[nodiscard]] double number_at(const json& object, const char* key, double fallback = 0.0);
[[nodiscard]] std::int64_t integer_at(const json& object, const char* key, std::int64_t fallback = 0);

/// {"name": value, ...} of all parameters.
template <described T>
[[nodiscard]] json params_to_json(const T& object) {
  json out = json::object();
  for (const auto& [name, value] : get_params(object)) out[std::string(name)] = to_json(value);
  return out;
}

/// Sets the parameters that `object` lists, other keys than `skipped` being errors.
template <class Setter>
[[nodiscard]] result<void> params_from_json(const json& object, std::string_view where, std::string_view skipped, Setter&& set) {
  if (!object.is_object()) {
    return error(errc::invalid_argument, where, "section \"" + std::string(where) + "\" is not a JSON object",
                 "write {\"name\": value, ...}");
  }
  for (const auto& [key, value] : object.items()) {
    if (key == skipped) continue;
    MILLWRIGHT_TRY(const auto v, param_from_json(value, key));
    MILLWRIGHT_CHECK(set(key, v));
  }
  return {};
}

/// {"name": value, ...} of all fields of a record.
template <record T>
[[nodiscard]] json record_to_json(const T& object) {
  json out = json::object();
  for_each_field<T>([&](const auto& f) { out[std::string(f.name)] = object.*(f.member); });
  return out;
}

/// Sets the fields that `object` holds with the right type; the others keep what they have. For files that are checked otherwise.
template <record T>
void record_from_json(const json& object, T& to) {
  for_each_field<T>([&](const auto& f) {
    using V = typename std::remove_cvref_t<decltype(f)>::value_type;
    V& value = to.*(f.member);
    const std::string key(f.name);
    if constexpr (std::is_same_v<V, std::string>) {
      value = text_at(object, key.c_str(), value);
    } else if constexpr (std::is_same_v<V, bool>) {
      if (object.is_object() && object.contains(key) && object[key].is_boolean()) value = object[key].template get<bool>();
    } else if constexpr (std::is_floating_point_v<V>) {
      value = number_at(object, key.c_str(), value);
    } else {
      value = static_cast<V>(integer_at(object, key.c_str(), static_cast<std::int64_t>(value)));
    }
  });
}

}  // namespace millwright::detail
