#include "millwright/signal/hilbert.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/taper.hpp"
#include "numeric/exact_scale.hpp"

namespace millwright {

template <class Real>
result<void> analytic_signal<Real>::prepare(std::size_t n, workspace& memory, const real_fft<Real>* real,
                                            const complex_fft<Real>* complex) {
  MILLWRIGHT_CHECK(real_.prepare(n, memory, real));
  MILLWRIGHT_CHECK(fft_.prepare(n, memory, complex));
  bins_ = memory.carve<std::complex<Real>>(n);
  return {};
}

template <class Real>
void analytic_signal<Real>::reset() noexcept {
  real_.reset();
  fft_.reset();
}

template <class Real>
void analytic_signal<Real>::compute(const Real* x, std::complex<Real>* z) noexcept {
  const std::size_t n = fft_->size();
  real_->forward(x, bins_.data());
  Real* values = reinterpret_cast<Real*>(bins_.data());
  const std::size_t doubled_end = (n + 1) / 2;
  for (std::size_t k = 2; k < 2 * doubled_end; ++k) values[k] *= Real(2);
  for (std::size_t k = 2 * (n / 2 + 1); k < 2 * n; ++k) values[k] = Real(0);
  fft_->inverse(bins_.data(), z);
}

template <class Real>
result<std::vector<std::complex<Real>>> hilbert(std::span<const Real> x, std::size_t n) {
  if (x.empty()) return error{errc::invalid_data, "hilbert", "the signal is empty"};
  const std::size_t length = n == 0 ? x.size() : n;
  MILLWRIGHT_TRY(const auto real, fft_lease<real_fft<Real>>::borrow(length));
  MILLWRIGHT_TRY(const auto complex, fft_lease<complex_fft<Real>>::borrow(length));
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(analytic_signal<Real>(), [&](auto& a, workspace& memory) {
                   return a.prepare(length, memory, &*real, &*complex);
                 }));
  std::vector<Real> padded;
  if (length > x.size()) {
    padded.assign(x.begin(), x.end());
    padded.resize(length, Real(0));
    x = padded;
  }
  std::vector<std::complex<Real>> z(length);
  ready.object.compute(x.data(), z.data());
  return z;
}

namespace {

template <class Real>
double scale_for_squares(const std::complex<Real>& z) noexcept {
  return detail::exact_scale(std::max(std::fabs(static_cast<double>(z.real())), std::fabs(static_cast<double>(z.imag()))));
}

}  // namespace

template <class Real>
result<std::vector<Real>> instantaneous_amplitude(std::span<const Real> x) {
  MILLWRIGHT_TRY(const auto z, hilbert(x));
  std::vector<Real> out(z.size());
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double scale = scale_for_squares(z[i]);
    const double re = scale * static_cast<double>(z[i].real());
    const double im = scale * static_cast<double>(z[i].imag());
    out[i] = detail::to_samples<Real>(std::sqrt(re * re + im * im) / scale);
  }
  return out;
}

template <class Real>
result<std::vector<Real>> instantaneous_frequency(std::span<const Real> x, double fs) {
  if (!(fs > 0.0) || !std::isfinite(fs))
    return error{errc::invalid_argument, "instantaneous_frequency", "fs = " + std::to_string(fs) + " must be positive and finite"};
  MILLWRIGHT_TRY(const auto z, hilbert(x));
  std::vector<Real> out(z.size() - 1);
  for (std::size_t i = 0; i + 1 < z.size(); ++i) {
    // Only the angles matter: each value may have a scale of its own.
    const double here = scale_for_squares(z[i]);
    const double next = scale_for_squares(z[i + 1]);
    const double a = here * static_cast<double>(z[i].real());
    const double b = here * static_cast<double>(z[i].imag());
    const double c = next * static_cast<double>(z[i + 1].real());
    const double d = next * static_cast<double>(z[i + 1].imag());
    out[i] = static_cast<Real>(fs * math::atan2_turns(a * d - b * c, a * c + b * d));
  }
  return out;
}

// --- stage -----------------------------------------------------------------------------------------------------------------------

template <class Real>
result<signal_port> hilbert_stage<Real>::prepare(const signal_port& in, workspace& memory) {
  if (taps % 2 == 0)
    return error{errc::invalid_argument, id, "taps = " + std::to_string(taps) + " is even", "an odd length keeps re and im aligned"};
  columns_ = in.columns;
  room_ = std::max(in.max_items, half());
  coefficients_ = memory.carve<Real>((half() + 1) / 2);
  history_ = memory.carve<Real>(columns_ * 2 * half());
  line_ = memory.carve<Real>(2 * half() + room_);
  signal_port out = in;
  out.columns = 2 * in.columns;
  out.max_items = room_;
  out.delay_s += static_cast<double>(half()) / in.rate_hz;
  return out;
}

template <class Real>
void hilbert_stage<Real>::reset() noexcept {
  const taper kaiser{taper_kind::kaiser, beta};
  fill_taper<Real>(kaiser, false, line_.first(static_cast<std::size_t>(taps)));
  for (std::size_t j = 0; j < coefficients_.size(); ++j) {
    const std::size_t k = 2 * j + 1;
    const double ideal = 2.0 / (math::pi * static_cast<double>(k));
    coefficients_[j] = static_cast<Real>(ideal * static_cast<double>(line_[half() - k]));
  }
  std::fill(history_.begin(), history_.end(), Real(0));
  std::fill(line_.begin(), line_.end(), Real(0));
  seen_ = 0;
}

template <class Real>
std::size_t hilbert_stage<Real>::advance(const Real* in, std::size_t items, Real* out) noexcept {
  const std::size_t middle = half();
  // The first `middle` items only fill the history: what they would give lies before the start.
  const std::size_t skip = std::min(items, middle - static_cast<std::size_t>(seen_));
  for (std::size_t c = 0; c < columns_; ++c) {
    Real* history = history_.data() + c * 2 * middle;
    std::copy(history, history + 2 * middle, line_.data());
    Real* fresh = line_.data() + 2 * middle;
    for (std::size_t i = 0; i < items; ++i) {
      const Real x = in == nullptr ? Real(0) : in[i * columns_ + c];
      fresh[i] = detail::to_samples<Real>(static_cast<double>(x));
    }
    for (std::size_t i = skip; i < items; ++i) {
      const Real* centre = line_.data() + middle + i;
      Real sum = Real(0);
      for (std::size_t j = coefficients_.size(); j > 0; --j) {
        const std::size_t k = 2 * j - 1;
        sum += coefficients_[j - 1] * (*(centre - k) - centre[k]);
      }
      Real* item = out + (i - skip) * 2 * columns_ + 2 * c;
      item[0] = *centre;
      item[1] = detail::to_samples<Real>(static_cast<double>(sum));
    }
    std::copy(line_.data() + items, line_.data() + items + 2 * middle, history);
  }
  seen_ += skip;
  return (items - skip) * 2 * columns_;
}

template <class Real>
std::size_t hilbert_stage<Real>::process(std::span<const Real> in, std::span<Real> out) noexcept {
  return advance(in.data(), in.size() / columns_, out.data());
}

template <class Real>
std::size_t hilbert_stage<Real>::flush(std::span<Real> out) noexcept {
  // A signal shorter than half the filter has skipped fewer items than it holds: those zeros first complete the start.
  const std::size_t held = static_cast<std::size_t>(seen_);
  if (held < half()) static_cast<void>(advance(nullptr, half() - held, out.data()));
  return advance(nullptr, held, out.data());
}

template class analytic_signal<float>;
template class analytic_signal<double>;
template result<std::vector<std::complex<float>>> hilbert(std::span<const float>, std::size_t);
template result<std::vector<std::complex<double>>> hilbert(std::span<const double>, std::size_t);
template result<std::vector<float>> instantaneous_amplitude(std::span<const float>);
template result<std::vector<double>> instantaneous_amplitude(std::span<const double>);
template result<std::vector<float>> instantaneous_frequency(std::span<const float>, double);
template result<std::vector<double>> instantaneous_frequency(std::span<const double>, double);
template class hilbert_stage<float>;
template class hilbert_stage<double>;

}  // namespace millwright
