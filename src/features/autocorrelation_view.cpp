#include "millwright/features/autocorrelation_view.hpp"

#include <algorithm>

#include "numeric/fast_length.hpp"

namespace millwright {

result<void> autocorrelation_view::prepare(const view_request& request, workspace& memory, workspace& scratch) {
  const std::size_t padded = detail::fast_length(2 * request.length);
  MILLWRIGHT_CHECK(fft_.prepare(padded, memory));
  padded_ = scratch.carve<double>(padded);
  bins_ = memory.carve<std::complex<double>>(padded / 2 + 1);
  return {};
}

void autocorrelation_view::reset() noexcept { fft_.reset(); }

bool autocorrelation_view::compute(const view_input& in, const samples_view& samples) noexcept {
  const std::size_t n = samples.x.size();
  lags = n;
  is_constant = samples.is_constant;
  if (is_constant) return true;
  for (std::size_t i = 0; i < n; ++i) padded_[i] = samples.x[i] - samples.mean;
  std::fill(padded_.begin() + static_cast<std::ptrdiff_t>(n), padded_.end(), 0.0);
  fft_.forward(padded_.data(), bins_.data());
  // The power is real and even, and so is its transform: forward and inverse are the same but for a factor.
  const auto power = padded_.first(bins_.size());
  std::fill(power.begin(), power.end(), 0.0);
  in.kernels->add_power(reinterpret_cast<const double*>(bins_.data()), bins_.size(), power.data());
  std::reverse_copy(power.begin() + 1, power.begin() + static_cast<std::ptrdiff_t>(padded_.size() - padded_.size() / 2),
                    padded_.begin() + static_cast<std::ptrdiff_t>(padded_.size() / 2 + 1));
  fft_.forward(padded_.data(), bins_.data());
  return bins_[0].real() > 0.0;
}

}  // namespace millwright
