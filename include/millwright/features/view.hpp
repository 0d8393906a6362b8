#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include "millwright/core/error.hpp"
#include "millwright/core/workspace.hpp"
#include "millwright/detail/kernels.hpp"

namespace millwright {

// A view is what many features of one channel and window share: sums, sorted samples, a spectrum. It is computed once for each
// frame, and only the parts that some requested feature needs; features are pure functions of a view.
//
// A view class has
//
//   static constexpr std::string_view id = "spectrum";
//   static constexpr std::string_view doc = "...";
//   static constexpr std::array<view_argument, 1> key = {...};   optional: the feature arguments that select it
//   static constexpr std::string_view extent = "rank";           optional: argument whose largest value limits the work
//   using needs = view_list<time_view>;                          optional: views computed before it; a key that both have is passed on
//   static void settle(view_request& request) noexcept;          optional: makes equal requests equal (nperseg=0 -> the length)
//   result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
//   void reset() noexcept;                                        fills tables; after a real prepare
//   bool compute(const view_input& in, const time_view& ...) noexcept;   false: no feature of it is defined for this frame
//   bool is_flat() const noexcept;                                true: ratios are undefined (NaN), as for a constant window
//
// and the public members that features read. `memory` is the view's own: a table is the same for every object of that request
// (workspace::carve_table), all else holds nothing from one frame to the next. `scratch` is shared with all other views and holds nothing
// after compute. One object serves all channels whose request is equal, one after the other. prepare never touches what it carved, and
// where it went well once it takes nothing from the heap.
// A view class that feature rows name (see feature.hpp) is known; there is no other list.

/// Samples of one window of one channel: float32 in streams, float64 in one-off calls. At most one pointer is set.
struct sample_span {
  const float* narrow = nullptr;
  const double* wide = nullptr;
  std::size_t size = 0;

  constexpr sample_span() noexcept = default;
  constexpr sample_span(const float* samples, std::size_t n) noexcept : narrow(samples), size(n) {}
  constexpr sample_span(const double* samples, std::size_t n) noexcept : wide(samples), size(n) {}
  [[nodiscard]] double operator[](std::size_t i) const noexcept { return wide != nullptr ? wide[i] : static_cast<double>(narrow[i]); }
};

/// An argument of features that selects a view, and its value for features without it.
struct view_argument {
  std::string_view name;
  double initial = 0.0;
};

inline constexpr std::size_t max_view_arguments = 8;
inline constexpr std::size_t max_view_needs = 4;

/// What a view is prepared for.
struct view_request {
  std::size_t length = 0;                           ///< samples in the window
  double rate_hz = 0.0;                             ///< 0 or less: unknown
  std::array<double, max_view_arguments> key = {};  ///< values in the order of the class's `key`; a text is its number among the choices
  std::uint32_t parts = 0;                          ///< all parts that will ever be asked for
  std::size_t extent = 0;                           ///< largest value of the argument `extent`
};

/// One frame, as views see it.
struct view_input {
  sample_span samples;                    ///< as they lie
  const std::uint8_t* quality = nullptr;  ///< bits per sample; nullptr: all are valid
  sample_span valid;                      ///< the valid samples in their order, closed up
  double rate_hz = 0.0;
  double shaft_hz = 0.0;  ///< speed of the shaft; NaN when it is not known
  std::uint32_t parts = 0;
  std::size_t extent = 0;
  const detail::kernel_table* kernels = nullptr;
};

template <class... Views>
struct view_list {};

/// A view class as a table of functions, so that the extractor need not know it.
struct view_kind {
  std::string_view id;
  std::string_view doc;
  std::span<const view_argument> key;
  std::string_view extent;
  std::span<const view_kind* const> (*needs)() noexcept;
  std::size_t size;  ///< of an object, aligned to workspace::alignment at most
  void (*construct)(void* place) noexcept;
  void (*destroy)(void* view) noexcept;
  void (*settle)(view_request&) noexcept;
  result<void> (*measure)(const view_request&, workspace& memory, workspace& scratch);  ///< checks and counts, without an object
  result<void> (*prepare)(void* view, const view_request&, workspace& memory, workspace& scratch);
  void (*reset)(void* view) noexcept;
  bool (*compute)(void* view, const view_input&, const void* const* needed) noexcept;
  bool (*is_flat)(const void* view) noexcept;
};

namespace detail {

template <class View>
struct view_traits {
  static constexpr std::span<const view_argument> key() noexcept {
    if constexpr (requires { View::key; }) return View::key;
    return {};
  }
  static constexpr std::string_view extent() noexcept {
    if constexpr (requires { View::extent; }) return View::extent;
    return {};
  }
  static void settle(view_request& request) noexcept {
    if constexpr (requires { View::settle(request); }) View::settle(request);
  }
};

template <class View>
struct needs_of {
  using type = view_list<>;
};
template <class View>
requires requires { typename View::needs; }
struct needs_of<View> {
  using type = typename View::needs;
};

template <class View, class Needs>
struct view_erasure;

template <class View, class... Needed>
struct view_erasure<View, view_list<Needed...>> {
  static_assert(sizeof...(Needed) <= max_view_needs && view_traits<View>::key().size() <= max_view_arguments);
  static std::span<const view_kind* const> needs() noexcept;

  static_assert(alignof(View) <= workspace::alignment);
  static void construct(void* place) noexcept { std::construct_at(static_cast<View*>(place)); }
  static void destroy(void* view) noexcept { std::destroy_at(static_cast<View*>(view)); }
  static result<void> measure(const view_request& request, workspace& memory, workspace& scratch) {
    View view;
    return view.prepare(request, memory, scratch);
  }
  static result<void> prepare(void* view, const view_request& request, workspace& memory, workspace& scratch) {
    return static_cast<View*>(view)->prepare(request, memory, scratch);
  }
  static void reset(void* view) noexcept { static_cast<View*>(view)->reset(); }
  static bool compute(void* view, const view_input& in, const void* const* needed) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) noexcept {
      static_cast<void>(needed);
      return static_cast<View*>(view)->compute(in, *static_cast<const Needed*>(needed[I])...);
    }
    (std::index_sequence_for<Needed...>{});
  }
  static bool is_flat(const void* view) noexcept { return static_cast<const View*>(view)->is_flat(); }
};

template <class View>
using erasure_of = view_erasure<View, typename needs_of<View>::type>;

template <class View>
inline constexpr view_kind view_kind_of = {View::id,
                                           View::doc,
                                           view_traits<View>::key(),
                                           view_traits<View>::extent(),
                                           &erasure_of<View>::needs,
                                           sizeof(View),
                                           &erasure_of<View>::construct,
                                           &erasure_of<View>::destroy,
                                           &view_traits<View>::settle,
                                           &erasure_of<View>::measure,
                                           &erasure_of<View>::prepare,
                                           &erasure_of<View>::reset,
                                           &erasure_of<View>::compute,
                                           &erasure_of<View>::is_flat};

template <class View, class... Needed>
std::span<const view_kind* const> view_erasure<View, view_list<Needed...>>::needs() noexcept {
  static constexpr std::array<const view_kind*, sizeof...(Needed)> kinds = {&view_kind_of<Needed>...};
  return kinds;
}

}  // namespace detail

}  // namespace millwright
