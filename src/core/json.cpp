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
  return std::visit(
      []<class T>(const T& v) -> json {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, param_object>) {
          json part = json::object();
          for (const named_value& m : v.members) part[m.name] = to_json(m.value);
          return part;
        } else {
          return v;
        }
      },
      value);
}

result<param_value> param_from_json(const json& value, std::string_view where) {
  const auto refuse = [&](std::string_view why) {
    return error(errc::invalid_argument, where, "\"" + std::string(where) + "\": " + std::string(why),
                 "give true/false, a number, a text, null, a list of numbers or texts, or an object of settings");
  };
  switch (value.type()) {
    case json::value_t::null: return param_value();
    case json::value_t::boolean: return param_value(value.get<bool>());
    case json::value_t::number_integer: return param_value(value.get<std::int64_t>());
    case json::value_t::number_unsigned: {
      const auto u = value.get<std::uint64_t>();
      if (u > static_cast<std::uint64_t>(INT64_MAX)) return refuse("the integer is too large");
      return param_value(static_cast<std::int64_t>(u));
    }
    case json::value_t::number_float: return param_value(value.get<double>());
    case json::value_t::string: return param_value(value.get_ref<const std::string&>());
    case json::value_t::object: {
      param_object part;
      for (const auto& [key, member] : value.items()) {
        MILLWRIGHT_TRY(auto v, param_from_json(member, key));
        part.members.push_back({key, std::move(v)});
      }
      return param_value(std::move(part));
    }
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

void modernize(json& settings, std::span<const param_info> params) {
  if (!settings.is_object()) return;
  for (const param_info& p : params) {
    const auto found = settings.find(p.name);
    if (found == settings.end()) continue;
    json& value = *found;
    const bool takes_word = p.type == param_type::integer_or_word || p.type == param_type::number_or_word;
    if (p.type == param_type::settings) {
      modernize(value, *p.settings);
    } else if (p.type == param_type::optional_text) {
      if (value.is_string() && value.get_ref<const std::string&>().empty()) value = nullptr;
    } else if (takes_word && value.is_string()) {
      const param_value now = param_from_text(p, value.get_ref<const std::string&>());
      value = to_json(now);  // a number that was written as text; a word stays what it is
    } else if (value.is_number() && (value == p.was.first || value == p.was.second)) {
      const std::string_view first = p.choices.substr(0, p.choices.find('|'));
      if (p.is_optional())
        value = nullptr;
      else if (takes_word)
        value = value == p.was.first ? first : p.choices.substr(first.size() + 1);
    }
  }
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
