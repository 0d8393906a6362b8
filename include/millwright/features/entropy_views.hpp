#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "millwright/features/samples_view.hpp"
#include "millwright/features/view.hpp"

namespace millwright {

/// How often each order of `order` samples, `delay` apart, occurs in the window. Equal samples count as rising. O(n order^2).
/// Source: Bandt & Pompe, Phys. Rev. Lett. 88 (2002).
class ordinal_view {
 public:
  static constexpr std::string_view id = "ordinal";
  static constexpr std::string_view doc = "how often each order of neighbouring samples occurs";
  static constexpr std::array<view_argument, 2> key = {{{"order", 3.0}, {"delay", 1.0}}};
  static constexpr std::size_t max_order = 7;
  using needs = view_list<samples_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const samples_view& samples) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  double entropy = 0.0;  ///< of the patterns, over log(order!); NaN when the window holds none
  bool is_constant = false;

 private:
  std::size_t order_ = 0;
  std::size_t delay_ = 0;
  std::span<std::uint32_t> counts_;  ///< order! patterns
};

/// Pairs of stretches of `m` and of m + 1 samples that stay within r standard deviations of each other.
///
/// Only pairs whose first samples are close are looked at, found in sorted order, so the cost is O(n log n) plus those pairs; at worst
/// (few distinct values) all max_samples^2 / 2. Of a longer window the last max_samples are taken.
/// Source: Richman & Moorman, Am. J. Physiol. 278 (2000).
class sample_entropy_view {
 public:
  static constexpr std::string_view id = "sample_entropy";
  static constexpr std::string_view doc = "pairs of similar stretches of samples";
  static constexpr std::array<view_argument, 2> key = {{{"m", 2.0}, {"r", 0.2}}};
  static constexpr std::size_t max_samples = 2048;
  using needs = view_list<samples_view>;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const samples_view& samples) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return is_constant; }

  std::uint64_t similar = 0;        ///< pairs similar over m samples
  std::uint64_t still_similar = 0;  ///< those that are over m + 1
  bool is_constant = false;

 private:
  std::size_t m_ = 0;
  double r_ = 0.0;
  std::span<std::uint32_t> order_;  ///< starts of stretches by their first sample
  std::span<double> first_;         ///< their first samples, ascending
};

}  // namespace millwright
