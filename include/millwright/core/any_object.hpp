#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millwright/core/stage.hpp"
#include "millwright/core/stage_role.hpp"

namespace millwright {

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

[[nodiscard]] error unknown_stage(std::string_view id, const std::vector<std::string_view>& known);
[[nodiscard]] error wrong_version(std::string_view stage, std::uint16_t stored, std::uint16_t known);
[[nodiscard]] error wrong_tensor(std::string_view stage, std::string_view name, std::string_view why);

}  // namespace detail

/// A learned array or scalar without its stage's type, and where it lies in its stage.
struct learned_info {
  std::string_view name;
  dtype type = dtype::f64;
  bool is_scalar = false;
  std::size_t offset = 0;  ///< of the member, in bytes
};

namespace detail {
[[nodiscard]] std::vector<tensor_view> read_model(const void* object, std::span<const learned_info> model);
[[nodiscard]] result<void> write_learned(void* object, std::span<const learned_info> model, std::string_view stage,
                                         const tensor_view& tensor);
}  // namespace detail

/// What a described class learns, in order.
template <class T>
[[nodiscard]] const std::vector<learned_info>& learned_infos() {
  static const std::vector<learned_info> table = [] {
    std::vector<learned_info> list;
    const T sample{};
    const auto* const start = reinterpret_cast<const std::byte*>(std::addressof(sample));
    const auto append = [&](const auto& m) {
      using V = typename std::remove_cvref_t<decltype(m)>::value_type;
      const auto offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(std::addressof(sample.*(m.member))) - start);
      if constexpr (std::is_arithmetic_v<V>) {
        list.push_back({m.name, detail::dtype_of<V>::value, true, offset});
      } else {
        list.push_back({m.name, detail::dtype_of<typename V::value_type>::value, false, offset});
      }
    };
    if constexpr (requires { T::model(); }) for_each_descriptor(T::model(), append);
    return list;
  }();
  return table;
}

/// Learned arrays and scalars of a fitted object, in order; views into the object. Unset arrays are left out.
template <class T>
[[nodiscard]] std::vector<tensor_view> get_model(const T& object) {
  return detail::read_model(std::addressof(object), learned_infos<T>());
}

/// Sets one learned array or scalar from bytes (little-endian, any alignment). Errors: unknown name, wrong type or size.
template <class T>
[[nodiscard]] result<void> set_learned(T& object, const tensor_view& tensor) {
  return detail::write_learned(std::addressof(object), learned_infos<T>(), T::id, tensor);
}

// ---------------------------------------------------------------------------------------------------------------------------

/// What the registry tells of a stage.
struct stage_info {
  std::string_view id;
  std::uint16_t version;
  stage_role role;
  std::string_view doc;
  std::span<const param_info> params;
  bool learns;
  bool explains;
};

/// What can be done with any stage, whatever flows through it: its parameters and model by their tables, the rest by one function pointer
/// each. Tables for row stages and signal stages add their own.
struct object_functions {
  std::string_view id, doc;
  std::uint16_t version;
  stage_role role;
  bool learns, explains;
  const std::vector<param_info>* params;
  const std::vector<learned_info>* model;  // empty: learns nothing
  std::shared_ptr<void> (*make)();
  std::shared_ptr<void> (*clone)(const void*);
  result<void> (*upgrade)(void*, std::uint16_t from);  // nullptr: reads its own version only
  void (*reset)(void*) noexcept;
  void (*write_state)(void*, state_writer&) noexcept;  // nullptr: stateless
  void (*read_state)(void*, state_reader&) noexcept;   // nullptr: stateless

  [[nodiscard]] stage_info info() const { return {id, version, role, doc, *params, learns, explains}; }
};

namespace detail {
/// Fills the part of a table that describes a class: parameters, and the model where there is one.
template <class T>
void fill_described_functions(object_functions& f) {
  f.id = T::id;
  f.version = T::version;
  f.doc = T::doc;
  f.role = T::role;
  f.params = &param_infos<T>();
  f.model = &learned_infos<T>();
  f.make = []() -> std::shared_ptr<void> { return std::make_shared<T>(with_defaults<T>()); };
  f.clone = [](const void* s) -> std::shared_ptr<void> { return std::make_shared<T>(*static_cast<const T*>(s)); };
  if constexpr (requires(T t) { t.upgrade(T::version); }) {
    f.upgrade = [](void* s, std::uint16_t from) { return static_cast<T*>(s)->upgrade(from); };
  }
}

/// Fills the part of a table that all running stages share. `Learns` and `Explains` are what `info` reports.
template <class T, bool Learns, bool Explains>
void fill_object_functions(object_functions& f) {
  fill_described_functions<T>(f);
  f.learns = Learns;
  f.explains = Explains;
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

  [[nodiscard]] auto get_params() const { return detail::read_params(object_.get(), *f_->params); }
  [[nodiscard]] result<void> set_param(std::string_view name, const param_value& v) {
    return detail::write_param(object_.get(), *f_->params, id(), name, v);
  }
  [[nodiscard]] result<void> validate() const { return detail::check_params(object_.get(), *f_->params, id()); }
  /// Learned arrays; none for a stage that learns nothing.
  [[nodiscard]] auto get_model() const { return detail::read_model(object_.get(), *f_->model); }
  [[nodiscard]] result<void> set_learned(const tensor_view& t) { return detail::write_learned(object_.get(), *f_->model, id(), t); }
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
