#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace millwright {

template <class Signature>
class function_ref;

/// Non-owning reference to a callable; two pointers, never allocates. Valid while the callable lives.
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, function_ref>>>
  function_ref(F&& callable) noexcept  // NOLINT(google-explicit-constructor): a parameter type, as in the standard's proposal
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Args... args) -> R { return (*static_cast<std::add_pointer_t<F>>(object))(std::forward<Args>(args)...); }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace millwright
