#pragma once

#include <memory>

#include "millwright/core/any_object.hpp"
#include "millwright/core/signal_stage.hpp"

namespace millwright {

/// The hand-built table behind any_signal_stage.
template <class Real>
struct signal_stage_functions : object_functions {
  std::size_t input_columns;  // 0: any
  result<signal_port> (*prepare)(void*, const signal_port&, workspace&);
  std::size_t (*process)(void*, std::span<const Real>, std::span<Real>) noexcept;
  std::size_t (*flush)(void*, std::span<Real>) noexcept;
  result<void> (*observe)(void*, std::span<const Real>, const signal_port&);  // nullptr: does not learn
  result<void> (*finish)(void*);

  // Of copies that run in memory of their own, see signal_stage_instance; only of stages that can stand in a pipeline.
  std::size_t size;                              // 0: cannot
  void (*copy_to)(const void*, void*) noexcept;  // takes nothing from the heap
  void (*destroy)(void*) noexcept;
  void (*take)(void*, workspace&) noexcept;
  void (*measure)(const void*, workspace&) noexcept;  // counts what take would
};

namespace detail {
template <class T, class Real>
[[nodiscard]] signal_stage_functions<Real> make_signal_stage_functions() {
  signal_stage_functions<Real> f{};
  fill_object_functions<T, signal_learner<T, Real>, false>(f);
  f.input_columns = input_columns_of<T>();
  f.prepare = [](void* s, const signal_port& in, workspace& memory) { return static_cast<T*>(s)->prepare(in, memory); };
  f.process = [](void* s, std::span<const Real> in, std::span<Real> out) noexcept {
    const std::size_t written = static_cast<T*>(s)->process(in, out);
    replace_infinities(out.first(written));
    return written;
  };
  f.flush = [](void* s, std::span<Real> out) noexcept {
    const std::size_t written = static_cast<T*>(s)->flush(out);
    replace_infinities(out.first(written));
    return written;
  };
  if constexpr (signal_learner<T, Real>) {
    f.observe = [](void* s, std::span<const Real> samples, const signal_port& in) { return static_cast<T*>(s)->observe(samples, in); };
    f.finish = [](void* s) { return static_cast<T*>(s)->finish(); };
  }
  if constexpr (conditions_samples<T, Real>) {
    static_assert(alignof(T) <= workspace::alignment);
    f.size = sizeof(T);
    f.copy_to = [](const void* s, void* memory) noexcept { std::construct_at(static_cast<T*>(memory), *static_cast<const T*>(s)); };
    f.destroy = [](void* s) noexcept { std::destroy_at(static_cast<T*>(s)); };
    f.take = [](void* s, workspace& memory) noexcept { static_cast<T*>(s)->take(memory); };
    f.measure = [](const void* s, workspace& memory) noexcept {
      T copy(*static_cast<const T*>(s));
      copy.take(memory);
    };
  }
  return f;
}
}  // namespace detail

/// The one table of the signal stage T for samples of type Real.
template <class T, class Real>
requires signal_stage<T, Real>
[[nodiscard]] const signal_stage_functions<Real>& signal_functions_of() {
  static const auto table = detail::make_signal_stage_functions<T, Real>();
  return table;
}

/// A signal stage whose type is known by its table alone.
template <class Real>
class any_signal_stage : public any_object<signal_stage_functions<Real>> {
 public:
  explicit any_signal_stage(const signal_stage_functions<Real>& f) : any_object<signal_stage_functions<Real>>(f) {}

  /// Columns that the stage wants; 0: any number.
  [[nodiscard]] std::size_t input_columns() const noexcept { return this->f_->input_columns; }
  /// Errors: parameter out of range, wrong number of columns, rate not positive, max_items 0, sizes beyond those of signal_port,
  /// a workspace that does not suffice, and the stage's own.
  [[nodiscard]] result<signal_port> prepare(const signal_port& in, workspace& memory) {
    MILLWRIGHT_CHECK(this->validate());
    MILLWRIGHT_CHECK(detail::check_signal_port(in, input_columns(), this->id()));
    MILLWRIGHT_TRY(const signal_port out, this->f_->prepare(this->object_.get(), in, memory));
    MILLWRIGHT_CHECK(detail::check_prepared(out, memory, this->id()));
    return out;
  }
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept { return this->f_->process(this->object_.get(), in, out); }
  std::size_t flush(std::span<Real> out) noexcept { return this->f_->flush(this->object_.get(), out); }
  [[nodiscard]] result<void> observe(std::span<const Real> samples, const signal_port& in) {
    MILLWRIGHT_CHECK(detail::check_signal_port(in, input_columns(), this->id()));
    return this->f_->observe(this->object_.get(), samples, in);
  }
  [[nodiscard]] result<void> finish() { return this->f_->finish(this->object_.get()); }
  /// Whether it can stand in a pipeline between clock and frames.
  [[nodiscard]] bool conditions() const noexcept { return this->f_->size != 0; }

 private:
  template <class>
  friend class signal_stage_instance;
};

/// One running copy of a prepared signal stage, in memory of a workspace: what a stream has of it. Creation, reset and process take
/// nothing from the heap, provided that no setting of the prepared stage does (lists and long texts are only needed by prepare).
///
/// A handle: it owns nothing, copies of it mean the same object, and `destroy` ends that. The prepared stage must outlive it.
template <class Real>
class signal_stage_instance {
 public:
  signal_stage_instance() noexcept = default;

  /// Copies `prepared`, on which prepare went well and which can stand in a pipeline, into `memory`. On a measuring workspace, or when
  /// the memory does not suffice (memory.exhausted()), it only counts. reset comes next.
  [[nodiscard]] static signal_stage_instance create(const any_signal_stage<Real>& prepared, workspace& memory) noexcept {
    signal_stage_instance made;
    made.f_ = prepared.f_;
    const std::span<std::byte> place = memory.carve<std::byte>(made.f_->size);
    if (place.empty()) {
      made.f_->measure(prepared.object_.get(), memory);
      return made;
    }
    made.object_ = place.data();
    made.f_->copy_to(prepared.object_.get(), made.object_);
    made.f_->take(made.object_, memory);
    return made;
  }
  /// Ends the copy; the memory can be used again.
  void destroy() noexcept {
    if (object_ != nullptr) f_->destroy(object_);
    object_ = nullptr;
  }

  void reset() noexcept { f_->reset(object_); }
  std::size_t process(std::span<const Real> in, std::span<Real> out) noexcept { return f_->process(object_, in, out); }
  void persist(state_writer& w) noexcept { f_->write_state(object_, w); }
  void persist(state_reader& r) noexcept { f_->read_state(object_, r); }

 private:
  const signal_stage_functions<Real>* f_ = nullptr;
  void* object_ = nullptr;
};

/// A type list of signal stages: class templates over the sample type.
template <template <class> class... Stages>
struct signal_stage_list {};

/// The signal stages that a program knows by name, for samples of type Real. One that passes a shorter list does not link the others.
template <class Real>
class signal_stage_registry {
 public:
  template <template <class> class... Stages>
  explicit signal_stage_registry(signal_stage_list<Stages...>) : tables_{&signal_functions_of<Stages<Real>, Real>()...} {}

  [[nodiscard]] const std::vector<const signal_stage_functions<Real>*>& stages() const noexcept { return tables_; }
  /// A stage with default parameters. Error: unknown id, with the nearest known one.
  [[nodiscard]] result<any_signal_stage<Real>> make(std::string_view id) const {
    std::vector<std::string_view> names;
    for (const auto* table : tables_) {
      if (table->id == id) return any_signal_stage<Real>(*table);
      names.push_back(table->id);
    }
    return detail::unknown_stage(id, names);
  }

 private:
  std::vector<const signal_stage_functions<Real>*> tables_;
};

}  // namespace millwright
