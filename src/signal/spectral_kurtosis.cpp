#include "millwright/signal/spectral_kurtosis.hpp"

#include <algorithm>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/stft.hpp"

namespace millwright {

namespace detail {

template <class Real>
result<void> kurtosis_sums<Real>::prepare(const segment_settings& settings, std::size_t channels, workspace& memory,
                                          const real_fft<Real>* borrowed) {
  MILLWRIGHT_CHECK(transform_.prepare(settings, memory, borrowed));
  channels_ = channels;
  squares_ = memory.carve<double>(width());
  fourths_ = memory.carve<double>(width());
  bins_ = memory.carve<std::complex<Real>>(transform_.bins());
  return {};
}

template <class Real>
void kurtosis_sums<Real>::reset() noexcept {
  transform_.reset();
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(fourths_.begin(), fourths_.end(), 0.0);
  count_ = 0;
}

template <class Real>
void kurtosis_sums<Real>::add(std::size_t channel, const Real* x) noexcept {
  transform_.forward(x, bins_.data());
  const std::size_t bins = transform_.bins();
  const Real* z = reinterpret_cast<const Real*>(bins_.data());
  double* squares = squares_.data() + channel * bins;
  double* fourths = fourths_.data() + channel * bins;
  for (std::size_t k = 0; k < bins; ++k) {
    const double re = static_cast<double>(z[2 * k]);
    const double im = static_cast<double>(z[2 * k + 1]);
    const double power = re * re + im * im;
    squares[k] += power;
    fourths[k] += power * power;
  }
}

template <class Real>
void kurtosis_sums<Real>::finish(Real* out) noexcept {
  const double m = static_cast<double>(count_);
  for (std::size_t k = 0; k < width(); ++k) {
    const double square = squares_[k] * squares_[k];
    // Below the smallest normal number a square has lost its digits.
    const bool is_defined = count_ > 1 && square > 0x1p-1000;
    out[k] = static_cast<Real>(is_defined ? m / (m - 1.0) * ((m + 1.0) * fourths_[k] / square - 2.0) : math::nan);
  }
  std::fill(squares_.begin(), squares_.end(), 0.0);
  std::fill(fourths_.begin(), fourths_.end(), 0.0);
  count_ = 0;
}

template class kurtosis_sums<float>;
template class kurtosis_sums<double>;

}  // namespace detail

template <class Real>
result<spectrum<Real>> spectral_kurtosis(std::span<const Real> x, const spectral_kurtosis_options& options) {
  if (x.empty()) return spectrum<Real>{};
  stft_options frames;
  frames.fs = options.fs;
  frames.window = options.window;
  frames.nperseg = options.nperseg;
  frames.noverlap = options.noverlap;
  frames.boundary = stft_boundary::none;
  frames.padded = false;
  MILLWRIGHT_TRY(const stft_shape shape, shape_of_stft(x.size(), frames));
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(shape.settings.nperseg));
  MILLWRIGHT_TRY(auto sums, detail::prepare_on_heap(detail::kurtosis_sums<Real>(), [&](auto& s, workspace& memory) {
                   return s.prepare(shape.settings, 1, memory, &*fft);
                 }));
  for (std::size_t i = 0; i < shape.frames; ++i) {
    sums.object.add(0, x.data() + i * shape.hop);
    sums.object.count_frame();
  }
  spectrum<Real> out;
  out.values.resize(shape.bins);
  sums.object.finish(out.values.data());
  const double step = options.fs / static_cast<double>(shape.settings.nperseg);
  for (std::size_t k = 0; k < shape.bins; ++k) out.frequency_hz.push_back(static_cast<double>(k) * step);
  return out;
}

template <class Real>
result<signal_port> spectral_kurtosis_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  segment_settings settings;
  MILLWRIGHT_TRY(settings.window, parse_taper(window));
  settings.nperseg = static_cast<std::size_t>(nperseg);
  settings.detrend = detrend_kind::none;
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(nperseg, noverlap, id));
  MILLWRIGHT_CHECK(sums_.prepare(settings, in.columns, memory));
  buffer_.prepare(in.columns, settings.nperseg, hop, memory);
  const auto count = static_cast<std::size_t>(segments);
  signal_port out;
  out.columns = sums_.width();
  out.rate_hz = in.rate_hz / (static_cast<double>(hop) * static_cast<double>(count));
  out.max_items = (buffer_.most_segments(in.max_items) - 1) / count + 1;
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(settings.nperseg - 1 + hop * (count - 1)) / in.rate_hz;
  return out;
}

template <class Real>
void spectral_kurtosis_stage<Real>::reset() noexcept {
  buffer_.reset();
  sums_.reset();
}

template <class Real>
std::size_t spectral_kurtosis_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  std::size_t written = 0;
  buffer_.push(in, [&]() noexcept {
    for (std::size_t c = 0; c < buffer_.channels(); ++c) sums_.add(c, buffer_.row(c));
    sums_.count_frame();
    if (sums_.count() == static_cast<std::size_t>(segments)) {
      sums_.finish(out.data() + written);
      written += sums_.width();
    }
  });
  return written;
}

template <class Real>
std::size_t spectral_kurtosis_stage<Real>::flush(std::span<Real> out) noexcept {
  if (sums_.count() == 0) return 0;
  sums_.finish(out.data());
  return sums_.width();
}

template result<spectrum<float>> spectral_kurtosis(std::span<const float>, const spectral_kurtosis_options&);
template result<spectrum<double>> spectral_kurtosis(std::span<const double>, const spectral_kurtosis_options&);
template class spectral_kurtosis_stage<float>;
template class spectral_kurtosis_stage<double>;

}  // namespace millwright
