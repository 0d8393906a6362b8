#include "millwright/features/autocorrelation_view.hpp"

#include <algorithm>

namespace millwright {

namespace {

/// The smallest length from `n` on without other factors than 2, 3 and 5.
std::size_t fast_length(std::size_t n) noexcept {
  for (;; ++n) {
    std::size_t rest = n;
    for (const std::size_t factor : {2, 3, 5}) {
      while (rest % factor == 0) rest /= factor;
    }
    if (rest == 1) return n;
  }
}

}  // namespace

result<void> autocorrelation_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  const std::size_t padded = fast_length(2 * request.length);
  MILLWRIGHT_CHECK(fft_.prepare(padded, memory));
  correlation_ = memory.carve<double>(padded);
  padded_ = scratch.carve<double>(padded);
  bins_ = scratch.carve<std::complex<double>>(padded / 2 + 1);
  return {};
}

void autocorrelation_view::reset() noexcept { fft_.reset(); }

bool autocorrelation_view::compute(const view_input&, const samples_view& samples) noexcept {
  const std::size_t n = samples.x.size();
  is_constant = samples.is_constant;
  r = correlation_.first(n);
  if (is_constant) return true;
  for (std::size_t i = 0; i < n; ++i) padded_[i] = samples.x[i] - samples.mean;
  std::fill(padded_.begin() + static_cast<std::ptrdiff_t>(n), padded_.end(), 0.0);
  fft_.forward(padded_.data(), bins_.data());
  for (auto& bin : bins_) bin = {bin.real() * bin.real() + bin.imag() * bin.imag(), 0.0};
  fft_.inverse(bins_.data(), correlation_.data());
  const double scale = correlation_[0];
  for (std::size_t lag = 0; lag < n; ++lag) correlation_[lag] /= scale;
  return true;
}

}  // namespace millwright
