#include "millwright/features/sorted_view.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

/// Bits whose order as integers is the order of the numbers.
std::uint64_t to_key(double value) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

constexpr std::size_t digit_bits = 11;
constexpr std::size_t digits = std::size_t{1} << digit_bits;
using digit_counts = std::array<std::uint32_t, digits>;

/// From how often each digit occurs to where its numbers start.
void add_up(digit_counts& counts) noexcept {
  std::uint32_t start = 0;
  for (auto& count : counts) start += std::exchange(count, start);
}

/// Least significant digit of the bits first; digits that are the same for all numbers are left out.
void sort_by_bits(std::span<double> x, std::span<double> other) noexcept {
  constexpr std::size_t places = (64 + digit_bits - 1) / digit_bits;
  const auto digit_at = [](std::size_t place) noexcept {
    return [place](double value) noexcept { return static_cast<std::size_t>(to_key(value) >> (place * digit_bits)) % digits; };
  };
  std::array<digit_counts, places> counts = {};
  for (const double value : x) {
    for (std::size_t p = 0; p < places; ++p) ++counts[p][digit_at(p)(value)];
  }
  double* from = x.data();
  double* to = other.data();
  for (std::size_t p = 0; p < places; ++p) {
    if (counts[p][digit_at(p)(from[0])] == x.size()) continue;
    add_up(counts[p]);
    for (std::size_t i = 0; i < x.size(); ++i) to[counts[p][digit_at(p)(from[i])]++] = from[i];
    std::swap(from, to);
  }
  if (from != x.data()) std::copy(from, from + x.size(), x.data());
}

/// Ends the sort of numbers of which few are out of order. False if it would take more than a few moves for each, and then the
/// numbers are all there, in another order.
bool sort_by_insertion(std::span<double> x) noexcept {
  std::size_t moves = 4 * x.size();
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (!(x[i] < x[i - 1])) continue;
    const double value = x[i];
    std::size_t place = i;
    do {
      x[place] = x[place - 1];
      --place;
      --moves;
    } while (place > 0 && value < x[place - 1] && moves > 0);
    x[place] = value;
    if (moves == 0) return false;
  }
  return true;
}

/// Sorts by two digits of the place between the smallest and the largest number, which part all but near neighbours, unless
/// the numbers crowd, or the range is too large or too small to divide.
void sort_ascending(std::span<double> x, std::span<double> other, std::span<std::int32_t> places, double low, double high) noexcept {
  const double scale = static_cast<double>(digits * digits - 1) / (high - low);
  if (!(scale > 0.0 && std::isfinite(scale))) {
    if (low < high) sort_by_bits(x, other);
    return;
  }
  const std::size_t n = x.size();
  const auto place = [=](double value) noexcept { return static_cast<std::int32_t>((value - low) * scale); };
  for (std::size_t i = 0; i < n; ++i) places[i] = place(x[i]);
  digit_counts minor = {};
  digit_counts major = {};
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::uint32_t>(places[i]);
    ++minor[at % digits];
    ++major[at / digits];
  }
  add_up(minor);
  for (std::size_t i = 0; i < n; ++i) other[minor[static_cast<std::uint32_t>(places[i]) % digits]++] = x[i];
  add_up(major);
  for (std::size_t i = 0; i < n; ++i) x[major[static_cast<std::uint32_t>(place(other[i])) / digits]++] = other[i];
  if (!sort_by_insertion(x)) sort_by_bits(x, other);
}

/// Unbiased sample L-moments; Hosking, J. R. Statist. Soc. B 52 (1990), from probability-weighted moments about the mean, which
/// changes l1 alone.
std::array<double, 4> l_moments_of(std::span<const double> ascending, double mean) noexcept {
  const auto n = static_cast<double>(ascending.size());
  double b1 = 0.0;
  double b2 = 0.0;
  double b3 = 0.0;
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    const double rank = static_cast<double>(i);
    const double d = ascending[i] - mean;
    const double w1 = rank;
    const double w2 = w1 * (rank - 1.0);
    b1 += w1 * d;
    b2 += w2 * d;
    b3 += w2 * (rank - 2.0) * d;
  }
  b1 /= n * (n - 1.0);
  b2 /= n * (n - 1.0) * (n - 2.0);
  b3 /= n * (n - 1.0) * (n - 2.0) * (n - 3.0);
  return {mean, n < 2.0 ? math::nan : 2.0 * b1, n < 3.0 ? math::nan : 6.0 * b2 - 6.0 * b1,
          n < 4.0 ? math::nan : 20.0 * b3 - 30.0 * b2 + 12.0 * b1};
}

}  // namespace

result<void> sorted_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  memory_ = memory.carve<double>(request.length);
  other_ = scratch.carve<double>(request.length);
  places_ = scratch.carve<std::int32_t>(request.length);
  return {};
}

bool sorted_view::compute(const view_input& in, const time_view& time) noexcept {
  const std::size_t n = in.valid.size;
  // Zeros without sign: equal numbers have equal bits, so that their order does not matter.
  const auto copy = [&](const auto* samples) noexcept {
    for (std::size_t i = 0; i < n; ++i) memory_[i] = static_cast<double>(samples[i]) + 0.0;
  };
  if (in.valid.wide != nullptr) {
    copy(in.valid.wide);
  } else {
    copy(in.valid.narrow);
  }
  sort_ascending(memory_.first(n), other_, places_, time.raw.minimum, time.raw.maximum);
  x = memory_.first(n);
  if ((in.parts & l_moments_part) != 0) l_moments = l_moments_of(x, time.mean);
  return true;
}

double sorted_quantile(std::span<const double> ascending, double q) noexcept {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const double below = std::floor(place);
  const auto i = static_cast<std::size_t>(below);
  if (i + 1 >= ascending.size()) return ascending.back();
  const double share = place - below;
  const double step = ascending[i + 1] - ascending[i];
  // From the nearer end, as NumPy does.
  return share < 0.5 ? ascending[i] + step * share : ascending[i + 1] - step * (1.0 - share);
}

double sorted_absolute_deviation(std::span<const double> ascending) noexcept {
  const double median = sorted_quantile(ascending, 0.5);
  const std::size_t n = ascending.size();
  // Two ascending runs of deviations meet at the median: down(i) below it, up(i) from it on.
  const auto middle = static_cast<std::size_t>(std::lower_bound(ascending.begin(), ascending.end(), median) - ascending.begin());
  const auto down = [&](std::size_t i) noexcept { return i < middle ? median - ascending[middle - 1 - i] : math::infinity; };
  const auto up = [&](std::size_t i) noexcept { return middle + i < n ? ascending[middle + i] - median : math::infinity; };
  // The deviation of a rank, by bisection on how many of those before it lie below the median.
  const auto of_rank = [&](std::size_t rank) noexcept {
    std::size_t least = rank > n - middle ? rank - (n - middle) : 0;
    std::size_t most = std::min(rank, middle);
    while (least < most) {
      const std::size_t below = (least + most) / 2;
      if (down(below) < up(rank - below - 1)) {
        least = below + 1;
      } else {
        most = below;
      }
    }
    return std::min(down(least), up(rank - least));
  };
  return n % 2 == 1 ? of_rank(n / 2) : 0.5 * (of_rank(n / 2 - 1) + of_rank(n / 2));
}

double sorted_histogram_entropy(std::span<const double> ascending, std::size_t bins) noexcept {
  const double low = ascending.front();
  const double width = ascending.back() - low;
  if (!(width > 0.0)) return math::nan;
  const auto n = static_cast<double>(ascending.size());
  double entropy = 0.0;
  auto start = ascending.begin();
  for (std::size_t k = 1; k <= bins; ++k) {
    const double edge = low + static_cast<double>(k) * width / static_cast<double>(bins);
    const auto end = k == bins ? ascending.end() : std::lower_bound(start, ascending.end(), edge);
    if (end != start) {
      const double share = static_cast<double>(end - start) / n;
      entropy -= share * math::log(share);
    }
    start = end;
  }
  return entropy;
}

}  // namespace millwright
