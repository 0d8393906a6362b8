#include "millwright/signal/zoom_fft_stage.hpp"

#include <cmath>
#include <vector>

#include "millwright/filter/fir_design.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

template <class Real>
result<signal_port> zoom_fft_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  const double band = f_hi - f_lo;
  if (!(band >= 1e-5 * in.rate_hz) || !(f_hi <= 0.5 * in.rate_hz))
    return error{errc::invalid_argument, id,
                 "a band from " + std::to_string(f_lo) + " to " + std::to_string(f_hi) + " Hz at " + std::to_string(in.rate_hz) + " Hz",
                 "choose 0 <= f_lo < f_hi <= half the rate, at least 1e-5 of the rate wide"};
  MILLWRIGHT_TRY(taper_, parse_taper(window));
  MILLWRIGHT_TRY(const std::size_t hop, detail::hop_of(nperseg, noverlap, id));
  const auto length = static_cast<std::size_t>(nperseg);
  const auto factor = static_cast<std::size_t>(std::max(1.0, std::floor(in.rate_hz / (2.0 * band))));
  const double kept_hz = in.rate_hz / static_cast<double>(factor);

  std::vector<double> taps = {1.0};
  if (factor > 1) {
    // Kaiser's formula for 80 dB and a transition from the band's edge to where its alias begins.
    const double half = std::floor(0.5 * (80.0 - 8.0) / 14.36 * in.rate_hz / (kept_hz - band)) + 1.0;
    const double edge[] = {0.5 * kept_hz};
    const taper kaiser{taper_kind::kaiser, 7.857};
    MILLWRIGHT_TRY(taps, firwin(2 * static_cast<std::size_t>(half) + 1, edge, in.rate_hz, true, kaiser));
  }
  columns_ = in.columns;
  MILLWRIGHT_CHECK(filter_.prepare(taps, 1, factor, 0, polyphase_fir<double>::length::causal, 2 * columns_, in.max_items, memory));
  MILLWRIGHT_CHECK(fft_.prepare(length, memory));
  buffer_.prepare(2 * columns_, length, hop, memory);
  window_ = memory.carve<double>(length);
  mixed_ = memory.carve<double>(2 * columns_ * in.max_items);
  kept_ = memory.carve<double>(2 * columns_ * filter_.max_output_items());
  frame_ = memory.carve<std::complex<double>>(length);
  bins_ = memory.carve<std::complex<double>>(length);
  const double line_hz = kept_hz / static_cast<double>(length);
  // A frame of few samples has no more lines than bins.
  lines_ = std::min(static_cast<std::size_t>(std::floor(0.5 * band / line_hz + 1e-9)), (length - 1) / 2);
  turns_per_sample_ = 0.5 * (f_lo + f_hi) / in.rate_hz;

  signal_port out;
  out.columns = 2 * (2 * lines_ + 1) * columns_;
  out.rate_hz = kept_hz / static_cast<double>(hop);
  out.max_items = buffer_.most_segments(filter_.max_output_items());
  out.delay_s = in.delay_s + 0.5 * static_cast<double>(taps.size() - 1) / in.rate_hz + 0.5 * static_cast<double>(length - 1) / kept_hz;
  return out;
}

template <class Real>
void zoom_fft_stage<Real>::reset() noexcept {
  phase_ = 0;
  step_ = static_cast<std::uint64_t>(std::floor(turns_per_sample_ * 0x1p64 + 0.5));
  filter_.reset();
  buffer_.reset();
  fft_.reset();
  fill_taper<double>(taper_, true, window_);
  scale_ = 2.0 / sums_of<double>(window_).sum;
}

template <class Real>
std::size_t zoom_fft_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  const std::size_t items = in.size() / columns_;
  for (std::size_t i = 0; i < items; ++i) {
    const double half_turns = static_cast<double>(phase_) * 0x1p-63;
    const double re = math::cos_pi(half_turns);
    const double im = -math::sin_pi(half_turns);
    phase_ += step_;
    for (std::size_t c = 0; c < columns_; ++c) {
      const double x = static_cast<double>(in[i * columns_ + c]);
      mixed_[2 * (i * columns_ + c)] = x * re;
      mixed_[2 * (i * columns_ + c) + 1] = x * im;
    }
  }
  const std::size_t kept = filter_.process(mixed_.first(2 * columns_ * items), kept_);
  std::size_t written = 0;
  buffer_.push(kept_.first(kept), [&]() noexcept {
    const std::size_t n = fft_.size();
    for (std::size_t c = 0; c < columns_; ++c) {
      const double* re = buffer_.row(2 * c);
      const double* im = buffer_.row(2 * c + 1);
      for (std::size_t i = 0; i < n; ++i) frame_[i] = {re[i] * window_[i], im[i] * window_[i]};
      fft_.forward(frame_.data(), bins_.data());
      for (std::size_t line = 0; line <= 2 * lines_; ++line) {
        const std::size_t bin = (line + n - lines_) % n;  // negative frequencies lie at the end
        out[written++] = static_cast<Real>(scale_ * bins_[bin].real());
        out[written++] = static_cast<Real>(scale_ * bins_[bin].imag());
      }
    }
  });
  return written;
}

template <class Real>
std::size_t zoom_fft_stage<Real>::flush(std::span<Real> /*out*/) noexcept {
  return 0;
}

template class zoom_fft_stage<float>;
template class zoom_fft_stage<double>;

}  // namespace millwright
