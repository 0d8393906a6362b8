#pragma once

#include <memory>

#include "millwright/core/any_object.hpp"

namespace millwright {

/// The hand-built table behind any_stage: what can be done with a row stage.
struct stage_functions : object_functions {
  result<port> (*prepare)(void*, const port&, workspace&);
  void (*process)(void*, const const_rows&, const rows_view&) noexcept;
  result<void> (*observe)(void*, const port&, const const_rows&);  // nullptr: does not learn
  result<void> (*merge)(void*, void*);
  result<void> (*finish)(void*);
  result<void> (*fit)(void*, const port&, const const_rows&);                              // nullptr: observe and finish do
  void (*explain)(void*, std::span<const double>, std::span<double>) noexcept;             // nullptr: cannot
  void (*score_float32)(void*, const float*, std::size_t, std::size_t, double*) noexcept;  // nullptr: cannot
  void (*freeze)(void*) noexcept;                                                          // nullptr: is not adaptive

  // Of copies that run in memory of their own, see stage_instance.hpp.
  std::size_t size;  // 0: the stage itself runs, for all
  void (*drop_fit_settings)(void*) noexcept;
  void (*copy_to)(const void*, void*) noexcept;       // takes nothing from the heap
  void (*destroy)(void*) noexcept;                    // ends a copy
  void (*take)(void*, workspace&) noexcept;           // memory for a copy
  void (*measure)(const void*, workspace&) noexcept;  // counts what take would
  bool (*is_stateful)(const void*) noexcept;          // whether it carries anything from row to row
};

namespace detail {
[[nodiscard]] error takes_memory_in_prepare(std::string_view stage);

template <class T>
void fill_instance_functions(stage_functions& f) {
  static_assert(alignof(T) <= workspace::alignment);
  if constexpr (!runs_shared<T>) f.size = sizeof(T);
  f.drop_fit_settings = [](void* s) noexcept {
    if constexpr (requires(T t) { t.drop_fit_settings(); }) static_cast<T*>(s)->drop_fit_settings();
  };
  f.copy_to = [](const void* s, void* memory) noexcept { std::construct_at(static_cast<T*>(memory), *static_cast<const T*>(s)); };
  f.destroy = [](void* s) noexcept { std::destroy_at(static_cast<T*>(s)); };
  f.take = [](void*, workspace&) noexcept {};
  f.measure = [](const void*, workspace&) noexcept {};
  if constexpr (takes_memory<T>) {
    f.take = [](void* s, workspace& memory) noexcept { static_cast<T*>(s)->take(memory); };
    f.measure = [](const void* s, workspace& memory) noexcept {
      T copy(*static_cast<const T*>(s));
      copy.take(memory);
    };
  }
  f.is_stateful = [](const void* s) noexcept -> bool {
    if constexpr (requires(const T t) { t.is_stateful(); }) {
      return static_cast<const T*>(s)->is_stateful();
    } else {
      return persists<T>;
    }
  };
}

template <class T>
[[nodiscard]] stage_functions make_stage_functions() {
  stage_functions f{};
  fill_object_functions<T, learner<T>, explains<T>>(f);
  fill_instance_functions<T>(f);
  f.prepare = [](void* s, const port& in, workspace& memory) -> result<port> {
    if constexpr (takes_memory<T>) {
      return static_cast<T*>(s)->prepare(in, memory);
    } else {
      const std::size_t before = memory.bytes_used();
      result<port> out = static_cast<T*>(s)->prepare(in, memory);
      if (out && memory.bytes_used() != before) return takes_memory_in_prepare(T::id);  // copies would have none
      return out;
    }
  };
  f.process = [](void* s, const const_rows& in, const rows_view& out) noexcept { static_cast<T*>(s)->process(in, out); };
  if constexpr (learner<T>) {
    f.observe = [](void* s, const port& in, const const_rows& rows) { return static_cast<T*>(s)->observe(in, rows); };
    f.merge = [](void* s, void* other) { return static_cast<T*>(s)->merge(std::move(*static_cast<T*>(other))); };
    f.finish = [](void* s) { return static_cast<T*>(s)->finish(); };
  }
  if constexpr (fits_without_copy<T>) {
    f.fit = [](void* s, const port& in, const const_rows& rows) { return static_cast<T*>(s)->fit(in, rows); };
  }
  if constexpr (explains<T>) {
    f.explain = [](void* s, std::span<const double> row, std::span<double> out) noexcept { static_cast<T*>(s)->explain(row, out); };
  }
  if constexpr (scores_float32<T>) {
    f.score_float32 = [](void* s, const float* rows, std::size_t count, std::size_t stride, double* scores) noexcept {
      static_cast<T*>(s)->score(rows, count, stride, scores);
    };
  }
  if constexpr (adaptive<T>) {
    f.freeze = [](void* s) noexcept { static_cast<T*>(s)->freeze(); };
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
  [[nodiscard]] bool scores_float32() const noexcept { return f_->score_float32 != nullptr; }
  /// Whether it carries anything from row to row. One instance of a prepared stage that does not serves all streams of a thread.
  [[nodiscard]] bool is_stateful() const noexcept { return f_->is_stateful(object_.get()); }
  /// Whether it learns while it scores.
  [[nodiscard]] bool is_adaptive() const noexcept { return f_->freeze != nullptr; }

  /// An adaptive stage scores against what was fitted from now on: the same row, the same score, whatever came before. Others do so
  /// anyway. Before prepare.
  void freeze() noexcept {
    if (is_adaptive()) f_->freeze(object_.get());
  }

  [[nodiscard]] result<port> prepare(const port& in, workspace& memory) { return f_->prepare(object_.get(), in, memory); }
  /// As prepare, but without memory: for a stage that gives instances (stage_instance.hpp) and is neither fitted nor saved any more.
  [[nodiscard]] result<port> prepare_for_instances(const port& in) {
    workspace measure;
    result<port> out = f_->prepare(object_.get(), in, measure);
    if (out) f_->drop_fit_settings(object_.get());
    return out;
  }
  void process(const const_rows& in, const rows_view& out) noexcept { f_->process(object_.get(), in, out); }

  [[nodiscard]] result<void> observe(const port& in, const const_rows& rows) { return f_->observe(object_.get(), in, rows); }
  [[nodiscard]] result<void> merge(any_stage&& other) { return f_->merge(object_.get(), other.object_.get()); }
  [[nodiscard]] result<void> finish() { return f_->finish(object_.get()); }
  /// observe and finish in one, without a copy of the rows where the stage can. A stage that does not learn is left as it is.
  [[nodiscard]] result<void> fit(const port& in, const const_rows& rows) {
    if (!learns()) return {};
    if (f_->fit != nullptr) return f_->fit(object_.get(), in, rows);
    MILLWRIGHT_CHECK(observe(in, rows));
    return finish();
  }
  void explain(std::span<const double> row, std::span<double> contributions) noexcept { f_->explain(object_.get(), row, contributions); }
  /// Rows of float32, `stride` values apart: bit for bit the scores of the same values as float64. Only where scores_float32.
  void score(const float* rows, std::size_t count, std::size_t stride, double* scores) noexcept {
    f_->score_float32(object_.get(), rows, count, stride, scores);
  }

  /// The concrete stage, or nullptr when it is another.
  template <row_stage T>
  [[nodiscard]] T* as() noexcept {
    return f_->id == T::id ? static_cast<T*>(object_.get()) : nullptr;
  }
  template <row_stage T>
  [[nodiscard]] const T* as() const noexcept {
    return f_->id == T::id ? static_cast<const T*>(object_.get()) : nullptr;
  }

 private:
  friend class stage_instance;
};

// ---------------------------------------------------------------------------------------------------------------------------

/// A type list of row stages.
template <row_stage... Stages>
struct stage_list {};

}  // namespace millwright
