#include "core/json.hpp"

namespace millwright::detail {

namespace {
constexpr int deepest_nesting = 64;

/// nlohmann's tree is destroyed recursively, so nesting is bounded before parsing.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest_nesting) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}
}  // namespace

result<json> parse_json(std::string_view text, std::string_view where) {
  if (too_deep(text)) return error(errc::limit_exceeded, where, "JSON is nested deeper than 64 levels", "flatten it");
  json value = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return error(errc::invalid_data, where, "this is not valid JSON", "check it with a JSON validator");
  return value;
}

std::string dump(const json& value, int indent) { return value.dump(indent, ' ', false, json::error_handler_t::replace); }

json to_json(const param_value& value) {
  return std::visit([](const auto& v) { return json(v); }, value);
}

result<param_value> param_from_json(const json& value, std::string_view where) {
  const auto refuse = [&](std::string_view why) {
    return error(errc::invalid_argument, where, "\"" + std::string(where) + "\": " + std::string(why),
                 "give true/false, a number, a text or a list of one of them");
  };
  switch (value.type()) {
    case json::value_t::boolean: return param_value(value.get<bool>());
    case json::value_t::number_integer: return param_value(value.get<std::int64_t>());
    case json::value_t::number_unsigned: {
      const auto u = value.get<std::uint64_t>();
      if (u > static_cast<std::uint64_t>(INT64_MAX)) return refuse("the integer is too large");
      return param_value(static_cast<std::int64_t>(u));
    }
    case json::value_t::number_float: return param_value(value.get<double>());
    case json::value_t::string: return param_value(value.get_ref<const std::string&>());
    case json::value_t::array: break;
    default: return refuse("this kind of value cannot be a parameter");
  }
  std::vector<double> numbers;
  std::vector<std::string> texts;
  for (const auto& element : value) {
    if (element.is_number())
      numbers.push_back(element.get<double>());
    else if (element.is_string())
      texts.push_back(element.get_ref<const std::string&>());
    else
      return refuse("a list may hold numbers or texts only");
  }
  if (!numbers.empty() && !texts.empty()) return refuse("a list must not mix numbers and texts");
  if (!numbers.empty()) return param_value(std::move(numbers));
  return param_value(std::move(texts));
}

std::string text_at(const json& object, const char* key, std::string_view fallback) {
  if (object.is_object()) {
    if (const auto found = object.find(key); found != object.end() && found->is_string()) return found->get_ref<const std::string&>();
  }
  return std::string(fallback);
}

double number_at(const json& object, const char* key, double fallback) {
  if (object.is_object()) {
    if (const auto found = object.find(key); found != object.end() && found->is_number()) return found->get<double>();
  }
  return fallback;
}

std::int64_t integer_at(const json& object, const char* key, std::int64_t fallback) {
  if (object.is_object()) {
    if (const auto found = object.find(key); found != object.end() && found->is_number_integer()) {
      if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return fallback;
      return found->get<std::int64_t>();
    }
  }
  return fallback;
}

}  // namespace millwright::detail
