#pragma once

#include "millwright/any_object.hpp"

namespace millwright {

/// The hand-built table behind any_stage: what can be done with a row stage.
struct stage_functions : object_functions {
  result<port> (*prepare)(void*, const port&, workspace&);
  void (*process)(void*, const const_rows&, const rows_view&) noexcept;
  result<void> (*observe)(void*, const port&, const const_rows&);  // nullptr: does not learn
  result<void> (*merge)(void*, void*);
  result<void> (*finish)(void*);
  void (*explain)(void*, std::span<const double>, std::span<double>) noexcept;  // nullptr: cannot
};

namespace detail {
template <class T>
[[nodiscard]] stage_functions make_stage_functions() {
  stage_functions f{};
  fill_object_functions<T, learner<T>, explains<T>>(f);
  f.prepare = [](void* s, const port& in, workspace& memory) { return static_cast<T*>(s)->prepare(in, memory); };
  f.process = [](void* s, const const_rows& in, const rows_view& out) noexcept { static_cast<T*>(s)->process(in, out); };
  if constexpr (learner<T>) {
    f.observe = [](void* s, const port& in, const const_rows& rows) { return static_cast<T*>(s)->observe(in, rows); };
    f.merge = [](void* s, void* other) { return static_cast<T*>(s)->merge(std::move(*static_cast<T*>(other))); };
    f.finish = [](void* s) { return static_cast<T*>(s)->finish(); };
  }
  if constexpr (explains<T>) {
    f.explain = [](void* s, std::span<const double> row, std::span<double> out) noexcept { static_cast<T*>(s)->explain(row, out); };
  }
  return f;
}
}  // namespace detail

/// The one table of stage T.
template <row_stage T>
[[nodiscard]] const stage_functions& functions_of() {
  static const stage_functions table = detail::make_stage_functions<T>();
  return table;
}

/// A row stage whose type is known by its table alone.
class any_stage : public any_object<stage_functions> {
 public:
  explicit any_stage(const stage_functions& f) : any_object(f) {}
  template <row_stage T>
  static any_stage of(T stage) {
    any_stage s(functions_of<T>());
    *static_cast<T*>(s.object_.get()) = std::move(stage);
    return s;
  }

  [[nodiscard]] bool explains() const noexcept { return f_->explain != nullptr; }

  /// A stage that learns while it scores (it has a parameter "learn" that can be "never") scores against what was fitted from now
  /// on: the same row, the same score, whatever came before. Others do so anyway. Before prepare.
  [[nodiscard]] result<void> freeze() {
    for (const param_info& p : info().params) {
      if (p.name == "learn" && detail::is_choice("never", p.choices)) return set_param("learn", std::string("never"));
    }
    return {};
  }

  [[nodiscard]] result<port> prepare(const port& in, workspace& memory) { return f_->prepare(object_.get(), in, memory); }
  void process(const const_rows& in, const rows_view& out) noexcept { f_->process(object_.get(), in, out); }

  [[nodiscard]] result<void> observe(const port& in, const const_rows& rows) { return f_->observe(object_.get(), in, rows); }
  [[nodiscard]] result<void> merge(any_stage&& other) { return f_->merge(object_.get(), other.object_.get()); }
  [[nodiscard]] result<void> finish() { return f_->finish(object_.get()); }
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { f_->explain(object_.get(), row, contributions); }

  /// The concrete stage, or nullptr when it is another.
  template <row_stage T>
  [[nodiscard]] T* as() noexcept {
    return f_->id == T::id ? static_cast<T*>(object_.get()) : nullptr;
  }
  template <row_stage T>
  [[nodiscard]] const T* as() const noexcept {
    return f_->id == T::id ? static_cast<const T*>(object_.get()) : nullptr;
  }
};

// ---------------------------------------------------------------------------------------------------------------------------

/// A type list of row stages.
template <row_stage... Stages>
struct stage_list {};

/// The stages a program knows by name. A gateway that passes a shorter list does not link the others.
class stage_registry {
 public:
  template <row_stage... Stages>
  explicit stage_registry(stage_list<Stages...>) : tables_{&functions_of<Stages>()...} {}

  [[nodiscard]] const std::vector<const stage_functions*>& stages() const noexcept { return tables_; }
  /// A stage with default parameters. Error: unknown id, with the list of known ones.
  [[nodiscard]] result<any_stage> make(std::string_view id) const;

 private:
  std::vector<const stage_functions*> tables_;
};

/// The registry of the library's own stages, which stages.hpp lists.
[[nodiscard]] const stage_registry& builtin_registry();

}  // namespace millwright
