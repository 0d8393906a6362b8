#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// Unit of a parameter or of a feature, as it is printed.
enum class unit : std::uint8_t { none, second, hertz, sample, window, channel_unit, channel_unit_squared, per_week, share, decade };

[[nodiscard]] std::string_view to_string(unit u) noexcept;

/// As a lower limit: every number above 0.
inline constexpr double above_zero = std::numeric_limits<double>::min();

/// A number, or one of the words that its descriptor lists: gamma = 0.5, gamma = "scale". Number is double or std::int64_t.
template <class Number>
class number_or_word {
 public:
  template <class N>
  requires std::is_arithmetic_v<N> number_or_word(N number) : number_(static_cast<Number>(number)) {}
  template <std::convertible_to<std::string_view> Text>
  number_or_word(const Text& word) : word_(std::string_view(word)), is_word_(true) {}

  [[nodiscard]] bool is_word() const noexcept { return is_word_; }
  [[nodiscard]] bool is(std::string_view word) const noexcept { return is_word_ && word_ == word; }
  /// Of a number.
  [[nodiscard]] Number number() const noexcept { return number_; }
  /// Of a word.
  [[nodiscard]] const std::string& word() const noexcept { return word_; }
  /// The number, or what the word stands for.
  [[nodiscard]] Number number_or(Number of_word) const noexcept { return is_word_ ? of_word : number_; }

  friend bool operator==(const number_or_word&, const number_or_word&) = default;

 private:
  Number number_ = 0;
  std::string word_;
  bool is_word_ = false;
};

/// Numbers by which earlier versions wrote that a value is absent, or each of its words in their order. Read from their files only.
struct formerly {
  double first = std::numeric_limits<double>::quiet_NaN();
  double second = std::numeric_limits<double>::quiet_NaN();
};

/// A setting of a stage: one declaration gives validation, JSON, the Python class, docs and the bundle. T is one of
///   bool, std::int64_t, double, std::string (with `choices`: one of them), std::vector<std::string>, std::vector<double>;
///   std::optional of std::int64_t, double or std::string: may be absent, null in JSON, None in Python;
///   number_or_word of std::int64_t or double: `choices` are the words;
///   a described class: settings of its own, an object in JSON.
/// low and high are inclusive and apply to numbers, where they are present, and to each element of a list of numbers.
template <class Owner, class T>
struct param {
  std::string_view name;
  T Owner::*member;
  T initial;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  unit of = unit::none;
  std::string_view doc;
  std::string_view choices = {};  ///< "a|b|c"; empty means free text, or no word
  formerly was = {};

  using owner_type = Owner;
  using value_type = T;
};

template <class Owner>
[[nodiscard]] constexpr param<Owner, double> number(std::string_view name, double Owner::*member, double initial, double low, double high,
                                                    unit of, std::string_view doc) {
  return {name, member, initial, low, high, of, doc};
}
template <class Owner>
[[nodiscard]] constexpr param<Owner, std::int64_t> integer(std::string_view name, std::int64_t Owner::*member, std::int64_t initial,
                                                           std::int64_t low, std::int64_t high, unit of, std::string_view doc) {
  return {name, member, initial, static_cast<double>(low), static_cast<double>(high), of, doc};
}
/// A number that may be absent; `doc` says after "none: " what that means.
template <class Owner>
[[nodiscard]] constexpr param<Owner, std::optional<double>> number(std::string_view name, std::optional<double> Owner::*member,
                                                                   std::optional<double> initial, double low, double high, unit of,
                                                                   std::string_view doc, formerly was = {}) {
  return {name, member, initial, low, high, of, doc, {}, was};
}
template <class Owner>
[[nodiscard]] constexpr param<Owner, std::optional<std::int64_t>> integer(std::string_view name, std::optional<std::int64_t> Owner::*member,
                                                                          std::optional<std::int64_t> initial, std::int64_t low,
                                                                          std::int64_t high, unit of, std::string_view doc,
                                                                          formerly was = {}) {
  return {name, member, initial, static_cast<double>(low), static_cast<double>(high), of, doc, {}, was};
}
/// A number or a word of `words`, "a|b".
template <class Owner>
[[nodiscard]] param<Owner, number_or_word<double>> number(std::string_view name, number_or_word<double> Owner::*member,
                                                          number_or_word<double> initial, double low, double high, unit of,
                                                          std::string_view words, std::string_view doc, formerly was = {}) {
  return {name, member, std::move(initial), low, high, of, doc, words, was};
}
template <class Owner>
[[nodiscard]] param<Owner, number_or_word<std::int64_t>> integer(std::string_view name, number_or_word<std::int64_t> Owner::*member,
                                                                 number_or_word<std::int64_t> initial, std::int64_t low, std::int64_t high,
                                                                 unit of, std::string_view words, std::string_view doc, formerly was = {}) {
  return {name, member, std::move(initial), static_cast<double>(low), static_cast<double>(high), of, doc, words, was};
}
/// At most 2^53: a number that JSON and Python's floats hold exactly.
template <class Owner>
[[nodiscard]] constexpr param<Owner, std::int64_t> random_seed(std::int64_t Owner::*member,
                                                               std::string_view doc = "seed of the random numbers") {
  return integer("seed", member, 0, 0, std::int64_t{1} << 53, unit::none, doc);
}
template <class Owner>
[[nodiscard]] constexpr param<Owner, bool> flag(std::string_view name, bool Owner::*member, bool initial, std::string_view doc) {
  return {name, member, initial, 0, 1, unit::none, doc};
}
template <class Owner>
[[nodiscard]] inline param<Owner, std::string> choice(std::string_view name, std::string Owner::*member, std::string initial,
                                                      std::string_view choices, std::string_view doc) {
  return {name, member, std::move(initial), 0, 0, unit::none, doc, choices};
}
/// Free text, whose notation the stage checks.
template <class Owner>
[[nodiscard]] inline param<Owner, std::string> text(std::string_view name, std::string Owner::*member, std::string initial,
                                                    std::string_view doc) {
  return {name, member, std::move(initial), 0, 0, unit::none, doc};
}
/// Free text that may be absent.
template <class Owner>
[[nodiscard]] inline param<Owner, std::optional<std::string>> text(std::string_view name, std::optional<std::string> Owner::*member,
                                                                   std::string_view doc) {
  return {name, member, {}, 0, 0, unit::none, doc};
}
template <class Owner>
[[nodiscard]] inline param<Owner, std::vector<std::string>> names(std::string_view name, std::vector<std::string> Owner::*member,
                                                                  std::string_view doc) {
  return {name, member, {}, 0, 0, unit::none, doc};
}
template <class Owner>
[[nodiscard]] inline param<Owner, std::vector<double>> numbers(std::string_view name, std::vector<double> Owner::*member, double low,
                                                               double high, unit of, std::string_view doc) {
  return {name, member, {}, low, high, of, doc};
}
template <class T>
[[nodiscard]] T with_defaults();

/// Settings of a part, described by its own class.
template <class Owner, class Part>
[[nodiscard]] inline param<Owner, Part> settings(std::string_view name, Part Owner::*member, std::string_view doc) {
  return {name, member, with_defaults<Part>(), 0, 0, unit::none, doc};
}

/// Calls f(descriptor) for each descriptor of a params() or model() tuple, in order.
template <class Tuple, class F>
constexpr void for_each_descriptor(const Tuple& descriptors, F&& f) {
  std::apply([&](const auto&... d) { (f(d), ...); }, descriptors);
}

// ---------------------------------------------------------------------------------------------------------------------------
// Parameters without their stage's type.

struct named_value;

/// Settings of a part, by name.
struct param_object {
  std::vector<named_value> members;
  friend bool operator==(const param_object& a, const param_object& b);
};

/// A parameter's value; std::monostate is an absent one.
using param_value =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>, std::vector<double>, param_object>;

struct named_value {
  std::string name;
  param_value value;
  friend bool operator==(const named_value&, const named_value&) = default;
};
inline bool operator==(const param_object& a, const param_object& b) { return a.members == b.members; }

/// What a member of a stage is; one for each T of param.
enum class param_type : std::uint8_t {
  flag,
  integer,
  number,
  text,
  texts,
  numbers,
  optional_integer,
  optional_number,
  optional_text,
  integer_or_word,
  number_or_word,
  settings,
};

/// A parameter as documentation, Python and JSON see it, and where it lies in its stage.
struct param_info {
  std::string_view name;
  param_type type = param_type::flag;
  std::size_t offset = 0;  ///< of the member, in bytes
  param_value initial;
  double low = 0.0, high = 0.0;
  unit of = unit::none;
  std::string_view doc;
  std::string_view choices;
  formerly was;
  std::string_view settings_id;                       ///< of type settings: of their class
  const std::vector<param_info>* settings = nullptr;  ///< of type settings

  [[nodiscard]] bool is_optional() const noexcept {
    return type == param_type::optional_integer || type == param_type::optional_number || type == param_type::optional_text;
  }
  [[nodiscard]] bool is_integer() const noexcept {
    return type == param_type::integer || type == param_type::optional_integer || type == param_type::integer_or_word;
  }
  /// A number, that may be absent or a word.
  [[nodiscard]] bool is_number() const noexcept {
    return is_integer() || type == param_type::number || type == param_type::optional_number || type == param_type::number_or_word;
  }
};

namespace detail {

template <class T>
inline constexpr param_type param_type_of = param_type::settings;
template <>
inline constexpr param_type param_type_of<bool> = param_type::flag;
template <>
inline constexpr param_type param_type_of<std::int64_t> = param_type::integer;
template <>
inline constexpr param_type param_type_of<double> = param_type::number;
template <>
inline constexpr param_type param_type_of<std::string> = param_type::text;
template <>
inline constexpr param_type param_type_of<std::vector<std::string>> = param_type::texts;
template <>
inline constexpr param_type param_type_of<std::vector<double>> = param_type::numbers;
template <>
inline constexpr param_type param_type_of<std::optional<std::int64_t>> = param_type::optional_integer;
template <>
inline constexpr param_type param_type_of<std::optional<double>> = param_type::optional_number;
template <>
inline constexpr param_type param_type_of<std::optional<std::string>> = param_type::optional_text;
template <>
inline constexpr param_type param_type_of<number_or_word<std::int64_t>> = param_type::integer_or_word;
template <>
inline constexpr param_type param_type_of<number_or_word<double>> = param_type::number_or_word;

// The members of an object at the places that its table says. One definition for all stages, so that a stage costs its table alone.
[[nodiscard]] result<void> check_params(const void* object, std::span<const param_info> params, std::string_view stage);
[[nodiscard]] std::vector<std::pair<std::string_view, param_value>> read_params(const void* object, std::span<const param_info> params);
[[nodiscard]] result<void> write_param(void* object, std::span<const param_info> params, std::string_view stage, std::string_view name,
                                       const param_value& value);
void write_defaults(void* object, std::span<const param_info> params);
[[nodiscard]] param_value value_of(const void* member, const param_info& p);

}  // namespace detail

/// Parameters of a described class, in order.
template <class T>
[[nodiscard]] const std::vector<param_info>& param_infos() {
  static const std::vector<param_info> table = [] {
    std::vector<param_info> list;
    const T sample{};
    const auto* const start = reinterpret_cast<const std::byte*>(std::addressof(sample));
    for_each_descriptor(T::params(), [&](const auto& p) {
      using V = typename std::remove_cvref_t<decltype(p)>::value_type;
      param_info i;
      i.name = p.name;
      i.type = detail::param_type_of<V>;
      i.offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(std::addressof(sample.*(p.member))) - start);
      i.low = p.low;
      i.high = p.high;
      i.of = p.of;
      i.doc = p.doc;
      i.choices = p.choices;
      i.was = p.was;
      if constexpr (detail::param_type_of<V> == param_type::settings) {
        i.settings_id = V::id;
        i.settings = &param_infos<V>();
      }
      i.initial = detail::value_of(std::addressof(p.initial), i);
      list.push_back(std::move(i));
    });
    return list;
  }();
  return table;
}

/// Checks the ranges and words of all parameters; the error names stage, parameter, value and what may stand there.
template <class Stage>
[[nodiscard]] result<void> validate_params(const Stage& stage) {
  return detail::check_params(std::addressof(stage), param_infos<Stage>(), Stage::id);
}

/// An object all of whose parameters have their documented default.
template <class T>
[[nodiscard]] T with_defaults() {
  T object;
  detail::write_defaults(std::addressof(object), param_infos<T>());
  return object;
}

/// Current value of every parameter, in order.
template <class T>
[[nodiscard]] std::vector<std::pair<std::string_view, param_value>> get_params(const T& object) {
  return detail::read_params(std::addressof(object), param_infos<T>());
}

/// Sets one parameter by name, "part.name" for one of a part. Errors: unknown name (with the nearest known one), wrong type. Ranges and
/// words are checked by prepare.
template <class T>
[[nodiscard]] result<void> set_param(T& object, std::string_view name, const param_value& value) {
  return detail::write_param(std::addressof(object), param_infos<T>(), T::id, name, value);
}

/// The parameter of that name, "part.name" for one of a part; nullptr if there is none.
[[nodiscard]] const param_info* find_param(std::span<const param_info> params, std::string_view name) noexcept;

/// A value as text: 0.5, hann, 1,2,3; "none" for an absent one, {name=value,...} for a part.
[[nodiscard]] std::string to_text(const param_value& value);
/// A text as the kind of value that the parameter takes, lists apart by commas; a text that does not fit stays a text, which set_param
/// then refuses with a reason.
[[nodiscard]] param_value param_from_text(const param_info& p, std::string_view text);

// ---------------------------------------------------------------------------------------------------------------------------

/// A learned array: row-major, immutable once set and shared by every copy of the stage, so that a thousand streams hold one model.
/// T is double, float, std::int64_t, std::int32_t, std::uint16_t or std::uint8_t.
template <class T>
class learned_array {
 public:
  using value_type = T;
  learned_array() = default;
  learned_array(std::vector<T> values, std::vector<std::size_t> shape)
      : content_(std::make_shared<const content>(content{std::move(values), std::move(shape)})) {}
  /// One dimension.
  explicit learned_array(std::vector<T> values) {
    const std::size_t size = values.size();
    content_ = std::make_shared<const content>(content{std::move(values), {size}});
  }

  [[nodiscard]] std::span<const T> values() const noexcept {
    return content_ ? std::span<const T>(content_->values) : std::span<const T>();
  }
  [[nodiscard]] const T* data() const noexcept { return values().data(); }
  [[nodiscard]] std::size_t size() const noexcept { return values().size(); }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return content_->values[i]; }
  [[nodiscard]] const std::vector<std::size_t>& shape() const noexcept {
    static const std::vector<std::size_t> none;
    return content_ ? content_->shape : none;
  }
  /// Fitted means that the array was set, even to zero elements.
  [[nodiscard]] bool is_set() const noexcept { return content_ != nullptr; }

 private:
  struct content {
    std::vector<T> values;
    std::vector<std::size_t> shape;
  };
  std::shared_ptr<const content> content_;  // one pointer, so that a copy takes nothing from the heap
};

/// Describes what fitting learns: a learned_array<T>, a double or an std::int64_t. It becomes a tensor of the bundle.
template <class Owner, class T>
struct learned {
  std::string_view name;
  T Owner::*member;
  std::string_view doc;

  using owner_type = Owner;
  using value_type = T;
};
template <class Owner, class T>
learned(const char*, T Owner::*, const char*) -> learned<Owner, T>;

}  // namespace millwright
