#include "millwright/signal/segment_fft.hpp"

#include <type_traits>

#include "millwright/numeric/math.hpp"
#include "numeric/lane_sum.hpp"

namespace millwright {

namespace detail {

detrend_kind detrend_of(std::string_view text) noexcept {
  if (text == "linear") return detrend_kind::linear;
  return text == "none" ? detrend_kind::none : detrend_kind::constant;
}

spectrum_scaling scaling_of(std::string_view text) noexcept {
  return text == "spectrum" ? spectrum_scaling::spectrum : spectrum_scaling::density;
}

result<std::size_t> hop_of(std::int64_t nperseg, std::optional<std::int64_t> noverlap, std::string_view stage) {
  const std::int64_t overlap = noverlap.value_or(nperseg / 2);
  if (overlap >= nperseg)
    return error{errc::invalid_argument, stage,
                 "segments of " + std::to_string(nperseg) + " samples cannot overlap by " + std::to_string(overlap),
                 "choose noverlap below nperseg; none takes half"};
  return static_cast<std::size_t>(nperseg - overlap);
}

template <class Real>
double sum_less(const Real* x, std::size_t n, double offset) noexcept {
  return lane_sum(n, [=](std::size_t i) noexcept { return static_cast<double>(x[i]) - offset; });
}

}  // namespace detail

template <class Real>
result<void> segment_fft<Real>::prepare(const segment_settings& settings, workspace& memory, const real_fft<Real>* borrowed) {
  const std::size_t n = settings.nperseg;
  const std::size_t length = settings.nfft == 0 ? n : settings.nfft;
  if (n == 0) return error{errc::invalid_argument, "segment", "a segment has at least one sample"};
  if (length < n)
    return error{errc::invalid_argument, "segment", "nfft = " + std::to_string(length) + " is below nperseg = " + std::to_string(n)};
  if (!settings.window_values.empty() && settings.window_values.size() != n)
    return error{
        errc::invalid_argument, "segment",
        "the taper has " + std::to_string(settings.window_values.size()) + " values and a segment " + std::to_string(n) + " samples"};
  MILLWRIGHT_CHECK(validate_taper(settings.window));
  MILLWRIGHT_CHECK(fft_.prepare(length, memory, borrowed));
  settings_ = settings;
  kernels_ = &detail::kernels_for<Real>(detail::active_kernels());
  nperseg_ = n;
  taper_ = memory.carve<Real>(n);
  tapered_ = memory.carve<Real>(length);
  return {};
}

template <class Real>
void segment_fft<Real>::reset() noexcept {
  fft_.reset();
  if (settings_.window_values.empty()) {
    fill_taper<Real>(settings_.window, true, taper_);
  } else {
    for (std::size_t i = 0; i < nperseg_; ++i) taper_[i] = static_cast<Real>(settings_.window_values[i]);
  }
  sums_ = sums_of<Real>(taper_);
  std::fill(tapered_.begin(), tapered_.end(), Real(0));
  const double n = static_cast<double>(nperseg_);
  index_squares_ = n * (n * n - 1.0) / 12.0;
}

template <class Real>
void segment_fft<Real>::scale_bins(Real factor) noexcept {
  for (Real& w : taper_) w *= factor;
}

template <class Real>
void segment_fft<Real>::forward(const Real* x, std::complex<Real>* out) noexcept {
  const std::size_t n = nperseg_;
  const Real* w = taper_.data();
  Real* y = tapered_.data();
  if (settings_.detrend == detrend_kind::none) {
    if (n == nfft() && fft_->forward_tapered(x, w, out)) return;
    kernels_->multiply(x, w, n, y);
  } else {
    // About the first sample, so that a large offset costs no digits and a constant segment gives exact zeros.
    const double first = static_cast<double>(x[0]);
    const double mean = first + detail::sum_less(x, n, first) / static_cast<double>(n);
    if (settings_.detrend == detrend_kind::constant || n == 1) {
      if constexpr (std::is_same_v<Real, double>) {
        kernels_->taper(x, w, mean, n, y);
      } else {
        for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<Real>((static_cast<double>(x[i]) - mean) * static_cast<double>(w[i]));
      }
    } else {
      const double centre = 0.5 * static_cast<double>(n - 1);
      double product = 0.0;
      for (std::size_t i = 0; i < n; ++i) product += (static_cast<double>(i) - centre) * (static_cast<double>(x[i]) - mean);
      const double slope = product / index_squares_;
      for (std::size_t i = 0; i < n; ++i) {
        const double line = mean + slope * (static_cast<double>(i) - centre);
        y[i] = static_cast<Real>((static_cast<double>(x[i]) - line) * static_cast<double>(w[i]));
      }
    }
  }
  fft_->forward(y, out);
}

template <class Real>
double segment_fft<Real>::power_scale(spectrum_scaling scaling, double rate_hz) const noexcept {
  return scaling == spectrum_scaling::density ? 1.0 / (rate_hz * sums_.squares) : 1.0 / (sums_.sum * sums_.sum);
}

template class segment_fft<float>;
template class segment_fft<double>;
template double detail::sum_less<float>(const float*, std::size_t, double) noexcept;
template double detail::sum_less<double>(const double*, std::size_t, double) noexcept;

}  // namespace millwright
