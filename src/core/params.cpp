#include "millwright/core/params.hpp"

#include <algorithm>
#include <charconv>

#include "core/nearest_name.hpp"

namespace millwright {

std::string_view to_string(unit u) noexcept {
  switch (u) {
    case unit::none: return "";
    case unit::second: return "s";
    case unit::hertz: return "Hz";
    case unit::sample: return "samples";
    case unit::window: return "windows";
    case unit::channel_unit: return "u";
    case unit::channel_unit_squared: return "u^2";
    case unit::per_week: return "1/week";
    case unit::share: return "share";
    case unit::decade: return "decades";
  }
  return "";
}

namespace {

using text_list = std::vector<std::string>;
using number_list = std::vector<double>;

std::string shortest(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// Calls f with each of the words "a|b|c".
template <class F>
void for_each_word(std::string_view words, const F& f) {
  while (!words.empty()) {
    const auto bar = words.find('|');
    f(words.substr(0, bar));
    words = bar == std::string_view::npos ? std::string_view() : words.substr(bar + 1);
  }
}

bool is_listed(std::string_view word, std::string_view words) {
  bool found = false;
  for_each_word(words, [&](std::string_view listed) { found = found || listed == word; });
  return found;
}

template <class T>
const T& at(const void* member) {
  return *static_cast<const T*>(member);
}
template <class T>
T& at(void* member) {
  return *static_cast<T*>(member);
}

/// Calls f with the typed member at `member`, whose parts have been dealt with.
template <class Pointer, class F>
auto visit_member(Pointer member, param_type type, const F& f) {
  switch (type) {
    case param_type::flag: return f(at<bool>(member));
    case param_type::integer: return f(at<std::int64_t>(member));
    case param_type::number: return f(at<double>(member));
    case param_type::text: return f(at<std::string>(member));
    case param_type::texts: return f(at<text_list>(member));
    case param_type::numbers: return f(at<number_list>(member));
    case param_type::optional_integer: return f(at<std::optional<std::int64_t>>(member));
    case param_type::optional_number: return f(at<std::optional<double>>(member));
    case param_type::optional_text: return f(at<std::optional<std::string>>(member));
    case param_type::integer_or_word: return f(at<number_or_word<std::int64_t>>(member));
    case param_type::number_or_word: return f(at<number_or_word<double>>(member));
    case param_type::settings: break;
  }
  std::monostate part;
  return f(part);
}

const void* place(const void* object, const param_info& p) { return static_cast<const std::byte*>(object) + p.offset; }
void* place(void* object, const param_info& p) { return static_cast<std::byte*>(object) + p.offset; }

/// "from 1 to 64 windows".
std::string range_of(const param_info& p) {
  std::string range = p.low == above_zero ? "above 0" : "from " + shortest(p.low);
  if (p.high < 1e300 || p.low != above_zero) range += (p.low == above_zero ? " and at most " : " to ") + shortest(p.high);
  if (p.of != unit::none) (range += " ") += to_string(p.of);
  return range;
}

/// What may stand there beside a number or a text.
std::string alternatives(const param_info& p) {
  std::string list;
  if (p.is_optional()) list = ", or none (null in JSON, None in Python)";
  if (p.type == param_type::integer_or_word || p.type == param_type::number_or_word) {
    for_each_word(p.choices, [&](std::string_view word) { list += ", or " + quoted(word); });
  }
  return list;
}

error range_error(const param_info& p, std::string_view stage, double value) {
  return {errc::invalid_argument, stage, "parameter " + quoted(p.name) + " of " + std::string(stage) + " is " + shortest(value),
          "give a value " + range_of(p) + alternatives(p)};
}

error text_error(const param_info& p, std::string_view stage, std::string_view value, const std::string& mend) {
  return {errc::invalid_argument, stage, "parameter " + quoted(p.name) + " of " + std::string(stage) + " is " + quoted(value), mend};
}

std::string expected(const param_info& p) {
  switch (p.type) {
    case param_type::flag: return "true or false";
    case param_type::text: return "a text";
    case param_type::texts: return "a list of texts";
    case param_type::numbers: return "a list of numbers";
    case param_type::optional_text: return "a text" + alternatives(p);
    case param_type::settings: {
      std::string list;
      for (const param_info& member : *p.settings) list += (list.empty() ? "" : ", ") + std::string(member.name);
      return "an object of settings: " + list;
    }
    default: return (p.is_integer() ? "an integer" : "a number") + alternatives(p);
  }
}

std::optional<double> as_number(const param_value& value) {
  if (const auto* d = std::get_if<double>(&value)) return *d;
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  return std::nullopt;
}

// Converts where no information is lost: integer to number, number without fraction to integer, one element to a list of it, an empty
// list to any list. False: does not fit.

bool assign(bool& to, const param_value& from) {
  const auto* b = std::get_if<bool>(&from);
  if (b != nullptr) to = *b;
  return b != nullptr;
}

bool assign(std::int64_t& to, const param_value& from) {
  if (const auto* i = std::get_if<std::int64_t>(&from)) {
    to = *i;
    return true;
  }
  const auto* d = std::get_if<double>(&from);
  if (d == nullptr || !(*d >= -9e15 && *d <= 9e15) || static_cast<double>(static_cast<std::int64_t>(*d)) != *d) return false;
  to = static_cast<std::int64_t>(*d);
  return true;
}

bool assign(double& to, const param_value& from) {
  const auto number = as_number(from);
  if (number) to = *number;
  return number.has_value();
}

bool assign(std::string& to, const param_value& from) {
  const auto* text = std::get_if<std::string>(&from);
  if (text != nullptr) to = *text;
  return text != nullptr;
}

bool assign(text_list& to, const param_value& from) {
  if (const auto* list = std::get_if<text_list>(&from)) {
    to = *list;
  } else if (const auto* text = std::get_if<std::string>(&from)) {
    to = {*text};
  } else if (const auto* none = std::get_if<number_list>(&from); none != nullptr && none->empty()) {
    to.clear();
  } else {
    return false;
  }
  return true;
}

bool assign(number_list& to, const param_value& from) {
  if (const auto* list = std::get_if<number_list>(&from)) {
    to = *list;
  } else if (const auto number = as_number(from)) {
    to = {*number};
  } else if (const auto* none = std::get_if<text_list>(&from); none != nullptr && none->empty()) {
    to.clear();
  } else {
    return false;
  }
  return true;
}

template <class T>
bool assign(std::optional<T>& to, const param_value& from) {
  if (std::holds_alternative<std::monostate>(from)) {
    to.reset();
    return true;
  }
  T value{};
  if (!assign(value, from)) return false;
  to = std::move(value);
  return true;
}

template <class Number>
bool assign(number_or_word<Number>& to, const param_value& from) {
  if (const auto* word = std::get_if<std::string>(&from)) {
    to = *word;
    return true;
  }
  Number number{};
  if (!assign(number, from)) return false;
  to = number;
  return true;
}

bool assign(std::monostate& /*to*/, const param_value& /*from*/) { return false; }

template <class T>
param_value erased(const T& member) {
  return member;
}
template <class T>
param_value erased(const std::optional<T>& member) {
  return member ? param_value(*member) : param_value();
}
template <class Number>
param_value erased(const number_or_word<Number>& member) {
  return member.is_word() ? param_value(member.word()) : param_value(member.number());
}

/// First verdict that is an error, of one member.
class range_check {
 public:
  range_check(const param_info& p, std::string_view stage) : p_(p), stage_(stage) {}

  result<void> operator()(double value) const {
    if (value >= p_.low && value <= p_.high) return {};
    return range_error(p_, stage_, value);
  }
  result<void> operator()(std::int64_t value) const { return (*this)(static_cast<double>(value)); }
  result<void> operator()(const number_list& values) const {
    for (const double v : values) MILLWRIGHT_CHECK((*this)(v));
    return {};
  }
  result<void> operator()(const std::string& value) const {
    if (p_.choices.empty() || is_listed(value, p_.choices)) return {};
    return text_error(p_, stage_, value, "give one of " + std::string(p_.choices));
  }
  result<void> operator()(const std::optional<std::string>& value) const {
    if (!value || !value->empty()) return {};
    return text_error(p_, stage_, *value, "give " + expected(p_));
  }
  template <class Number>
  result<void> operator()(const std::optional<Number>& value) const {
    return value ? (*this)(*value) : result<void>();
  }
  template <class Number>
  result<void> operator()(const number_or_word<Number>& value) const {
    if (!value.is_word()) return (*this)(value.number());
    if (is_listed(value.word(), p_.choices)) return {};
    return text_error(p_, stage_, value.word(), "give a number " + range_of(p_) + ", not as a text" + alternatives(p_));
  }
  result<void> operator()(bool /*value*/) const { return {}; }
  result<void> operator()(const text_list& /*values*/) const { return {}; }
  result<void> operator()(std::monostate /*settings*/) const { return {}; }

 private:
  const param_info& p_;
  std::string_view stage_;
};

error unknown_parameter(std::string_view stage, std::string_view name, std::span<const param_info> known) {
  std::vector<std::string_view> names;
  for (const auto& p : known) names.push_back(p.name);
  return {errc::invalid_argument, stage, std::string(stage) + " has no parameter " + quoted(name), detail::suggestion(name, names)};
}

std::optional<double> number_in(std::string_view text) {
  double value = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

namespace detail {

result<void> check_params(const void* object, std::span<const param_info> params, std::string_view stage) {
  for (const param_info& p : params) {
    if (p.type == param_type::settings) {
      MILLWRIGHT_CHECK(check_params(place(object, p), *p.settings, p.settings_id));
    } else {
      MILLWRIGHT_CHECK(visit_member(place(object, p), p.type, range_check(p, stage)));
    }
  }
  return {};
}

param_value value_of(const void* member, const param_info& p) {
  if (p.type != param_type::settings) {
    return visit_member(member, p.type, [](const auto& m) -> param_value { return erased(m); });
  }
  param_object part;
  for (auto& [name, value] : read_params(member, *p.settings)) part.members.push_back({std::string(name), std::move(value)});
  return part;
}

std::vector<std::pair<std::string_view, param_value>> read_params(const void* object, std::span<const param_info> params) {
  std::vector<std::pair<std::string_view, param_value>> list;
  list.reserve(params.size());
  for (const param_info& p : params) list.emplace_back(p.name, value_of(place(object, p), p));
  return list;
}

result<void> write_param(void* object, std::span<const param_info> params, std::string_view stage, std::string_view name,
                         const param_value& value) {
  const auto dot = name.find('.');
  const auto found = std::find_if(params.begin(), params.end(), [&](const param_info& p) { return p.name == name.substr(0, dot); });
  if (found == params.end() || (dot != std::string_view::npos && found->type != param_type::settings)) {
    return unknown_parameter(stage, name, params);
  }
  const param_info& p = *found;
  if (dot != std::string_view::npos) return write_param(place(object, p), *p.settings, p.settings_id, name.substr(dot + 1), value);
  if (const auto* part = std::get_if<param_object>(&value); part != nullptr && p.type == param_type::settings) {
    for (const named_value& m : part->members) MILLWRIGHT_CHECK(write_param(place(object, p), *p.settings, p.settings_id, m.name, m.value));
    return {};
  }
  if (visit_member(place(object, p), p.type, [&](auto& member) { return assign(member, value); })) return {};
  return error(errc::invalid_argument, stage, "parameter " + quoted(name) + " of " + std::string(stage) + " has the wrong type",
               "give " + expected(p));
}

void write_defaults(void* object, std::span<const param_info> params) {
  for (const param_info& p : params) {
    if (p.type == param_type::settings) {
      write_defaults(place(object, p), *p.settings);
    } else {
      visit_member(place(object, p), p.type, [&](auto& member) { return assign(member, p.initial); });
    }
  }
}

}  // namespace detail

const param_info* find_param(std::span<const param_info> params, std::string_view name) noexcept {
  const auto dot = name.find('.');
  for (const param_info& p : params) {
    if (p.name != name.substr(0, dot)) continue;
    if (dot == std::string_view::npos) return &p;
    return p.type == param_type::settings ? find_param(*p.settings, name.substr(dot + 1)) : nullptr;
  }
  return nullptr;
}

std::string to_text(const param_value& value) {
  const auto list = [](const auto& elements, const auto& text_of) {
    std::string text;
    for (const auto& e : elements) (text += text.empty() ? "" : ",") += text_of(e);
    return text;
  };
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return shortest(*d);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* names = std::get_if<text_list>(&value)) return list(*names, [](const std::string& v) { return v; });
  if (const auto* values = std::get_if<number_list>(&value)) return list(*values, shortest);
  if (const auto* part = std::get_if<param_object>(&value)) {
    return "{" + list(part->members, [](const named_value& m) { return m.name + "=" + to_text(m.value); }) + "}";
  }
  return "none";
}

param_value param_from_text(const param_info& p, std::string_view text) {
  const std::string same(text);
  if (p.is_optional() && text == "none") return {};
  if (p.type == param_type::flag && (text == "true" || text == "false")) return text == "true";
  if (p.is_number()) {
    if (const auto number = number_in(text)) return *number;
  }
  if (p.type != param_type::texts && p.type != param_type::numbers) return same;
  text_list parts;
  number_list values;
  for (std::size_t start = 0; start <= text.size() && !text.empty();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    parts.emplace_back(text.substr(start, comma - start));
    if (const auto number = number_in(parts.back())) values.push_back(*number);
    start = comma + 1;
  }
  if (p.type == param_type::numbers && values.size() == parts.size()) return values;
  return parts;
}

}  // namespace millwright
