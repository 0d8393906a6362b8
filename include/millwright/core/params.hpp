#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "millwright/core/error.hpp"

namespace millwright {

/// Unit of a parameter or of a feature, as it is printed.
enum class unit : std::uint8_t { none, second, hertz, sample, window, channel_unit, channel_unit_squared, per_week, share, decade };

[[nodiscard]] std::string_view to_string(unit u) noexcept;

/// A setting of a stage: one declaration gives validation, JSON, the Python class, docs and the bundle.
/// T is bool, std::int64_t, double, std::string (with `choices`), std::vector<std::string> or std::vector<double>.
/// low and high are inclusive and apply to numbers and to each element of a list of numbers.
template <class Owner, class T>
struct param {
  std::string_view name;
  T Owner::*member;
  T initial;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  unit of = unit::none;
  std::string_view doc;
  std::string_view choices = {};  ///< for text: "a|b|c"; empty means free text

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

/// Calls f(descriptor) for each descriptor of a params() or model() tuple, in order.
template <class Tuple, class F>
constexpr void for_each_descriptor(const Tuple& descriptors, F&& f) {
  std::apply([&](const auto&... d) { (f(d), ...); }, descriptors);
}

/// Range check of all parameters of `stage`; the error names stage, parameter, value and range.
template <class Stage>
[[nodiscard]] result<void> validate_params(const Stage& stage);

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

// ---------------------------------------------------------------------------------------------------------------------------

namespace detail {
[[nodiscard]] error parameter_error(std::string_view stage, std::string_view name, const std::string& value, double low, double high,
                                    unit of);
[[nodiscard]] error parameter_choice_error(std::string_view stage, std::string_view name, std::string_view value, std::string_view choices);
[[nodiscard]] bool is_choice(std::string_view value, std::string_view choices) noexcept;
}  // namespace detail

template <class Stage>
result<void> validate_params(const Stage& stage) {
  result<void> verdict;
  for_each_descriptor(Stage::params(), [&](const auto& p) {
    if (!verdict) return;
    using T = typename std::remove_cvref_t<decltype(p)>::value_type;
    const auto& value = stage.*(p.member);
    const auto check = [&](double v) {
      if (!(v >= p.low && v <= p.high)) verdict = detail::parameter_error(Stage::id, p.name, std::to_string(v), p.low, p.high, p.of);
    };
    if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>) {
      check(static_cast<double>(value));
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      for (double v : value) {
        if (verdict) check(v);
      }
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!p.choices.empty() && !detail::is_choice(value, p.choices)) {
        verdict = detail::parameter_choice_error(Stage::id, p.name, value, p.choices);
      }
    }
  });
  return verdict;
}

}  // namespace millwright
