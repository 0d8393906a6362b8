#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "millwright/core/stage.hpp"
#include "millwright/core/stage_role.hpp"

namespace millwright {

/// A parameter's value without its stage's type.
using param_value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, std::vector<double>>;

/// A parameter as documentation, Python and JSON see it.
struct param_info {
  std::string_view name;
  param_value initial;
  double low, high;
  unit of;
  std::string_view doc;
  std::string_view choices;
};

/// Element type of a learned array; the names are those of safetensors.
enum class dtype : std::uint8_t { f64, f32, i64, i32, u16, u8 };

/// A learned array (or scalar: empty shape) without its stage's type.
struct tensor_view {
  std::string_view name;
  dtype type = dtype::f64;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
};

[[nodiscard]] constexpr std::size_t size_of(dtype type) noexcept {
  switch (type) {
    case dtype::f64:
    case dtype::i64: return 8;
    case dtype::f32:
    case dtype::i32: return 4;
    case dtype::u16: return 2;
    case dtype::u8: return 1;
  }
  return 1;
}

namespace detail {

template <class T>
struct dtype_of;
template <>
struct dtype_of<double> {
  static constexpr dtype value = dtype::f64;
};
template <>
struct dtype_of<float> {
  static constexpr dtype value = dtype::f32;
};
template <>
struct dtype_of<std::int64_t> {
  static constexpr dtype value = dtype::i64;
};
template <>
struct dtype_of<std::int32_t> {
  static constexpr dtype value = dtype::i32;
};
template <>
struct dtype_of<std::uint16_t> {
  static constexpr dtype value = dtype::u16;
};
template <>
struct dtype_of<std::uint8_t> {
  static constexpr dtype value = dtype::u8;
};

[[nodiscard]] error unknown_parameter(std::string_view stage, std::string_view name, const std::vector<param_info>& known);
[[nodiscard]] error wrong_parameter_type(std::string_view stage, std::string_view name, std::string_view expected);
[[nodiscard]] error unknown_stage(std::string_view id, const std::vector<std::string_view>& known);
[[nodiscard]] error wrong_version(std::string_view stage, std::uint16_t stored, std::uint16_t known);
[[nodiscard]] error wrong_tensor(std::string_view stage, std::string_view name, std::string_view why);

template <class T>
constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return "an integer";
  else if constexpr (std::is_same_v<T, double>)
    return "a number";
  else if constexpr (std::is_same_v<T, std::string>)
    return "a text";
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return "a list of texts";
  else
    return "a list of numbers";
}

/// Converts where no information is lost: integer to number, number without fraction to integer, empty list to any list.
template <class T>
[[nodiscard]] std::optional<T> convert(const param_value& value) {
  if (const auto* same = std::get_if<T>(&value)) return *same;
  if constexpr (std::is_same_v<T, double>) {
    if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    if (const auto* d = std::get_if<double>(&value);
        d != nullptr && *d >= -9e15 && *d <= 9e15 && static_cast<double>(static_cast<std::int64_t>(*d)) == *d) {
      return static_cast<std::int64_t>(*d);
    }
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    if (const auto* text = std::get_if<std::string>(&value)) return T{*text};
    if (const auto* list = std::get_if<std::vector<double>>(&value); list != nullptr && list->empty()) return T{};
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value); list != nullptr && list->empty()) return T{};
    if (const auto* d = std::get_if<double>(&value)) return T{*d};
    if (const auto* i = std::get_if<std::int64_t>(&value)) return T{static_cast<double>(*i)};
  }
  return std::nullopt;
}

}  // namespace detail

/// Descriptors of the parameters of a described class, in order.
template <described T>
[[nodiscard]] std::vector<param_info> param_infos() {
  std::vector<param_info> list;
  for_each_descriptor(T::params(), [&](const auto& p) {
    list.push_back({p.name, param_value(p.initial), p.low, p.high, p.of, p.doc, p.choices});
  });
  return list;
}

/// Current value of every parameter, in order.
template <described T>
[[nodiscard]] std::vector<std::pair<std::string_view, param_value>> get_params(const T& object) {
  std::vector<std::pair<std::string_view, param_value>> list;
  for_each_descriptor(T::params(), [&](const auto& p) { list.emplace_back(p.name, param_value(object.*(p.member))); });
  return list;
}

/// Sets one parameter by name. Errors: unknown name (with the nearest known one), wrong type. Ranges are checked by prepare.
template <described T>
[[nodiscard]] result<void> set_param(T& object, std::string_view name, const param_value& value) {
  std::optional<result<void>> verdict;
  for_each_descriptor(T::params(), [&](const auto& p) {
    if (verdict || p.name != name) return;
    using V = typename std::remove_cvref_t<decltype(p)>::value_type;
    if (auto converted = detail::convert<V>(value)) {
      object.*(p.member) = *std::move(converted);
      verdict = result<void>();
    } else {
      verdict = result<void>(detail::wrong_parameter_type(T::id, name, detail::type_name<V>()));
    }
  });
  if (verdict) return *verdict;
  return detail::unknown_parameter(T::id, name, param_infos<T>());
}

/// Sets every parameter to its documented default.
template <described T>
[[nodiscard]] T with_defaults() {
  T object;
  for_each_descriptor(T::params(), [&](const auto& p) { object.*(p.member) = p.initial; });
  return object;
}

/// Learned arrays and scalars of a fitted object, in order; views into the object. Unset arrays are left out.
template <class T>
[[nodiscard]] std::vector<tensor_view> get_model(const T& object) {
  std::vector<tensor_view> list;
  for_each_descriptor(T::model(), [&](const auto& m) {
    using V = typename std::remove_cvref_t<decltype(m)>::value_type;
    const V& value = object.*(m.member);
    if constexpr (std::is_arithmetic_v<V>) {
      list.push_back({m.name, detail::dtype_of<V>::value, {}, std::as_bytes(std::span<const V>(&value, 1))});
    } else if (value.is_set()) {
      list.push_back({m.name, detail::dtype_of<typename V::value_type>::value, value.shape(), std::as_bytes(value.values())});
    }
  });
  return list;
}

/// Sets one learned array or scalar from bytes (little-endian, any alignment). Errors: unknown name, wrong type or size.
template <class T>
[[nodiscard]] result<void> set_learned(T& object, const tensor_view& tensor) {
  std::optional<result<void>> verdict;
  const std::string_view id = T::id;
  for_each_descriptor(T::model(), [&](const auto& m) {
    if (verdict || m.name != tensor.name) return;
    using V = typename std::remove_cvref_t<decltype(m)>::value_type;
    std::size_t count = 1;
    for (std::size_t extent : tensor.shape) {
      if (extent != 0 && count > static_cast<std::size_t>(-1) / 16 / extent) {
        verdict = result<void>(detail::wrong_tensor(id, tensor.name, "its shape and its size disagree"));
        return;
      }
      count *= extent;
    }
    const auto fill = [&](auto* target, dtype expected) {
      if (tensor.type != expected) {
        verdict = result<void>(detail::wrong_tensor(id, tensor.name, "it has another element type than this version writes"));
      } else if (tensor.bytes.size() != count * sizeof(*target)) {
        verdict = result<void>(detail::wrong_tensor(id, tensor.name, "its shape and its size disagree"));
      } else {
        if (count > 0) std::memcpy(target, tensor.bytes.data(), tensor.bytes.size());
        verdict = result<void>();
      }
    };
    if constexpr (std::is_arithmetic_v<V>) {
      if (!tensor.shape.empty()) {
        verdict = result<void>(detail::wrong_tensor(id, tensor.name, "it should be a scalar"));
      } else {
        fill(&(object.*(m.member)), detail::dtype_of<V>::value);
      }
    } else {
      using E = typename V::value_type;
      std::vector<E> values(tensor.bytes.size() / sizeof(E));
      fill(values.data(), detail::dtype_of<E>::value);
      if (*verdict) object.*(m.member) = V(std::move(values), tensor.shape);
    }
  });
  if (verdict) return *verdict;
  return detail::wrong_tensor(id, tensor.name, "this version does not know it");
}

// ---------------------------------------------------------------------------------------------------------------------------

/// What the registry tells of a stage.
struct stage_info {
  std::string_view id;
  std::uint16_t version;
  stage_role role;
  std::string_view doc;
  std::vector<param_info> params;
  bool learns;
  bool explains;
};

/// What can be done with any stage, whatever flows through it: one function pointer each. Tables for row stages and signal stages
/// add their own.
struct object_functions {
  std::string_view id;
  std::uint16_t version;
  stage_role role;
  stage_info (*info)();
  std::shared_ptr<void> (*make)();
  std::shared_ptr<void> (*clone)(const void*);
  std::vector<std::pair<std::string_view, param_value>> (*get_params)(const void*);
  result<void> (*set_param)(void*, std::string_view, const param_value&);
  result<void> (*validate)(const void*);
  std::vector<tensor_view> (*get_model)(const void*);
  result<void> (*set_learned)(void*, const tensor_view&);
  result<void> (*upgrade)(void*, std::uint16_t from);  // nullptr: reads its own version only
  void (*reset)(void*) noexcept;
  void (*write_state)(void*, state_writer&) noexcept;  // nullptr: stateless
  void (*read_state)(void*, state_reader&) noexcept;   // nullptr: stateless
};

namespace detail {
/// Fills the part of a table that describes a class: parameters, and the model where there is one.
template <class T>
void fill_described_functions(object_functions& f) {
  f.id = T::id;
  f.version = T::version;
  f.role = T::role;
  f.info = [] { return stage_info{T::id, T::version, T::role, T::doc, param_infos<T>(), false, false}; };
  f.make = []() -> std::shared_ptr<void> { return std::make_shared<T>(with_defaults<T>()); };
  f.clone = [](const void* s) -> std::shared_ptr<void> { return std::make_shared<T>(*static_cast<const T*>(s)); };
  f.get_params = [](const void* s) { return millwright::get_params(*static_cast<const T*>(s)); };
  f.set_param = [](void* s, std::string_view name, const param_value& v) { return millwright::set_param(*static_cast<T*>(s), name, v); };
  f.validate = [](const void* s) { return validate_params(*static_cast<const T*>(s)); };
  if constexpr (requires { T::model(); }) {
    f.get_model = [](const void* s) { return millwright::get_model(*static_cast<const T*>(s)); };
    f.set_learned = [](void* s, const tensor_view& t) { return millwright::set_learned(*static_cast<T*>(s), t); };
  }
  if constexpr (requires(T t) { t.upgrade(T::version); }) {
    f.upgrade = [](void* s, std::uint16_t from) { return static_cast<T*>(s)->upgrade(from); };
  }
}

/// Fills the part of a table that all running stages share. `Learns` and `Explains` are what `info` reports.
template <class T, bool Learns, bool Explains>
void fill_object_functions(object_functions& f) {
  fill_described_functions<T>(f);
  f.info = [] { return stage_info{T::id, T::version, T::role, T::doc, param_infos<T>(), Learns, Explains}; };
  f.reset = [](void* s) noexcept { static_cast<T*>(s)->reset(); };
  if constexpr (requires(T t, state_writer & w) { t.persist(w); }) {
    f.write_state = [](void* s, state_writer& w) noexcept { static_cast<T*>(s)->persist(w); };
    f.read_state = [](void* s, state_reader& r) noexcept {
      static_cast<T*>(s)->persist(r);
      if constexpr (requires(const T t) { t.state_is_valid(); }) {
        if (!static_cast<const T*>(s)->state_is_valid()) r.fail();
      }
    };
  }
}
}  // namespace detail

/// A stage whose type is known by its table alone: what any_stage and any_signal_stage share. Copies are deep in parameters and state
/// and share the model.
template <class Functions>
class any_object {
 public:
  explicit any_object(const Functions& f) : f_(&f), object_(f.make()) {}
  any_object(const any_object& other) : f_(other.f_), object_(f_->clone(other.object_.get())) {}
  any_object& operator=(const any_object& other) {
    if (this != &other) *this = any_object(other);
    return *this;
  }
  any_object(any_object&&) noexcept = default;
  any_object& operator=(any_object&&) noexcept = default;
  ~any_object() = default;

  [[nodiscard]] std::string_view id() const noexcept { return f_->id; }
  [[nodiscard]] std::uint16_t version() const noexcept { return f_->version; }
  [[nodiscard]] stage_role role() const noexcept { return f_->role; }
  [[nodiscard]] stage_info info() const { return f_->info(); }
  [[nodiscard]] bool learns() const noexcept { return f_->observe != nullptr; }

  [[nodiscard]] auto get_params() const { return f_->get_params(object_.get()); }
  [[nodiscard]] result<void> set_param(std::string_view name, const param_value& v) { return f_->set_param(object_.get(), name, v); }
  [[nodiscard]] result<void> validate() const { return f_->validate(object_.get()); }
  /// Learned arrays; none for a stage that learns nothing.
  [[nodiscard]] std::vector<tensor_view> get_model() const {
    return f_->get_model != nullptr ? f_->get_model(object_.get()) : std::vector<tensor_view>();
  }
  [[nodiscard]] result<void> set_learned(const tensor_view& t) {
    if (f_->set_learned == nullptr) return detail::wrong_tensor(id(), t.name, "this stage learns nothing");
    return f_->set_learned(object_.get(), t);
  }
  /// Brings parameters and learned arrays that an older version wrote to what this version reads. Error: it cannot.
  [[nodiscard]] result<void> upgrade(std::uint16_t from) {
    if (from == version()) return {};
    if (f_->upgrade == nullptr || from > version()) return detail::wrong_version(id(), from, version());
    return f_->upgrade(object_.get(), from);
  }

  void reset() noexcept { f_->reset(object_.get()); }
  void persist(state_writer& w) noexcept {
    if (f_->write_state != nullptr) f_->write_state(object_.get(), w);
  }
  void persist(state_reader& r) noexcept {
    if (f_->read_state != nullptr) f_->read_state(object_.get(), r);
  }

 protected:
  const Functions* f_;
  std::shared_ptr<void> object_;  // sole owner; shared_ptr only for its type-erased deleter
};

}  // namespace millwright
