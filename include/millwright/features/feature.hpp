#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "millwright/core/error.hpp"
#include "millwright/core/params.hpp"
#include "millwright/data/channel.hpp"
#include "millwright/features/view.hpp"

namespace millwright {

/// Most arguments that a feature may have.
inline constexpr std::size_t max_feature_arguments = max_view_arguments;

/// Values of a feature's arguments, in the order of its definition; a text is its number among the choices.
using feature_arguments = std::array<double, max_feature_arguments>;

/// An argument of a feature. low and high are inclusive.
struct feature_argument {
  std::string_view name;
  double initial = 0.0;
  double low = 0.0;
  double high = 0.0;
  unit of = unit::none;
  bool is_integer = false;
  bool is_required = false;  ///< has no default: `initial` means nothing
  std::string_view doc;
  /// Texts that are written instead of numbers; `initial` is the place of one of them.
  std::span<const std::string_view> (*choices)() noexcept = nullptr;
};

/// The value as it is written in a name: the choice, or the number in the fewest digits that read back to the same value.
[[nodiscard]] std::string to_text(const feature_argument& argument, double value);

/// A pure function of one view and the arguments, `double(const View&, const feature_arguments&) noexcept` as a lambda that captures
/// nothing; which view it takes decides which view is computed for it.
class feature_function {
 public:
  template <class F>
  requires std::is_class_v<F>
  constexpr feature_function(F) noexcept  // NOLINT(google-explicit-constructor): a row of a table
      : kind_(&detail::view_kind_of<typename signature<decltype(&F::operator())>::view>),
        call_(&call<F, typename signature<decltype(&F::operator())>::view>) {}

  [[nodiscard]] constexpr const view_kind& kind() const noexcept { return *kind_; }
  /// `view` is an object of kind().
  double operator()(const void* view, const feature_arguments& arguments) const noexcept { return call_(view, arguments); }

 private:
  template <class>
  struct signature;
  template <class F, class View>
  struct signature<double (F::*)(const View&, const feature_arguments&) const noexcept> {
    using view = View;
  };
  template <class F, class View>
  static double call(const void* view, const feature_arguments& arguments) noexcept {
    return F{}(*static_cast<const View*>(view), arguments);
  }

  const view_kind* kind_;
  double (*call_)(const void*, const feature_arguments&) noexcept;
};

/// One feature: a row of its family's table. Adding a feature is adding a row and a golden value.
struct feature_definition {
  std::string_view name;
  std::span<const feature_argument> arguments = {};
  std::uint32_t parts = 0;  ///< parts of the view that `value` reads, as bits
  unit of = unit::none;
  bool is_non_negative = false;  ///< by definition, so that the prefix `log_` is allowed
  bool is_ratio = false;         ///< undefined (NaN) for a constant window
  bool needs_shaft = false;      ///< needs the speed of the shaft
  feature_function value;
  std::string_view formula;
  std::string_view doc;
  std::string_view source;
  std::string_view signed_by = {};  ///< an argument that, when it is not at its default, makes the value signed
};

/// Features of one kind, most often of one view.
struct feature_family {
  std::string_view name;
  std::string_view doc;
  std::span<const feature_definition> features;
};

/// All families: THE list, one line a family in feature_name.cpp. Names are unique over all of them.
[[nodiscard]] std::span<const feature_family> feature_families() noexcept;

/// The definition of that name (without channel, `log_` and arguments), or nullptr. O(number of features).
[[nodiscard]] const feature_definition* find_feature(std::string_view name) noexcept;

/// A parsed name: `channel[@window].[log_]feature[(argument=value,...)]`, for example "vib_x@1s.log_band_rms(f_lo=500,f_hi=1500)".
///
/// The feature is what follows the last dot, so channel names and window labels may contain dots; a channel name may not contain
/// '@'. `log_` gives the natural logarithm of a feature that cannot be negative.
struct feature_name {
  std::string channel;
  std::string window;  ///< label of the window; empty: the first one
  bool is_log = false;
  const feature_definition* definition = nullptr;
  feature_arguments arguments = {};

  /// The one spelling of this feature: arguments at their default left out, the others in the definition's order, each number
  /// in the fewest digits that read back to the same value.
  [[nodiscard]] std::string canonical() const;
  /// Value of the argument called `argument`, or `otherwise` when the feature has no such argument.
  [[nodiscard]] double argument(std::string_view argument, double otherwise) const noexcept;

  friend bool operator==(const feature_name&, const feature_name&) = default;
};

/// Parses a name; parse(canonical()) gives the same again. Errors (invalid_argument, with the nearest known name): no channel,
/// unknown feature or argument, argument missing, given twice, not a number or out of range, band empty, `log_` of a feature
/// that may be negative.
[[nodiscard]] result<feature_name> parse_feature_name(std::string_view text);

/// The names with which a pipeline starts when none are given, by the channel's role. Vibration: the time domain without
/// duplicates, the shape of the spectrum, and the rms of the octaves below rate / 2, amplitudes as logarithms. Process: mean,
/// std, min, max. Slow: mean, std. Context and state: mean. Ignore: none.
[[nodiscard]] std::vector<std::string> default_feature_names(const channel& of);

/// The table of all features as Markdown, made from the definitions; the body of docs/features.md.
[[nodiscard]] std::string features_markdown();

namespace detail {
[[nodiscard]] std::span<const feature_definition> time_features() noexcept;
[[nodiscard]] std::span<const feature_definition> distribution_features() noexcept;
[[nodiscard]] std::span<const feature_definition> dynamics_features() noexcept;
[[nodiscard]] std::span<const feature_definition> fatigue_features() noexcept;
[[nodiscard]] std::span<const feature_definition> spectral_features() noexcept;
[[nodiscard]] std::span<const feature_definition> envelope_features() noexcept;
[[nodiscard]] std::span<const feature_definition> wavelet_features() noexcept;
[[nodiscard]] std::span<const feature_definition> cepstral_features() noexcept;
}  // namespace detail

}  // namespace millwright
