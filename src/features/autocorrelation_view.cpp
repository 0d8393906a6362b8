#include "millwright/features/autocorrelation_view.hpp"

#include <algorithm>

#include "fast_length.hpp"

namespace millwright {

result<void> autocorrelation_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  const std::size_t padded = detail::fast_length(2 * request.length);
  MILLWRIGHT_CHECK(fft_.prepare(padded, memory));
  correlation_ = memory.carve<double>(request.length);
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
  // The power is real and even, and so is its transform: forward and inverse are the same but for a factor.
  const std::size_t size = padded_.size();
  for (std::size_t k = 0; k < bins_.size(); ++k) {
    const double power = bins_[k].real() * bins_[k].real() + bins_[k].imag() * bins_[k].imag();
    padded_[k] = power;
    if (k > 0) padded_[size - k] = power;
  }
  fft_.forward(padded_.data(), bins_.data());
  const double scale = bins_[0].real();
  for (std::size_t lag = 0; lag < n; ++lag) correlation_[lag] = bins_[lag].real() / scale;
  return true;
}

}  // namespace millwright
