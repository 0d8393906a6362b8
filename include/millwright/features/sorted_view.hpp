#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "millwright/features/time_view.hpp"
#include "millwright/features/view.hpp"

namespace millwright {

/// The valid samples of one window in ascending order, zeros without sign. O(n): two digits of the place within the range part all
/// samples but near neighbours; a radix sort of the bits follows where they do not, at about four times the cost.
/// n float64 of memory, n float64 and n words of scratch.
class sorted_view {
 public:
  static constexpr std::string_view id = "sorted";
  static constexpr std::string_view doc = "the valid samples in ascending order";
  using needs = view_list<time_view>;
  /// Parts, as bits: the L-moments.
  static constexpr std::uint32_t l_moments_part = 1u << 0;

  result<void> prepare(const view_request& request, workspace& memory, workspace& scratch);
  void reset() noexcept {}
  bool compute(const view_input& in, const time_view& time) noexcept;
  [[nodiscard]] bool is_flat() const noexcept { return x.front() == x.back(); }

  std::span<const double> x;             ///< ascending; never empty
  std::array<double, 4> l_moments = {};  ///< sample L-moments l1 .. l4, unbiased; NaN where there are too few samples

 private:
  std::span<double> memory_;
  std::span<double> other_;
  std::span<std::int32_t> places_;
};

/// Quantile q of ascending numbers, linear between order statistics (numpy.quantile's default). 0 <= q <= 1.
/// Source: Hyndman & Fan, The American Statistician 50 (1996), definition 7.
[[nodiscard]] double sorted_quantile(std::span<const double> ascending, double q) noexcept;

/// Median of |x - median(x)| of ascending numbers. O(log n), no memory.
[[nodiscard]] double sorted_absolute_deviation(std::span<const double> ascending) noexcept;

/// Shannon entropy, in nats, of the histogram with `bins` equal bins from the smallest to the largest number; NaN if they are equal.
/// Bin k is [e[k], e[k+1]), the last one closed, e[k] = min + k (max - min) / bins.
[[nodiscard]] double sorted_histogram_entropy(std::span<const double> ascending, std::size_t bins) noexcept;

}  // namespace millwright
