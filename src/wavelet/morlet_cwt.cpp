#include "millwright/wavelet/morlet_cwt.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "millwright/core/signal_stage.hpp"
#include "millwright/numeric/math.hpp"

namespace millwright {

namespace {

constexpr double quarter_root_of_pi = 1.33133536380038971280;
constexpr double widest = 8.7;  // deviations beyond which the Gaussian is below 2^-54
constexpr double smallest_scale = 2.0;

}  // namespace

double morlet_frequency(double scale, double rate_hz, double w0) noexcept {
  return (w0 + std::sqrt(2.0 + w0 * w0)) / (4.0 * math::pi * scale) * rate_hz;
}

double morlet_scale(double frequency_hz, double rate_hz, double w0) noexcept {
  return (w0 + std::sqrt(2.0 + w0 * w0)) / (4.0 * math::pi * frequency_hz) * rate_hz;
}

double morlet_reach(double scale) noexcept { return 1.41421356237309504880 * scale; }

result<std::vector<double>> morlet_scales(std::size_t n, std::size_t voices) {
  if (voices < 1 || voices > 1000) {
    return error(errc::invalid_argument, "morlet_scales", "voices, the scales in an octave, must lie in 1 .. 1000",
                 "10 is the usual choice");
  }
  std::vector<double> scales;
  const double largest = static_cast<double>(n) / (4.0 * morlet_reach(1.0));
  for (std::size_t i = 0;; ++i) {
    const double scale = smallest_scale * math::exp2(static_cast<double>(i) / static_cast<double>(voices));
    if (i > 0 && !(scale <= largest)) return scales;
    scales.push_back(scale);
  }
}

template <class Real>
typename morlet_cwt<Real>::window morlet_cwt<Real>::window_of(double scale) const noexcept {
  // Bins with |scale 2 pi k / padded - w0| <= widest, of those above zero and not above half the rate.
  const double bins = static_cast<double>(padded_) / (2.0 * math::pi * scale);
  const double last = std::min(static_cast<double>(padded_ / 2), std::floor((w0_ + widest) * bins));
  const double first = std::max(1.0, std::floor((w0_ - widest) * bins));
  if (last < first) return {1, 0, 0};
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last - first) + 1, 0};
}

template <class Real>
result<void> morlet_cwt<Real>::prepare(std::size_t length, std::span<const double> scales, workspace& memory, double w0) {
  constexpr std::size_t longest = std::size_t{1} << 24;
  if (length == 0 || length > longest) {
    return error(errc::invalid_data, "cwt", "the signal must have 1 .. 16777216 samples", "cut a long signal into pieces");
  }
  if (scales.empty()) return error(errc::invalid_argument, "cwt", "there are no scales", "take morlet_scales");
  for (const double s : scales) {
    if (!(s > 0.0 && s <= 1e12)) {
      return error(errc::invalid_argument, "cwt", "a scale is not positive and finite: " + std::to_string(s),
                   "scales count samples; morlet_scale gives that of a frequency");
    }
  }
  if (!(w0 >= 5.0 && w0 <= 100.0)) {
    return error(errc::invalid_argument, "cwt", "w0 must lie in 5 .. 100, not " + std::to_string(w0), "6 is the usual choice");
  }
  length_ = length;
  w0_ = w0;
  padded_ = std::bit_ceil(2 * length);
  MILLWRIGHT_CHECK(forward_.prepare(padded_, memory));
  MILLWRIGHT_CHECK(backward_.prepare(padded_, memory));
  std::size_t count = 0;
  for (const double s : scales) count += window_of(s).count;
  scales_.assign(scales.begin(), scales.end());
  windows_ = memory.carve<window>(scales.size());
  weights_ = memory.carve<Real>(count);
  samples_ = memory.carve<Real>(padded_);
  spectrum_ = memory.carve<std::complex<Real>>(padded_ / 2 + 1);
  filtered_ = memory.carve<std::complex<Real>>(padded_);
  row_ = memory.carve<std::complex<Real>>(padded_);
  return {};
}

template <class Real>
void morlet_cwt<Real>::reset() noexcept {
  forward_.reset();
  backward_.reset();
  std::size_t at = 0;
  for (std::size_t s = 0; s < scales_.size(); ++s) {
    window w = window_of(scales_[s]);
    w.at = at;
    const double height = std::sqrt(2.0 * math::pi * scales_[s]) / quarter_root_of_pi;
    for (std::size_t k = 0; k < w.count; ++k) {
      const double angle = 2.0 * math::pi * static_cast<double>(w.first + k) / static_cast<double>(padded_);
      const double deviation = scales_[s] * angle - w0_;
      weights_[at + k] = static_cast<Real>(height * math::exp(-0.5 * deviation * deviation));
    }
    at += w.count;
    windows_[s] = w;
  }
}

template <class Real>
void morlet_cwt<Real>::compute(const Real* x, std::complex<Real>* out) noexcept {
  std::copy(x, x + length_, samples_.begin());
  std::fill(samples_.begin() + static_cast<std::ptrdiff_t>(length_), samples_.end(), Real(0));
  forward_.forward(samples_.data(), spectrum_.data());
  for (std::size_t s = 0; s < windows_.size(); ++s) {
    const window& w = windows_[s];
    std::fill(filtered_.begin(), filtered_.end(), std::complex<Real>());
    for (std::size_t k = 0; k < w.count; ++k) {
      const std::complex<Real> bin = spectrum_[w.first + k];
      const Real weight = weights_[w.at + k];
      filtered_[w.first + k] = {bin.real() * weight, bin.imag() * weight};
    }
    backward_.inverse(filtered_.data(), row_.data());
    std::copy_n(row_.begin(), length_, out + s * length_);
  }
}

template <class Real>
result<std::vector<std::complex<Real>>> cwt(std::span<const Real> x, std::span<const double> scales, double w0) {
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(morlet_cwt<Real>(), [&](morlet_cwt<Real>& transform, workspace& memory) {
                   return transform.prepare(x.size(), scales, memory, w0);
                 }));
  std::vector<std::complex<Real>> out(scales.size() * x.size());
  ready.object.compute(x.data(), out.data());
  return out;
}

#define MILLWRIGHT_INSTANTIATE(Real) \
  template class morlet_cwt<Real>;   \
  template result<std::vector<std::complex<Real>>> cwt<Real>(std::span<const Real>, std::span<const double>, double);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
