#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "millwright/core/any_object.hpp"
#include "millwright/detail/function_ref.hpp"
#include "millwright/evaluate/exposure.hpp"
#include "millwright/threshold/evidence.hpp"

namespace millwright {

/// What the alarm makes of the held-out windows at one threshold.
struct annunciation {
  std::uint64_t raised = 0;    ///< episodes
  std::uint64_t standing = 0;  ///< windows with an active episode
};

/// What a threshold learns from: severities of normal operation by models that had not seen it, and the alarm as a function of the
/// threshold. Valid during the call only.
struct held_out_operation {
  const exposure& operation;
  double deadband = 0.0;  ///< of the alarm, in decades
  function_ref<annunciation(double threshold)> annunciate;
};

/// A threshold stage chooses the severity at which a window counts, and says what the data could prove about it. A described class with
///
///   static constexpr stage_role role = stage_role::threshold;
///   result<evidence> learn(const held_out_operation& from) const;
template <class T>
concept threshold_stage = described<T> && std::copyable<T> &&
                          T::role == stage_role::threshold&& requires(const T t, const held_out_operation& from) {
  { t.learn(from) } -> std::same_as<result<evidence>>;
};

/// The hand-built table behind any_threshold.
struct threshold_functions : object_functions {
  result<evidence> (*learn)(const void*, const held_out_operation&);
};

template <threshold_stage T>
[[nodiscard]] const threshold_functions& threshold_functions_of() {
  static const threshold_functions table = [] {
    threshold_functions f{};
    detail::fill_described_functions<T>(f);
    f.learn = [](const void* s, const held_out_operation& from) { return static_cast<const T*>(s)->learn(from); };
    return f;
  }();
  return table;
}

/// A threshold stage whose type is known by its table alone.
class any_threshold : public any_object<threshold_functions> {
 public:
  explicit any_threshold(const threshold_functions& f) : any_object(f) {}
  template <threshold_stage T>
  static any_threshold of(T stage) {
    any_threshold s(threshold_functions_of<T>());
    *static_cast<T*>(s.object_.get()) = std::move(stage);
    return s;
  }
  [[nodiscard]] result<evidence> learn(const held_out_operation& from) const { return f_->learn(object_.get(), from); }

  /// The concrete stage, or nullptr when it is another.
  template <threshold_stage T>
  [[nodiscard]] const T* as() const noexcept {
    return f_->id == T::id ? static_cast<const T*>(object_.get()) : nullptr;
  }
};

/// A type list of threshold stages.
template <threshold_stage... Stages>
struct threshold_list {};

}  // namespace millwright
