#include "millwright/signal/cepstrum.hpp"

#include <algorithm>
#include <cmath>

#include "millwright/numeric/math.hpp"
#include "millwright/signal/spectral_lines.hpp"

namespace millwright {

namespace {
constexpr double floor_power = 1e-24;  // of the largest |X|^2
}

template <class Real>
result<void> cepstrum<Real>::prepare(std::size_t n, cepstrum_kind kind, workspace& memory, const real_fft<Real>* borrowed) {
  MILLWRIGHT_CHECK(fft_.prepare(n, memory, borrowed));
  kind_ = kind;
  bins_ = memory.carve_scratch<std::complex<Real>>(n / 2 + 1);
  return {};
}

template <class Real>
void cepstrum<Real>::reset() noexcept {
  fft_.reset();
}

template <class Real>
void cepstrum<Real>::compute(const Real* x, Real* out) noexcept {
  fft_->forward(x, bins_.data());
  compute_from(bins_.data(), out);
}

template <class Real>
void cepstrum<Real>::compute_from(const std::complex<Real>* bins, Real* out) noexcept {
  const std::size_t n = fft_->size();
  const Real* z = reinterpret_cast<const Real*>(bins);
  Real* logs = reinterpret_cast<Real*>(bins_.data());
  double largest = 0.0;
  bool is_number = true;
  for (std::size_t k = 0; k < bins_.size(); ++k) {
    const double re = static_cast<double>(z[2 * k]);
    const double im = static_cast<double>(z[2 * k + 1]);
    const double power = re * re + im * im;
    is_number = is_number && power - power == 0.0;
    largest = std::max(largest, power);
  }
  if (!is_number || !(largest > 0.0)) {
    std::fill(out, out + n, is_number ? Real(0) : static_cast<Real>(math::nan));
    return;
  }
  const double lowest = largest * floor_power;
  const double factor = kind_ == cepstrum_kind::real ? 0.5 : 1.0;
  for (std::size_t k = 0; k < bins_.size(); ++k) {
    const double re = static_cast<double>(z[2 * k]);
    const double im = static_cast<double>(z[2 * k + 1]);
    // `lowest` itself may be below the smallest number.
    logs[2 * k] = static_cast<Real>(factor * math::log(std::max({re * re + im * im, lowest, 1e-300})));
    logs[2 * k + 1] = Real(0);
  }
  fft_->inverse(bins_.data(), out);
  if (kind_ == cepstrum_kind::power) {
    for (std::size_t i = 0; i < n; ++i) out[i] *= out[i];
  }
}

namespace {

template <class Real>
result<std::vector<Real>> cepstrum_of(std::span<const Real> x, cepstrum_kind kind) {
  if (x.empty()) return error{errc::invalid_data, "cepstrum", "the signal is empty"};
  MILLWRIGHT_TRY(const auto fft, fft_lease<real_fft<Real>>::borrow(x.size()));
  MILLWRIGHT_TRY(auto ready, detail::prepare_on_heap(cepstrum<Real>(),
                                                     [&](auto& c, workspace& memory) { return c.prepare(x.size(), kind, memory, &*fft); }));
  std::vector<Real> out(x.size());
  ready.object.compute(x.data(), out.data());
  return out;
}

}  // namespace

template <class Real>
result<std::vector<Real>> real_cepstrum(std::span<const Real> x) {
  return cepstrum_of(x, cepstrum_kind::real);
}

template <class Real>
result<std::vector<Real>> power_cepstrum(std::span<const Real> x) {
  return cepstrum_of(x, cepstrum_kind::power);
}

template <class Real>
void lifter(std::span<Real> values, std::size_t low, std::size_t high, bool keep) noexcept {
  const std::size_t n = values.size();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t q = std::min(i, n - i);
    if ((q >= low && q <= high) != keep) values[i] = Real(0);
  }
}

template <class Real>
result<std::vector<Real>> spectrum_of_cepstrum(std::span<const Real> c) {
  if (c.empty()) return error{errc::invalid_data, "spectrum_of_cepstrum", "the cepstrum is empty"};
  MILLWRIGHT_TRY(auto fft, fft_lease<real_fft<Real>>::borrow(c.size()));
  std::vector<std::complex<Real>> bins(c.size() / 2 + 1);
  fft->forward(c.data(), bins.data());
  std::vector<Real> out(bins.size());
  for (std::size_t k = 0; k < bins.size(); ++k) out[k] = static_cast<Real>(math::exp(static_cast<double>(bins[k].real())));
  return out;
}

template <class Real>
result<std::vector<rahmonic>> gamnitudes(std::span<const Real> c, double fs, double repetition_hz, std::size_t count, double tolerance_s) {
  const auto bad = [](const std::string& what) { return error{errc::invalid_argument, "gamnitudes", what}; };
  if (!(fs > 0.0) || !std::isfinite(fs) || !(repetition_hz > 0.0) || !std::isfinite(repetition_hz))
    return bad("fs and the repetition rate must be positive and finite");
  if (count > most_lines)
    return error{errc::limit_exceeded, "gamnitudes", std::to_string(count) + " rahmonics are asked for",
                 "ask for at most " + std::to_string(most_lines)};
  const double period = fs / repetition_hz;
  const double tolerance = tolerance_s * fs;
  if (!(tolerance >= 0.0) || !(2.0 * tolerance < period)) return bad("the tolerance must lie between 0 and half a period");
  const std::size_t half = c.size() / 2;
  const auto end = static_cast<double>(half);
  std::vector<rahmonic> out;
  for (std::size_t k = 1; k <= count; ++k) {
    const double wanted = static_cast<double>(k) * period;
    const double nearest = std::floor(wanted + 0.5);
    if (c.empty() || !(nearest <= end)) {
      out.push_back({math::nan, math::nan});
      continue;
    }
    const double first = std::max(std::min(-std::floor(-(wanted - tolerance)), nearest), 0.0);
    const double last = std::min(std::max(std::floor(wanted + tolerance), nearest), end);
    std::size_t best = static_cast<std::size_t>(first);
    for (std::size_t q = best + 1; q <= static_cast<std::size_t>(last); ++q) {
      if (c[q] > c[best]) best = q;
    }
    out.push_back({static_cast<double>(best) / fs, static_cast<double>(c[best])});
  }
  return out;
}

#define MILLWRIGHT_INSTANTIATE(Real)                                              \
  template class cepstrum<Real>;                                                  \
  template result<std::vector<Real>> real_cepstrum(std::span<const Real>);        \
  template result<std::vector<Real>> power_cepstrum(std::span<const Real>);       \
  template void lifter(std::span<Real>, std::size_t, std::size_t, bool) noexcept; \
  template result<std::vector<Real>> spectrum_of_cepstrum(std::span<const Real>); \
  template result<std::vector<rahmonic>> gamnitudes(std::span<const Real>, double, double, std::size_t, double);
MILLWRIGHT_INSTANTIATE(float)
MILLWRIGHT_INSTANTIATE(double)
#undef MILLWRIGHT_INSTANTIATE

}  // namespace millwright
