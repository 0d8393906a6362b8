#include "millwright/features/entropy_views.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

std::size_t factorial(std::size_t n) noexcept {
  std::size_t product = 1;
  for (std::size_t i = 2; i <= n; ++i) product *= i;
  return product;
}

/// Number of the order of x[0], x[delay], ...: Lehmer code, equal samples count as rising.
std::size_t pattern_of(const double* x, std::size_t order, std::size_t delay) noexcept {
  std::size_t number = 0;
  for (std::size_t i = 0; i + 1 < order; ++i) {
    std::size_t smaller = 0;
    for (std::size_t j = i + 1; j < order; ++j) smaller += x[j * delay] < x[i * delay] ? 1 : 0;
    number = number * (order - i) + smaller;
  }
  return number;
}

}  // namespace

result<void> ordinal_view::prepare(const view_request& request, workspace& memory, workspace&) {
  order_ = static_cast<std::size_t>(request.key[0]);
  delay_ = static_cast<std::size_t>(request.key[1]);
  counts_ = memory.carve<std::uint32_t>(factorial(order_));
  return {};
}

bool ordinal_view::compute(const view_input&, const samples_view& samples) noexcept {
  is_constant = samples.is_constant;
  entropy = math::nan;
  const std::size_t reach = (order_ - 1) * delay_;
  if (is_constant || samples.x.size() <= reach) return true;
  const std::size_t patterns = samples.x.size() - reach;
  std::fill(counts_.begin(), counts_.end(), 0u);
  for (std::size_t i = 0; i < patterns; ++i) ++counts_[pattern_of(samples.x.data() + i, order_, delay_)];
  double sum = 0.0;
  for (const std::uint32_t count : counts_) {
    if (count > 0) sum += static_cast<double>(count) * math::log(static_cast<double>(count));
  }
  const auto n = static_cast<double>(patterns);
  entropy = std::max(math::log(n) - sum / n, 0.0) / math::log(static_cast<double>(counts_.size()));
  return true;
}

result<void> sample_entropy_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  static_cast<void>(memory);
  m_ = static_cast<std::size_t>(request.key[0]);
  r_ = request.key[1];
  const std::size_t n = std::min(request.length, max_samples);
  order_ = scratch.carve<std::uint32_t>(n);
  first_ = scratch.carve<double>(n);
  return {};
}

bool sample_entropy_view::compute(const view_input& in, const samples_view& samples) noexcept {
  similar = 0;
  still_similar = 0;
  is_constant = samples.is_constant;
  const std::size_t all = samples.x.size();
  const std::size_t n = std::min(all, max_samples);
  if (is_constant || n <= m_ + 1) return true;
  const double* x = samples.x.data() + (all - n);
  const double squares = in.kernels->wide.central(samples.x.data(), all, samples.mean).m2;
  const double tolerance = r_ * std::sqrt(squares / static_cast<double>(all));
  const std::size_t starts = n - m_;  // of stretches of m + 1 samples, so that both counts run over the same pairs
  for (std::size_t i = 0; i < starts; ++i) order_[i] = static_cast<std::uint32_t>(i);
  std::sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(starts),
            [x](std::uint32_t a, std::uint32_t b) { return x[a] < x[b] || (x[a] == x[b] && a < b); });
  for (std::size_t i = 0; i < starts; ++i) first_[i] = x[order_[i]];
  for (std::size_t i = 0; i < starts; ++i) {
    const double* a = x + order_[i];
    for (std::size_t j = i + 1; j < starts && first_[j] - first_[i] <= tolerance; ++j) {
      const double* b = x + order_[j];
      std::size_t k = 1;
      while (k <= m_ && std::abs(a[k] - b[k]) <= tolerance) ++k;
      similar += k >= m_ ? 1 : 0;
      still_similar += k > m_ ? 1 : 0;
    }
  }
  return true;
}

}  // namespace millwright
