#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "millwright/core/any_object.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/pipeline/window_result.hpp"

namespace millwright {

/// What a monitor has to say: one measure of one monitor. Texts live as long as the program.
struct monitor_report {
  std::string_view monitor;
  std::string_view measure;
  double value = 0.0;
  std::uint64_t windows = 0;

  static constexpr std::uint16_t record_version = 1;
  static constexpr auto fields() {
    using r = monitor_report;
    return std::tuple{
        field{"monitor", &r::monitor, "id of the monitor"},
        field{"measure", &r::measure, "what was measured"},
        field{"value", &r::value, "the measure; NaN while there is nothing to measure"},
        field{"windows", &r::windows, "behind it"},
    };
  }
};

/// A monitor sees every window result and changes none. A described, copyable class with state of its own, taken in `take` (nothing from
/// the heap), walked by persist:
///
///   static constexpr stage_role role = stage_role::monitor;
///   void take(workspace& memory) noexcept;                                            optional
///   void reset() noexcept;
///   void observe(const window_result& window) noexcept;
///   void report(function_ref<void(const monitor_report&)> tell) const noexcept;
///   template <class Archive> void persist(Archive& archive) noexcept;                 and state_is_valid() where needed
template <class T>
concept monitor_stage = described<T> && std::copyable<T> &&
                        T::role == stage_role::monitor&& requires(T t, const T c, const window_result& window,
                                                                  function_ref<void(const monitor_report&)> tell, state_writer& writer) {
  { t.reset() }
  noexcept;
  { t.observe(window) }
  noexcept;
  { c.report(tell) }
  noexcept;
  t.persist(writer);
};

/// The hand-built table behind any_monitor.
struct monitor_functions : object_functions {
  std::size_t size;
  void (*copy_to)(const void*, void*) noexcept;
  void (*destroy)(void*) noexcept;
  void (*take)(void*, workspace&) noexcept;
  void (*measure)(const void*, workspace&) noexcept;
  void (*observe)(void*, const window_result&) noexcept;
  void (*report)(const void*, function_ref<void(const monitor_report&)>) noexcept;
};

template <monitor_stage T>
[[nodiscard]] const monitor_functions& monitor_functions_of() {
  static const monitor_functions table = [] {
    static_assert(alignof(T) <= workspace::alignment);
    monitor_functions f{};
    detail::fill_object_functions<T, false, false>(f);
    f.size = sizeof(T);
    f.copy_to = [](const void* s, void* memory) noexcept { std::construct_at(static_cast<T*>(memory), *static_cast<const T*>(s)); };
    f.destroy = [](void* s) noexcept { std::destroy_at(static_cast<T*>(s)); };
    f.take = [](void* s, workspace& memory) noexcept {
      if constexpr (requires(T t) { t.take(memory); }) static_cast<T*>(s)->take(memory);
    };
    f.measure = [](const void* s, workspace& memory) noexcept {
      if constexpr (requires(T t) { t.take(memory); }) {
        T copy(*static_cast<const T*>(s));
        copy.take(memory);
      }
    };
    f.observe = [](void* s, const window_result& w) noexcept { static_cast<T*>(s)->observe(w); };
    f.report = [](const void* s, function_ref<void(const monitor_report&)> tell) noexcept { static_cast<const T*>(s)->report(tell); };
    return f;
  }();
  return table;
}

class monitor_instance;

/// A monitor whose type is known by its table alone.
class any_monitor : public any_object<monitor_functions> {
 public:
  explicit any_monitor(const monitor_functions& f) : any_object(f) {}
  template <monitor_stage T>
  static any_monitor of(T stage) {
    any_monitor s(monitor_functions_of<T>());
    *static_cast<T*>(s.object_.get()) = std::move(stage);
    return s;
  }

 private:
  friend class monitor_instance;
};

/// One running copy of a monitor, in memory of a workspace. A handle: it owns nothing.
class monitor_instance {
 public:
  monitor_instance() noexcept = default;
  /// Copies `monitor` into `memory`; on a measuring workspace, or when the memory does not suffice, it only counts.
  [[nodiscard]] static monitor_instance create(const any_monitor& monitor, workspace& memory) noexcept {
    const monitor_functions& f = *monitor.f_;
    const std::span<std::byte> place = memory.carve<std::byte>(f.size);
    if (place.empty()) {
      f.measure(monitor.object_.get(), memory);
      return {};
    }
    f.copy_to(monitor.object_.get(), place.data());
    f.take(place.data(), memory);
    return {f, place.data()};
  }
  void destroy() noexcept {
    if (object_ != nullptr) f_->destroy(object_);
    object_ = nullptr;
  }
  [[nodiscard]] std::uint16_t version() const noexcept { return f_->version; }
  void reset() noexcept { f_->reset(object_); }
  void observe(const window_result& w) noexcept { f_->observe(object_, w); }
  void report(function_ref<void(const monitor_report&)> tell) const noexcept { f_->report(object_, tell); }
  void persist(state_writer& w) noexcept { f_->write_state(object_, w); }
  void persist(state_reader& r) noexcept { f_->read_state(object_, r); }

 private:
  monitor_instance(const monitor_functions& f, void* object) noexcept : f_(&f), object_(object) {}
  const monitor_functions* f_ = nullptr;
  void* object_ = nullptr;
};

/// A type list of monitors.
template <monitor_stage... Stages>
struct monitor_list {};

}  // namespace millwright
