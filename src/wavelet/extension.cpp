#include "wavelet/extension.hpp"

#include <algorithm>

namespace millwright::detail {

namespace {

/// i modulo period, in 0 .. period - 1.
std::ptrdiff_t modulo(std::ptrdiff_t i, std::ptrdiff_t period) noexcept {
  const std::ptrdiff_t rest = i % period;
  return rest < 0 ? rest + period : rest;
}

/// Sample i of the extended signal, any i.
template <class Real>
Real far_sample(wavelet_mode mode, const Real* x, std::ptrdiff_t n, std::ptrdiff_t i) noexcept {
  switch (mode) {
    case wavelet_mode::zero: return Real(0);
    case wavelet_mode::constant: return i < 0 ? x[0] : x[n - 1];
    case wavelet_mode::symmetric:
    case wavelet_mode::antisymmetric: {
      const std::ptrdiff_t at = modulo(i, 2 * n);
      if (at < n) return x[at];
      return mode == wavelet_mode::symmetric ? x[2 * n - 1 - at] : -x[2 * n - 1 - at];
    }
    case wavelet_mode::reflect: {
      if (n == 1) return x[0];
      const std::ptrdiff_t at = modulo(i, 2 * n - 2);
      return at < n ? x[at] : x[2 * n - 2 - at];
    }
    case wavelet_mode::antireflect: {
      if (n == 1) return x[0];
      // Each whole period rises by twice the difference of the ends.
      const std::ptrdiff_t period = 2 * n - 2;
      const std::ptrdiff_t at = modulo(i, period);
      const Real base = at < n ? x[at] : (x[n - 1] + x[n - 1]) - x[period - at];
      return base + static_cast<Real>((i - at) / period) * (Real(2) * (x[n - 1] - x[0]));
    }
    case wavelet_mode::smooth: {
      if (n == 1) return x[0];
      return i < 0 ? x[0] + static_cast<Real>(-i) * (x[0] - x[1]) : x[n - 1] + static_cast<Real>(i - (n - 1)) * (x[n - 1] - x[n - 2]);
    }
    case wavelet_mode::periodic: return x[modulo(i, n)];
    case wavelet_mode::periodization: return x[std::min(modulo(i, n + n % 2), n - 1)];
  }
  return Real(0);
}

/// Samples d = first .. last - 1 past the end sample `end`, whose neighbours inside lie at end[inward * k]; set(d, value) stores them.
template <class Real, class Set, class Far>
void past_an_end(wavelet_mode mode, const Real* end, std::ptrdiff_t inward, std::ptrdiff_t n, std::ptrdiff_t first, std::ptrdiff_t last,
                 Set set, Far far) noexcept {
  std::ptrdiff_t d = first;
  const std::ptrdiff_t near_end = std::min(last, n);  // d <= n - 1 needs no second reflection
  switch (mode) {
    case wavelet_mode::symmetric:
      for (; d < near_end; ++d) set(d, end[inward * (d - 1)]);
      break;
    case wavelet_mode::antisymmetric:
      for (; d < near_end; ++d) set(d, -end[inward * (d - 1)]);
      break;
    case wavelet_mode::reflect:
      for (; d < near_end; ++d) set(d, end[inward * d]);
      break;
    case wavelet_mode::antireflect:
      for (; d < near_end; ++d) set(d, (end[0] + end[0]) - end[inward * d]);
      break;
    default: break;
  }
  for (; d < last; ++d) set(d, far(d));
}

}  // namespace

template <class Real>
void extend(wavelet_mode mode, const Real* x, std::size_t n, std::ptrdiff_t from, std::size_t count, Real* out) noexcept {
  const auto size = static_cast<std::ptrdiff_t>(n);
  const std::ptrdiff_t to = from + static_cast<std::ptrdiff_t>(count);
  if (from < 0) {  // sample -d lies d past the left end
    const std::ptrdiff_t nearest = to <= 0 ? 1 - to : 1;
    past_an_end(
        mode, x, 1, size, nearest, 1 - from, [&](std::ptrdiff_t d, Real value) { out[-d - from] = value; },
        [&](std::ptrdiff_t d) { return far_sample(mode, x, size, -d); });
  }
  const std::ptrdiff_t inside = std::max<std::ptrdiff_t>(from, 0);
  const std::ptrdiff_t inside_end = std::min(to, size);
  if (inside < inside_end) std::copy(x + inside, x + inside_end, out + (inside - from));
  if (to > size) {  // sample n - 1 + d lies d past the right end
    const std::ptrdiff_t nearest = from >= size ? from - size + 1 : 1;
    past_an_end(
        mode, x + (size - 1), -1, size, nearest, to - size + 1, [&](std::ptrdiff_t d, Real value) { out[size - 1 + d - from] = value; },
        [&](std::ptrdiff_t d) { return far_sample(mode, x, size, size - 1 + d); });
  }
}

template void extend<float>(wavelet_mode, const float*, std::size_t, std::ptrdiff_t, std::size_t, float*) noexcept;
template void extend<double>(wavelet_mode, const double*, std::size_t, std::ptrdiff_t, std::size_t, double*) noexcept;

}  // namespace millwright::detail
