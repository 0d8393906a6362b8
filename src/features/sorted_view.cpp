#include "millwright/features/sorted_view.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>
#include <utility>

#include "millwright/math.hpp"

namespace millwright {

namespace {

/// Bits whose order as integers is the order of the numbers; negative zero comes before zero.
template <class Key, class Number>
Key to_key(Number value) noexcept {
  constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
  const Key bits = std::bit_cast<Key>(value);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}
template <class Number, class Key>
double from_key(Key key) noexcept {
  constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
  return static_cast<double>(std::bit_cast<Number>((key & sign) != 0 ? key ^ sign : ~key));
}

/// Least significant digit first, 11 bits at a time; digits that are the same for all keys are left out.
template <class Key, class Number>
void radix_sort(const Number* x, std::size_t n, Key* keys, Key* other, double* to) noexcept {
  constexpr std::size_t digit_bits = 11;
  constexpr std::size_t places = (8 * sizeof(Key) + digit_bits - 1) / digit_bits;
  constexpr Key mask = (Key{1} << digit_bits) - 1;
  std::uint32_t counts[places][mask + 1] = {};
  for (std::size_t i = 0; i < n; ++i) {
    const Key key = to_key<Key>(x[i]);
    keys[i] = key;
    for (std::size_t p = 0; p < places; ++p) ++counts[p][(key >> (p * digit_bits)) & mask];
  }
  for (std::size_t p = 0; p < places; ++p) {
    const std::size_t shift = p * digit_bits;
    if (counts[p][(keys[0] >> shift) & mask] == n) continue;
    std::uint32_t start = 0;
    for (auto& count : counts[p]) start += std::exchange(count, start);
    for (std::size_t i = 0; i < n; ++i) other[counts[p][(keys[i] >> shift) & mask]++] = keys[i];
    std::swap(keys, other);
  }
  for (std::size_t i = 0; i < n; ++i) to[i] = from_key<Number>(keys[i]);
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
  keys_ = scratch.carve<std::uint64_t>(request.length);
  other_keys_ = scratch.carve<std::uint64_t>(request.length);
  return {};
}

bool sorted_view::compute(const view_input& in, const time_view& time) noexcept {
  const std::size_t n = in.valid.size;
  if (in.valid.wide != nullptr) {
    radix_sort(in.valid.wide, n, keys_.data(), other_keys_.data(), memory_.data());
  } else {
    radix_sort(in.valid.narrow, n, reinterpret_cast<std::uint32_t*>(keys_.data()), reinterpret_cast<std::uint32_t*>(other_keys_.data()),
               memory_.data());
  }
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
  // Two ascending runs of deviations meet at the median; walk outwards until half of them are passed.
  auto above = static_cast<std::size_t>(std::lower_bound(ascending.begin(), ascending.end(), median) - ascending.begin());
  std::size_t below = above;
  double here = 0.0;
  double before = 0.0;
  for (std::size_t rank = 0; rank <= n / 2; ++rank) {
    before = here;
    const double down = below > 0 ? median - ascending[below - 1] : math::infinity;
    const double up = above < n ? ascending[above] - median : math::infinity;
    if (down < up) {
      here = down;
      --below;
    } else {
      here = up;
      ++above;
    }
  }
  return n % 2 == 1 ? here : 0.5 * (before + here);
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
